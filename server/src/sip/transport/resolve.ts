import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SipUri } from '../message/uri.ts';
import type { TransportKind } from './flow.ts';

/** Where a request can be sent. */
export interface ResolvedAddress {
  /** An IP address, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  readonly kind: TransportKind;
}

export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
  /** Seconds; null when the system does not say. */
  readonly ttl: number | null;
}

export interface AddressRecord {
  readonly address: string;
  /** Seconds. */
  readonly ttl: number | null;
}

/** What is asked of the DNS. A name without such records gives []; a rejection means that no answer could be had. */
export interface Dns {
  srv(name: string): Promise<readonly ServiceRecord[]>;
  a(name: string): Promise<readonly AddressRecord[]>;
  aaaa(name: string): Promise<readonly AddressRecord[]>;
}

export interface TargetResolverOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly dns: Dns;
  /** What we can send over, the preferred first; default UDP and TCP. */
  readonly kinds?: readonly TransportKind[];
}

/** Finds where to send a request for a URI (RFC 3263 §4, without NAPTR). */
export class TargetResolver {
  readonly #options: TargetResolverOptions;

  constructor(options: TargetResolverOptions) {
    this.#options = options;
  }

  /** In the order to try; [] when there is no way. Never rejects. */
  async resolve(_uri: SipUri): Promise<ResolvedAddress[]> {
    void this.#options;
    return [];
  }
}
