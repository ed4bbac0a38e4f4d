import { RateLimit } from '../../base/rate-limit.ts';
import { networkKey } from '../../base/source-key.ts';
import type { ProvenAddresses } from '../auth/proven-addresses.ts';
import type { Flow } from '../transport/flow.ts';

export interface IntakeLimits {
  /** Messages a second from one address of phones and carriers that have proven themselves, and how many at once. */
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  /**
   * The same from one address of everybody else: well below what one core carries. An IPv6 /48 may send half as many
   * again, which leaves something of all for others.
   */
  readonly strangersPerSecond: number;
  /** From everybody else together. */
  readonly strangersInAllPerSecond: number;
}

const networkFactor = 1.5;
/**
 * What one message may hold; a longer one counts as several, for to read it costs as much as they do. What phones send
 * is shorter.
 */
const bytesOfOne = 4096;
/** Messages a second of an address and port that has hardly said anything, and how many at once: a call is some ten. */
const light = { perSecond: 5, burst: 20 };

/**
 * Which messages are read at all, decided before they are parsed, so that a flood costs next to nothing and takes
 * nothing from those who have proven themselves:
 *
 *   proven phone, carrier       its address's own, generous limit
 *   anybody else                the limit of its address, of its network, and of all strangers together
 *   … when one of those is used up: who has hardly said anything from its address and port, within a small reserve;
 *   behind the address of one who floods there may be others
 */
export class Intake {
  readonly #proven: ProvenAddresses;
  readonly #known: RateLimit;
  readonly #sources: RateLimit;
  readonly #networks: RateLimit;
  readonly #all: RateLimit;
  readonly #flows = new RateLimit(light);
  readonly #reserve: RateLimit;
  refused = 0;

  constructor(limits: IntakeLimits, proven: ProvenAddresses) {
    const { messagesPerSecond, messageBurst, strangersPerSecond: perSource, strangersInAllPerSecond: inAll } = limits;
    this.#proven = proven;
    this.#known = new RateLimit({ perSecond: messagesPerSecond, burst: messageBurst });
    this.#sources = new RateLimit({ perSecond: perSource, burst: perSource });
    const perNetwork = perSource * networkFactor;
    this.#networks = new RateLimit({ perSecond: perNetwork, burst: perNetwork });
    this.#all = new RateLimit({ perSecond: inAll, burst: inAll, maxSources: 1 });
    this.#reserve = new RateLimit({ perSecond: inAll / 10, burst: Math.max(1, inAll / 10), maxSources: 1 });
  }

  /** What strangers may send, from here on. */
  limit(perSource: number, inAll: number): void {
    this.#sources.limit({ perSecond: perSource, burst: perSource });
    const perNetwork = perSource * networkFactor;
    this.#networks.limit({ perSecond: perNetwork, burst: perNetwork });
    this.#all.limit({ perSecond: inAll, burst: inAll });
    this.#reserve.limit({ perSecond: inAll / 10, burst: Math.max(1, inAll / 10) });
  }

  admit(flow: Flow, nowMs: number, bytes: number): boolean {
    const { address } = flow.remote;
    const cost = Math.max(1, Math.ceil(bytes / bytesOfOne));
    const taken = this.#proven.isAuthenticated(flow)
      ? this.#known.admit(address, nowMs, 0, cost)
      : this.#admitStranger(flow, address, nowMs, cost);
    if (!taken) this.refused++;
    return taken;
  }

  #admitStranger(flow: Flow, address: string, nowMs: number, cost: number): boolean {
    // Counted also while there is room, so that who floods is known by then.
    const isLight = this.#flows.admit(`${flow.kind} ${flow.remote.port} ${address}`, nowMs, 0, cost);
    const network = networkKey(address);
    const room =
      this.#sources.admit(address, nowMs, 0, cost) &&
      (network === null || this.#networks.admit(network, nowMs, 0, cost)) &&
      this.#all.admit('', nowMs, 0, cost);
    return room || (isLight && this.#reserve.admit('', nowMs, 0, cost));
  }
}
