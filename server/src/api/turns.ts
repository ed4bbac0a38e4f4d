import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Long work of many requests, cut in parts: one part in each round of the event loop, whoever's it is, so that between
 * any two of them signalling has its turn. Waiting with `setImmediate` alone would let all of them run in the same
 * round.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is one's turn: first come, first served. */
  take(): Promise<void> {
    this.#last = this.#last.then(() => nextTurn());
    return this.#last;
  }
}

/** Of this process, as there is one event loop in it. */
export const turns = new Turns();

/** Entries of a list that are written in one turn: about a millisecond. */
export const entriesAtOnce = 100;

/** Rows as they are shown, as JSON, joined by commas; a part in each turn. */
export async function entriesText<Row>(rows: readonly Row[], show: (row: Row) => string): Promise<string> {
  const parts: string[] = [];
  for (let at = 0; at < rows.length; at += entriesAtOnce) {
    if (at > 0) await turns.take();
    parts.push(
      rows
        .slice(at, at + entriesAtOnce)
        .map(show)
        .join(','),
    );
  }
  return parts.join(',');
}
