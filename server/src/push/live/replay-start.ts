import type { CallStore } from '../../call/ports.ts';
import { type NoteNumber, readNoteNumber } from '../note-number.ts';

/**
 * Behind what somebody wants to hear again what was told: this number, the last that he is known to have, or a time.
 */
export type ReplayStart =
  | { readonly after: NoteNumber }
  | { readonly missed: true }
  /** ms. */
  | { readonly lastMs: number };

const longestMinutes = 7 * 24 * 60;

/** `"1204-0"`, -1, `{ minutes: 5 }`; undefined: nothing was asked for; null: it cannot be understood. */
export function readReplayStart(given: unknown): ReplayStart | null | undefined {
  if (given === undefined || given === null) return undefined;
  if (given === -1 || given === '-1') return { missed: true };
  if (typeof given === 'string') {
    const after = readNoteNumber(given);
    return after === null ? null : { after };
  }
  if (typeof given !== 'object') return null;
  const { minutes } = given as { readonly minutes?: unknown };
  if (typeof minutes !== 'number' || !(minutes > 0) || minutes > longestMinutes) return null;
  return { lastMs: minutes * 60_000 };
}

/** As it is written, and more than a step has. */
const lastPlace = 999_999_999;

/** All of a step. */
export function through(position: number): NoteNumber {
  return { step: position, place: lastPlace };
}

/** The last position whose event, and all before it, happened before that time, ms since the epoch. */
export async function positionBefore(store: Pick<CallStore, 'feed' | 'lastPosition'>, at: number): Promise<number> {
  let low = 0;
  let high = await store.lastPosition();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = await store.feed({ after: middle, limit: 1 });
    if (entry === undefined || entry.event.at >= at) high = middle;
    else low = entry.position;
  }
  return low;
}

/** The last place up to there where a step ends. */
export async function stepEnd(store: Pick<CallStore, 'feed'>, position: number): Promise<number> {
  const [next] = await store.feed({ after: position, limit: 1 });
  return next === undefined || next.step > position ? position : next.step - 1;
}
