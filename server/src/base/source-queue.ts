import { networkKey, sourceKey } from './source-key.ts';

/** Of one network, which an IPv4 address is by itself. */
interface Waiting<Item> {
  count: number;
  /** By source, first come, first served; who was served last comes last. */
  readonly sources: Map<string, Item[]>;
}

/** What waits, in turn by source, and by IPv6 site before that: it has sources without end. */
export class SourceQueue<Item> {
  readonly #networks = new Map<string, Waiting<Item>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many wait of the source of this address, and of its IPv6 site (null: it is of none). */
  waitingOf(address: string): { readonly source: number; readonly site: number | null } {
    const source = sourceKey(address);
    const network = networkKey(address);
    const own = this.#networks.get(network ?? source);
    return { source: own?.sources.get(source)?.length ?? 0, site: network === null ? null : (own?.count ?? 0) };
  }

  add(address: string, item: Item): void {
    const source = sourceKey(address);
    const key = networkKey(address) ?? source;
    const network = this.#networks.get(key) ?? { count: 0, sources: new Map<string, Item[]>() };
    this.#networks.set(key, network);
    const waiting = network.sources.get(source);
    if (waiting === undefined) network.sources.set(source, [item]);
    else waiting.push(item);
    network.count++;
    this.#size++;
  }

  /** Takes out the one whose turn it is; null: none waits. */
  take(): Item | null {
    for (const [key, network] of this.#networks) {
      this.#networks.delete(key);
      for (const [source, waiting] of network.sources) {
        const item = waiting.shift() ?? null;
        network.sources.delete(source);
        if (waiting.length > 0) network.sources.set(source, waiting);
        network.count--;
        this.#size--;
        if (network.count > 0) this.#networks.set(key, network);
        return item;
      }
    }
    return null;
  }
}
