import type { Clock } from '../../base/clock.ts';
import { RecentMap } from '../../base/recent-map.ts';
import type { Flow } from '../transport/flow.ts';

/** How long a proof holds after the last one: longer than the longest registration, which renews it. */
const provenForMs = 2 * 3_600_000;
/** How long an address that took what we sent counts as one that does. */
const reachedForMs = 900_000;
const maxAuthenticated = 50_000;
const maxReached = 20_000;
/** User names that one address may have proven; a gateway with more is known by the last ones. */
const maxUsers = 64;

interface Authenticated {
  readonly users: RecentMap<string, true>;
  until: number;
}

/**
 * What the other ends of flows have shown, by address and port:
 *
 *   unknown        anybody may have written this address into a datagram
 *   reached        it repeated what only a message of ours told it (a To tag of ours, a branch of ours): what we send
 *                  arrives there
 *   authenticated  a right password came from there
 *
 * Whoever holds a connection is reached. Carriers are known by their addresses, phones by the flow they registered on;
 * those two are asked of their owners, and count as authenticated. Bounded: the entry unused for longest makes room.
 */
export class ProvenAddresses {
  readonly #clock: Clock;
  readonly #isKnown: (flow: Flow) => boolean;
  readonly #authenticated = new RecentMap<string, Authenticated>(maxAuthenticated);
  readonly #reached = new RecentMap<string, number>(maxReached);

  /** `isKnown`: a carrier's address, or the flow of a registration. */
  constructor(clock: Clock, isKnown: (flow: Flow) => boolean) {
    this.#clock = clock;
    this.#isKnown = isKnown;
  }

  /** What only a message of ours to this address could tell came back from it. */
  reached(flow: Flow): void {
    if (flow.reliable) return;
    this.#reached.set(keyOf(flow), this.#clock.monotonic() + reachedForMs);
  }

  /** The right password of this user came over this flow. */
  authenticated(flow: Flow, username: string): void {
    const key = keyOf(flow);
    const entry = this.#authenticated.get(key) ?? { users: new RecentMap<string, true>(maxUsers), until: 0 };
    entry.users.set(username, true);
    entry.until = this.#clock.monotonic() + provenForMs;
    this.#authenticated.set(key, entry);
  }

  /**
   * A wrong password of this user came over this flow: what it proved before for that user is worth nothing any more.
   */
  failed(flow: Flow, username: string): void {
    this.#find(keyOf(flow))?.users.delete(username);
  }

  /** The connection is gone, and with it what its other end has shown. */
  closed(flow: Flow): void {
    this.#authenticated.delete(keyOf(flow));
  }

  /** Whether what we send over this flow arrives at somebody who wants it. */
  isReached(flow: Flow): boolean {
    if (flow.reliable) return true;
    const until = this.#reached.get(keyOf(flow));
    return (until !== undefined && until > this.#clock.monotonic()) || this.isAuthenticated(flow);
  }

  /** Whether a phone or a carrier of ours is at the other end. */
  isAuthenticated(flow: Flow): boolean {
    return (this.#find(keyOf(flow))?.users.size ?? 0) > 0 || this.#isKnown(flow);
  }

  /** Whether this user's right password came over this flow last, and no wrong one since. */
  isUser(flow: Flow, username: string): boolean {
    return this.#find(keyOf(flow))?.users.has(username) === true;
  }

  #find(key: string): Authenticated | null {
    const entry = this.#authenticated.get(key);
    return entry !== undefined && entry.until > this.#clock.monotonic() ? entry : null;
  }
}

function keyOf({ kind, remote }: Flow): string {
  return `${kind} ${remote.port} ${remote.address}`;
}
