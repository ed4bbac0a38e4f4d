import { useCallback, useEffect, useRef, useState } from 'react';
import { useSignedIn } from '../session-context.ts';
import { asksAgain, type News, withNews } from './live.ts';
import { readTimeline, type Timeline } from './timeline.ts';

export type Loaded = { readonly timeline: Timeline } | 'loading' | 'notFound' | 'failed';

const againMs = 1500;
const retryMs = 3000;

/** The timeline of a call, kept up to date while it runs. */
export function useTimeline(id: string): { loaded: Loaded; reload: () => void } {
  const { expire } = useSignedIn();
  const [loaded, setLoaded] = useState<Loaded>('loading');
  const expired = useRef(expire);
  expired.current = expire;
  const reload = useCallback(async (): Promise<void> => {
    try {
      const response = await fetch(`/admin/v1/calls/${encodeURIComponent(id)}/timeline`, { cache: 'no-store' });
      if (response.status === 401) expired.current();
      else if (response.ok) setLoaded({ timeline: readTimeline(await response.text()) });
      else
        setLoaded((before) => (typeof before === 'object' ? before : response.status === 404 ? 'notFound' : 'failed'));
    } catch {
      setLoaded((before) => (typeof before === 'object' ? before : 'failed'));
    }
  }, [id]);
  useEffect(() => {
    setLoaded('loading');
    void reload();
  }, [reload]);

  const running = typeof loaded === 'object' && loaded.timeline.call.state === 'running';
  const calls = typeof loaded === 'object' ? loaded.timeline.call.calls.slice(-20).join(',') : '';
  useEffect(() => {
    if (!running || calls === '') return;
    let again = 0;
    const source = new EventSource(`/admin/v1/stream?kinds=event,sample&calls=${calls}`);
    const take = (news: News): void =>
      setLoaded((before) => (typeof before === 'object' ? { timeline: withNews(before.timeline, news) } : before));
    const soon = (ms: number): void => {
      if (again !== 0) return;
      again = window.setTimeout(() => {
        again = 0;
        void reload();
      }, ms);
    };
    source.addEventListener('event', (message) => {
      const event = JSON.parse(message.data);
      take({ event });
      if (asksAgain(event)) soon(againMs);
    });
    source.addEventListener('sample', (message) => take({ samples: JSON.parse(message.data).samples }));
    // What happened between the answer and the stream, also after the network was away.
    source.addEventListener('open', () => soon(0));
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) soon(retryMs);
    });
    return () => {
      window.clearTimeout(again);
      source.close();
    };
  }, [running, calls, reload]);
  return { loaded, reload: () => void reload() };
}
