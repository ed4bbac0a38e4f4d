import { AppError } from './app-error.ts';

/** Work that comes under names, done one after the other for each of them, in the order in which it came. */
export class OneByOne {
  readonly #limit: { readonly most: number; readonly refusal: string } | null;
  /** Names of which something waits or is under way: the last of it, and how much. */
  readonly #turns = new Map<string, { last: Promise<unknown>; waiting: number }>();

  /** `limit`: how much of one name may wait, and what is said when more comes. Without one as much as comes. */
  constructor(limit: { readonly most: number; readonly refusal: string } | null = null) {
    this.#limit = limit;
  }

  /** Settles as `work` does. Rejects with AppError tooManyRequests, and runs nothing, beyond the limit. */
  async run<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turns.get(name) ?? { last: Promise.resolve(), waiting: 0 };
    if (this.#limit !== null && turn.waiting >= this.#limit.most) {
      throw new AppError('tooManyRequests', this.#limit.refusal);
    }
    this.#turns.set(name, turn);
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
      if (turn.waiting === 0) this.#turns.delete(name);
    }
  }
}
