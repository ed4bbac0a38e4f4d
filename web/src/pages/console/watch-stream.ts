import { lookForServer } from '../../line/use-server-away.ts';

const againMs = 3000;

/**
 * Listens to `/admin/v1/stream` until the function that is returned is called. A browser goes on by itself after the
 * network was away, but gives up for good where something else answers: a proxy for a server that is being started
 * anew (502), or the server because too many listen (429). Then it is begun again.
 */
export function watchStream(query: string, listen: (source: EventSource) => void): () => void {
  let timer = 0;
  let source: EventSource;
  const begin = (): void => {
    source = new EventSource(`/admin/v1/stream?${query}`);
    listen(source);
    source.addEventListener('error', () => {
      lookForServer();
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(begin, againMs);
    });
  };
  begin();
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
}
