import { SourceQueue } from './source-queue.ts';

type Begin = () => void;

export interface FairLimits {
  /** Done at a time. */
  readonly atOnce: number;
  /** That may wait, in all and of one source; of an IPv6 site twice as much. */
  readonly waiting: number;
  readonly waitingOfSource: number;
}

/**
 * Work of which so much is done at once, and the rest waits: the next is of another source in turn, and of another IPv6
 * site before that, as one has sources without end. Who asks a hundred times keeps nobody else waiting for more than
 * what is under way.
 */
export class FairTurns {
  readonly #limits: FairLimits;
  readonly #waiting = new SourceQueue<Begin>();
  #underWay = 0;

  constructor(limits: FairLimits) {
    this.#limits = limits;
  }

  /** Whether more of this address may wait. */
  mayWait(address: string): boolean {
    const { atOnce, waiting, waitingOfSource } = this.#limits;
    if (this.#underWay < atOnce) return true;
    if (this.#waiting.size >= waiting) return false;
    const own = this.#waiting.waitingOf(address);
    return own.source < waitingOfSource && (own.site ?? 0) < 2 * waitingOfSource;
  }

  /** Settles as `work` does, when it is its turn. */
  async run<Result>(address: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay < this.#limits.atOnce) this.#underWay++;
    else await new Promise<void>((resolve) => this.#waiting.add(address, resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next one, or back.
      const next = this.#waiting.take();
      if (next === null) this.#underWay--;
      else next();
    }
  }
}
