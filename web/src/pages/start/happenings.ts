import { useRef } from 'react';
import type { Notice } from '../../line/meeting-state.ts';
import type { Words } from '../../words/start.ts';

export interface Happening {
  readonly key: number;
  /** ms since the epoch. */
  readonly at: number;
  /** Who it is about; empty: nobody. */
  readonly who: string;
  readonly text: string;
  readonly bad: boolean;
}

const shown = 12;

/** What happened in the conference, in words, the newest first, each with the moment in which this page heard of it. */
export function useHappenings(notices: readonly Notice[], words: Words): readonly Happening[] {
  const times = useRef(new Map<number, number>());
  return notices
    .map(({ key, what }) => {
      const at = times.current.get(key) ?? Date.now();
      times.current.set(key, at);
      const who = 'name' in what ? what.name : '';
      return { key, at, who, text: inWords(what, words), bad: what.is === 'unreached' || what.is === 'dropped' };
    })
    .filter(({ text }) => text !== '')
    .toReversed()
    .slice(0, shown);
}

function inWords(what: Notice['what'], words: Words): string {
  switch (what.is) {
    case 'joined':
      return words.joined(what.name);
    case 'left':
      return words.left(what.name);
    case 'removed':
      return words.removed(what.name);
    case 'unreached':
      return (words.reached[what.because] ?? words.notReached)(what.name, sip(what.status));
    case 'dropped':
      return (words.dropped[what.reason] ?? words.cutOff)(what.name);
    default:
      return '';
  }
}

function sip(status: number | null): string {
  return status === null ? '' : ` (SIP ${status})`;
}
