import { useCallback, useEffect, useRef, useState } from 'react';
import { useSignedIn } from '../session-context.ts';
import { watchStream } from '../watch-stream.ts';
import { withLater } from './later.ts';
import { asksAgain, type News, withNews } from './live.ts';
import { readTimeline } from './read-timeline.ts';
import type { Timeline } from './timeline.ts';

export type Loaded = { readonly timeline: Timeline } | 'loading' | 'notFound' | 'failed';

const againMs = 1500;
const retryMs = 3000;
/** How the whole call sounds is told by a whole answer alone. */
const wholeAfterMs = 60_000;

interface Known {
  /** When it was asked for as a whole, ms. */
  readonly askedAt: number;
  /** All that happened until then is known: the last event that an answer had, ms since the epoch. */
  readonly until: number;
}

/**
 * The timeline of a call, kept up to date while it runs: after an event only what is new is asked for, now and then
 * and at the end the whole.
 */
export function useTimeline(id: string): { loaded: Loaded; reload: () => void } {
  const { expire, session } = useSignedIn();
  const [loaded, setLoaded] = useState<Loaded>('loading');
  const expired = useRef(expire);
  expired.current = expire;
  const known = useRef<Known | null>(null);
  // With another session it is asked for anew: the stream ended with the one before.
  const ask = useCallback(
    async (whole: boolean): Promise<void> => {
      const now = performance.now();
      const before =
        whole || known.current === null || now - known.current.askedAt > wholeAfterMs ? null : known.current;
      const query = before === null ? '' : `&after=${new Date(before.until).toISOString()}`;
      try {
        const response = await fetch(`/admin/v1/calls/${encodeURIComponent(id)}/timeline?columns=true${query}`, {
          cache: 'no-store',
        });
        if (response.status === 401) expired.current(session);
        else if (response.ok) {
          const told = readTimeline(await response.text());
          const until = told.events.at(-1)?.at ?? before?.until ?? told.from;
          known.current = { askedAt: before?.askedAt ?? now, until };
          setLoaded((shown) => ({
            timeline:
              before === null || typeof shown !== 'object' ? told : withLater(shown.timeline, told, before.until),
          }));
        } else
          setLoaded((before) =>
            typeof before === 'object' ? before : response.status === 404 ? 'notFound' : 'failed',
          );
      } catch {
        setLoaded((before) => (typeof before === 'object' ? before : 'failed'));
      }
    },
    [id, session],
  );
  const reload = useCallback((): void => void ask(true), [ask]);
  useEffect(() => {
    setLoaded('loading');
    reload();
  }, [reload]);

  const running = typeof loaded === 'object' && loaded.timeline.call.state === 'running';
  const calls = typeof loaded === 'object' ? loaded.timeline.call.calls.slice(-20).join(',') : '';
  useEffect(() => {
    if (!running || calls === '') return;
    let again = 0;
    const take = (news: News): void =>
      setLoaded((before) => (typeof before === 'object' ? { timeline: withNews(before.timeline, news) } : before));
    const soon = (ms: number): void => {
      if (again !== 0) return;
      again = window.setTimeout(() => {
        again = 0;
        void ask(false);
      }, ms);
    };
    const end = watchStream(`kinds=event,sample&calls=${calls}`, (source) => {
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
    });
    return () => {
      window.clearTimeout(again);
      end();
    };
  }, [running, calls, ask]);

  // The stream has told that it is over: its last messages and reasons are with the whole.
  const ran = useRef(false);
  useEffect(() => {
    if (running || !ran.current) {
      ran.current = running;
      return;
    }
    ran.current = false;
    const last = window.setTimeout(reload, againMs);
    return () => window.clearTimeout(last);
  }, [running, reload]);
  return { loaded, reload };
}
