import { networkKey, sourceKey } from './source-key.ts';

type Begin = () => void;

export interface FairLimits {
  /** Done at a time. */
  readonly atOnce: number;
  /** That may wait, in all and of one source; of an IPv6 site twice as much. */
  readonly waiting: number;
  readonly waitingOfSource: number;
}

/** Of one network, which an IPv4 address is by itself. */
interface Waiting {
  count: number;
  /** By source, first come, first served; who was served last comes last. */
  readonly sources: Map<string, Begin[]>;
}

/**
 * Work of which so much is done at once, and the rest waits: the next is of another source in turn, and of another IPv6
 * site before that, as one has sources without end. Who asks a hundred times keeps nobody else waiting for more than
 * what is under way.
 */
export class FairTurns {
  readonly #limits: FairLimits;
  readonly #networks = new Map<string, Waiting>();
  #underWay = 0;
  #waiting = 0;

  constructor(limits: FairLimits) {
    this.#limits = limits;
  }

  /** Whether more of this address may wait. */
  mayWait(address: string): boolean {
    const { atOnce, waiting, waitingOfSource } = this.#limits;
    if (this.#underWay < atOnce) return true;
    if (this.#waiting >= waiting) return false;
    const source = sourceKey(address);
    const network = networkKey(address);
    const own = this.#networks.get(network ?? source);
    if (own === undefined) return true;
    if (network !== null && own.count >= 2 * waitingOfSource) return false;
    return (own.sources.get(source)?.length ?? 0) < waitingOfSource;
  }

  /** Settles as `work` does, when it is its turn. */
  async run<Result>(address: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay < this.#limits.atOnce) this.#underWay++;
    else await new Promise<void>((resolve) => this.#wait(address, resolve));
    try {
      return await work();
    } finally {
      // The place goes to the next one, or back.
      const next = this.#next();
      if (next === null) this.#underWay--;
      else next();
    }
  }

  #wait(address: string, begin: Begin): void {
    const source = sourceKey(address);
    const key = networkKey(address) ?? source;
    const network = this.#networks.get(key) ?? { count: 0, sources: new Map<string, Begin[]>() };
    this.#networks.set(key, network);
    const waiting = network.sources.get(source);
    if (waiting === undefined) network.sources.set(source, [begin]);
    else waiting.push(begin);
    network.count++;
    this.#waiting++;
  }

  #next(): Begin | null {
    for (const [key, network] of this.#networks) {
      this.#networks.delete(key);
      for (const [source, waiting] of network.sources) {
        const begin = waiting.shift() ?? null;
        network.sources.delete(source);
        if (waiting.length > 0) network.sources.set(source, waiting);
        network.count--;
        this.#waiting--;
        if (network.count > 0) this.#networks.set(key, network);
        return begin;
      }
    }
    return null;
  }
}
