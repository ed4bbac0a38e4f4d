import { AppError } from '../../../../base/app-error.ts';

/** What one user asks for at once, and may wait. */
const mostWaiting = 64;

/**
 * What a user asks for is done one after the other: of two requests for the same thing the second finds what the first
 * has made of it, and is told so.
 */
export class UserTurns {
  readonly #turns = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** Throws AppError tooManyRequests. */
  async take<Result>(account: string, work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turns.get(account) ?? { last: Promise.resolve(), waiting: 0 };
    if (turn.waiting >= mostWaiting) throw new AppError('tooManyRequests', 'Too much is asked for at once.');
    this.#turns.set(account, turn);
    turn.waiting += 1;
    const done = turn.last.then(work);
    turn.last = done.then(
      () => undefined,
      () => undefined,
    );
    try {
      return await done;
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) this.#turns.delete(account);
    }
  }
}
