import { useCallback, useEffect, useState } from 'react';
import { useAdministration } from '../use-administration.ts';
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
  away: boolean;
  reload: () => void;
} {
  const { ask } = useAdministration();
  const [conferences, setConferences] = useState<readonly LiveConference[] | null>(null);
  const [away, setAway] = useState(false);
  const load = useCallback(async (): Promise<void> => {
    try {
      setConferences((await ask<{ conferences: LiveConference[] }>('GET', '/conferences/live')).conferences);
      setAway(false);
    } catch {
      setAway(true);
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
    const source = new EventSource('/admin/v1/stream?kinds=event,levels');
    source.addEventListener('event', (message) => {
      const { data, type } = JSON.parse(message.data);
      // Who talks is told apart: with two hundred conferences it comes all the time.
      if (type === 'talking') levels.talking(data.started ?? [], data.stopped ?? []);
      else soon();
    });
    source.addEventListener('levels', (message) => levels.take(JSON.parse(message.data).conferences));
    source.addEventListener('open', soon);
    source.addEventListener('error', () => {
      setAway(true);
      if (source.readyState === EventSource.CLOSED) soon();
    });
    return () => {
      window.clearTimeout(timer);
      source.close();
    };
  }, [load, levels]);
  return { conferences, away, reload: () => void load() };
}
