import { networkKey, sourceKey } from '../../base/source-key.ts';
import type { Flow } from './flow.ts';

export interface ConnectionPlaces {
  /** In all. */
  connections: number;
  /** From one address (IPv6: /64), proven or not. */
  connectionsPerAddress: number;
  /** Of those who have not proven themselves, from one address, and from one IPv6 /48. */
  strangersPerAddress: number;
  strangersPerNetwork: number;
}

export const defaultConnectionPlaces: ConnectionPlaces = {
  connections: 10_000,
  connectionsPerAddress: 4_000,
  strangersPerAddress: 512,
  strangersPerNetwork: 1_024,
};

interface Place extends Flow {
  close(reason: string): void;
}

/** Of one address or one network. `strangers`: the one that has said nothing for longest first; those that turn out proven are taken out. */
interface Held {
  count: number;
  readonly strangers: Set<Place>;
}

/** So many of those who hold most are looked at when all places are taken. */
const mostLooked = 8;

/**
 * Who may hold how many of the connections that peers open. Where it gets tight the connection of a stranger that has said nothing for longest
 * gives way to a new one: its own address's, its network's, or when all places are taken one of the address with most strangers. Those of
 * phones and carriers that have proven themselves, and those that we opened, stay.
 */
export class ConnectionTable {
  readonly #limits: ConnectionPlaces;
  readonly #isProven: (flow: Flow) => boolean;
  readonly #sources = new Map<string, Held>();
  readonly #networks = new Map<string, Held>();
  #count = 0;
  /** Connections given up for newer ones. Only grows. */
  displaced = 0;

  constructor(limits: ConnectionPlaces, isProven: (flow: Flow) => boolean) {
    this.#limits = limits;
    this.#isProven = isProven;
  }

  /** Whether one more may come from there. Makes room for it. */
  mayCome(address: string): boolean {
    const { connections, connectionsPerAddress, strangersPerAddress, strangersPerNetwork } = this.#limits;
    const source = this.#sources.get(sourceKey(address));
    const key = networkKey(address);
    const network = key === null ? undefined : this.#networks.get(key);
    if (source !== undefined) {
      if (source.count >= connectionsPerAddress) return false;
      if (source.strangers.size >= strangersPerAddress) this.#giveUpOne(source);
    }
    if (network !== undefined && network.strangers.size >= strangersPerNetwork) this.#giveUpOne(network);
    return this.#count < connections || this.#giveUpOneOfMost();
  }

  /** `stranger`: the peer opened it; it may prove itself later. */
  add(place: Place, stranger: boolean): void {
    this.#count++;
    for (const held of this.#heldBy(place, true)) {
      held.count++;
      if (stranger) held.strangers.add(place);
    }
  }

  /** It said something. */
  touched(place: Place): void {
    for (const { strangers } of this.#heldBy(place, false)) if (strangers.delete(place)) strangers.add(place);
  }

  remove(place: Place): void {
    this.#count--;
    for (const held of this.#heldBy(place, false)) {
      held.count--;
      held.strangers.delete(place);
    }
    const { address } = place.remote;
    const [source, network] = [sourceKey(address), networkKey(address)];
    if (this.#sources.get(source)?.count === 0) this.#sources.delete(source);
    if (network !== null && this.#networks.get(network)?.count === 0) this.#networks.delete(network);
  }

  /** False when all of them have proven themselves. */
  #giveUpOne(held: Held): boolean {
    for (const place of held.strangers) {
      const proven = this.#isProven(place);
      for (const { strangers } of this.#heldBy(place, false)) strangers.delete(place);
      if (proven) continue;
      this.displaced++;
      place.close('others need the place');
      return true;
    }
    return false;
  }

  #giveUpOneOfMost(): boolean {
    for (let looked = 0; looked < mostLooked; looked++) {
      let most: Held | null = null;
      for (const held of this.#sources.values()) {
        if (held.strangers.size > (most?.strangers.size ?? 0)) most = held;
      }
      if (most === null) return false;
      if (this.#giveUpOne(most)) return true;
    }
    return false;
  }

  #heldBy({ remote }: Place, make: boolean): Held[] {
    const found: Held[] = [];
    for (const [table, key] of [
      [this.#sources, sourceKey(remote.address)],
      [this.#networks, networkKey(remote.address)],
    ] as const) {
      if (key === null) continue;
      let held = table.get(key);
      if (held === undefined && make) {
        held = { count: 0, strangers: new Set() };
        table.set(key, held);
      }
      if (held !== undefined) found.push(held);
    }
    return found;
  }
}
