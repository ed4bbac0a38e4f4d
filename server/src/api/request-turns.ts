import { networkKey, sourceKey } from '../base/source-key.ts';

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
  /** By network and source, first come, first served; who was served last comes last. */
  readonly #networks = new Map<string, Map<string, (() => void)[]>>();

  /** Begins now, as almost always, or when it is its turn: only then it is looked who asks. */
  take(asker: Asker, begin: () => void): void {
    this.#count();
    if (this.#left > 0 && this.#networks.size === 0) {
      this.#left--;
      begin();
      return;
    }
    const source = asker.ip === undefined ? '' : sourceKey(asker.ip);
    const network = (asker.ip === undefined ? null : networkKey(asker.ip)) ?? source;
    const sources = this.#networks.get(network) ?? new Map<string, (() => void)[]>();
    this.#networks.set(network, sources);
    const waiting = sources.get(source);
    if (waiting === undefined) sources.set(source, [begin]);
    else waiting.push(begin);
  }

  #count(): void {
    if (this.#counting) return;
    this.#counting = true;
    setImmediate(() => this.#round());
  }

  #round(): void {
    this.#counting = false;
    this.#left = mostInRound;
    if (this.#networks.size > 0) this.#count();
    for (const [network, sources] of this.#networks) {
      if (this.#left === 0) return;
      this.#left--;
      this.#networks.delete(network);
      const begin = firstOf(sources);
      if (sources.size > 0) this.#networks.set(network, sources);
      begin?.();
    }
  }
}

/** Of the source whose turn it is, which comes last from then on. */
function firstOf(sources: Map<string, (() => void)[]>): (() => void) | undefined {
  for (const [source, waiting] of sources) {
    sources.delete(source);
    const begin = waiting.shift();
    if (waiting.length > 0) sources.set(source, waiting);
    return begin;
  }
  return undefined;
}
