import { useCallback, useEffect, useState } from 'react';
import { useAdministration } from '../use-administration.ts';
import { watchStream } from '../watch-stream.ts';
import type { Levels } from './levels.ts';

export interface LiveConnection {
  readonly id: string;
  readonly device: { readonly name: string; readonly number: string };
  readonly state: string;
  readonly role: string;
  readonly muted: boolean;
  readonly talking: boolean;
  readonly startedAt: string;
}

export interface LiveConference {
  readonly id: string;
  readonly conference: { readonly extension: string; readonly number: string; readonly name: string } | null;
  readonly createdAt: string;
  readonly locked: boolean;
  readonly waiting: boolean;
  readonly recording: boolean;
  readonly connections: readonly LiveConnection[];
}

const gatherMs = 250;

/** The running conferences, asked for anew when something happens in one; how loud everybody is goes to `levels`. */
export function useLive(levels: Levels): {
  conferences: readonly LiveConference[] | null;
  reload: () => void;
} {
  const { ask } = useAdministration();
  const [conferences, setConferences] = useState<readonly LiveConference[] | null>(null);
  const load = useCallback(async (): Promise<void> => {
    try {
      setConferences((await ask<{ conferences: LiveConference[] }>('GET', '/conferences/live')).conferences);
    } catch {
      // What was shown stays; that the server is away is said above.
    }
  }, [ask]);
  useEffect(() => {
    let timer = 0;
    const soon = (): void => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        void load();
      }, gatherMs);
    };
    void load();
    const end = watchStream('kinds=event,levels', (source) => {
      source.addEventListener('event', (message) => {
        const { data, type } = JSON.parse(message.data);
        // Who talks is told apart: with two hundred conferences it comes all the time.
        if (type === 'talking') levels.talking(data.started ?? [], data.stopped ?? []);
        else soon();
      });
      source.addEventListener('levels', (message) => levels.take(JSON.parse(message.data).conferences));
      source.addEventListener('open', soon);
      source.addEventListener('error', () => {
        if (source.readyState === EventSource.CLOSED) soon();
      });
    });
    return () => {
      window.clearTimeout(timer);
      end();
    };
  }, [load, levels]);
  return { conferences, reload: () => void load() };
}
