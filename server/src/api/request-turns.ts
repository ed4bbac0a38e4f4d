import { SourceQueue } from '../base/source-queue.ts';

/** Requests begun in one round of the event loop: a millisecond or two of work. */
const mostInRound = 8;

/** Who asks; of a connection that is gone already it is not known. */
interface Asker {
  readonly ip: string | undefined;
}

/**
 * Requests are begun a few in each round of the event loop, in turn by source, and by IPv6 site before that: it has
 * sources without end. Node.js takes one new connection, and 32 datagrams of signalling, in a round: were all requests
 * of those who ask again as soon as they are answered begun in the same one, it would take so long that whoever comes
 * waits behind all others who come, for seconds.
 */
export class RequestTurns {
  #left = mostInRound;
  /** Rounds are counted while there is anything to count. */
  #counting = false;
  readonly #waiting = new SourceQueue<() => void>();

  /** Begins now, as almost always, or when it is its turn: only then it is looked who asks. */
  take(asker: Asker, begin: () => void): void {
    this.#count();
    if (this.#left > 0 && this.#waiting.size === 0) {
      this.#left--;
      begin();
      return;
    }
    this.#waiting.add(asker.ip ?? '', begin);
  }

  #count(): void {
    if (this.#counting) return;
    this.#counting = true;
    setImmediate(() => this.#round());
  }

  #round(): void {
    this.#counting = false;
    this.#left = mostInRound;
    if (this.#waiting.size > 0) this.#count();
    while (this.#left > 0 && this.#waiting.size > 0) {
      this.#left--;
      this.#waiting.take()?.();
    }
  }
}
