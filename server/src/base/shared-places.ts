import { networkKey, sourceKey } from './source-key.ts';

export interface PlaceLimits {
  /** In all. */
  readonly most: number;
  /** From one address (IPv6: /64), whoever holds them. Default: as many as there are. */
  readonly perSource?: number;
  /** Of those that may have to give way, from one address, and from one IPv6 /48. */
  readonly yieldingPerSource: number;
  readonly yieldingPerNetwork: number;
}

/** What the owner knows of those who hold its places. */
export interface PlaceRules<Place> {
  addressOf(place: Place): string;
  /** Asked of the one whose turn it is to give way: `busy` does not now, `stays` never will. */
  standing(place: Place): 'yields' | 'busy' | 'stays';
  /** Others need its place: it has none any more. */
  end(place: Place): void;
}

/**
 * Of one address or one network. `yielding`: the one that has done nothing for longest first; those that turn out to
 * stay are taken out.
 */
interface Held<Place> {
  count: number;
  readonly yielding: Set<Place>;
}

/** How many of the sources that hold most are looked at when all places are taken. */
const mostLooked = 8;

/**
 * Places that are shared among whoever comes, so that no source keeps others out by holding many. Where it gets tight
 * the one that has done nothing for longest gives way to the new one: of its own address, of its network, or when all
 * places are taken of the address that holds most. The new one is refused only where nobody gives way. Bounded by the
 * places themselves.
 */
export class SharedPlaces<Place> {
  readonly #limits: PlaceLimits;
  readonly #rules: PlaceRules<Place>;
  /** With where each counts: addresses are read once, not each time that somebody does something. */
  readonly #places = new Map<Place, readonly Held<Place>[]>();
  readonly #sources = new Map<string, Held<Place>>();
  readonly #networks = new Map<string, Held<Place>>();
  /** Places given up for newer ones. Only grows. */
  displaced = 0;

  constructor(limits: PlaceLimits, rules: PlaceRules<Place>) {
    this.#limits = limits;
    this.#rules = rules;
  }

  /** How many are taken. */
  get size(): number {
    return this.#places.size;
  }

  /** Whether one more may come from there. Makes room for it. */
  mayCome(address: string): boolean {
    const { most, perSource = Number.POSITIVE_INFINITY, yieldingPerSource, yieldingPerNetwork } = this.#limits;
    const source = this.#sources.get(sourceKey(address));
    if (source !== undefined && (source.count >= perSource || !this.#hasPlace(source, yieldingPerSource))) return false;
    const key = networkKey(address);
    const network = key === null ? undefined : this.#networks.get(key);
    if (network !== undefined && !this.#hasPlace(network, yieldingPerNetwork)) return false;
    return this.#places.size < most || this.#giveUpOneOfMost();
  }

  /** `yields`: it gives way where it must, unless it turns out to stay. */
  add(place: Place, yields: boolean): void {
    const all = this.#whereCounts(place);
    this.#places.set(place, all);
    for (const held of all) {
      held.count++;
      if (yields) held.yielding.add(place);
    }
  }

  /** It did something. */
  touched(place: Place): void {
    for (const { yielding } of this.#heldBy(place)) if (yielding.delete(place)) yielding.add(place);
  }

  /** Idempotent. */
  remove(place: Place): void {
    const all = this.#heldBy(place);
    if (!this.#places.delete(place)) return;
    for (const held of all) {
      held.count--;
      held.yielding.delete(place);
    }
    const address = this.#rules.addressOf(place);
    const [source, network] = [sourceKey(address), networkKey(address)];
    if (this.#sources.get(source)?.count === 0) this.#sources.delete(source);
    if (network !== null && this.#networks.get(network)?.count === 0) this.#networks.delete(network);
  }

  #hasPlace(held: Held<Place>, limit: number): boolean {
    return held.yielding.size < limit || this.#giveUpOne(held) || held.yielding.size < limit;
  }

  /** False when none of them gives way. */
  #giveUpOne(held: Held<Place>): boolean {
    for (const place of held.yielding) {
      const standing = this.#rules.standing(place);
      if (standing === 'busy') continue;
      for (const { yielding } of this.#heldBy(place)) yielding.delete(place);
      if (standing === 'stays') continue;
      this.displaced++;
      this.#rules.end(place);
      this.remove(place);
      return true;
    }
    return false;
  }

  #giveUpOneOfMost(): boolean {
    const looked = new Set<Held<Place>>();
    while (looked.size < mostLooked) {
      let most: Held<Place> | null = null;
      for (const held of this.#sources.values()) {
        if (held.yielding.size > (most?.yielding.size ?? 0) && !looked.has(held)) most = held;
      }
      if (most === null) return false;
      if (this.#giveUpOne(most)) return true;
      looked.add(most);
    }
    return false;
  }

  #heldBy(place: Place): readonly Held<Place>[] {
    return this.#places.get(place) ?? [];
  }

  #whereCounts(place: Place): Held<Place>[] {
    const address = this.#rules.addressOf(place);
    const found: Held<Place>[] = [];
    for (const [table, key] of [
      [this.#sources, sourceKey(address)],
      [this.#networks, networkKey(address)],
    ] as const) {
      if (key === null) continue;
      let held = table.get(key);
      if (held === undefined) {
        held = { count: 0, yielding: new Set() };
        table.set(key, held);
      }
      found.push(held);
    }
    return found;
  }
}
