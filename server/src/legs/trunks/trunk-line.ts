import type { Trunk } from '../../directory/records.ts';
import { nextHop } from '../../sip/dialog/next-hop.ts';
import { formatUri, parseUri, type SipUri } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { ResolvedAddress } from '../../sip/transport/resolve.ts';
import type { InviteTarget } from '../../sip/user-agent.ts';
import { plainAddress } from '../sip/plain-address.ts';

/** Whether a carrier's address answers: `unknown` before it was asked, or when it is never asked. */
export type TrunkHealth = 'up' | 'down' | 'unknown';

/** One address of a trunk. */
export interface TrunkAddress extends ResolvedAddress {
  /** Which of the trunk's URIs led here. */
  readonly uri: SipUri;
  readonly health: TrunkHealth;
}

/** What a trunk's names may lead to; more addresses are left out. */
const mostAddresses = 16;

/** The addresses of one trunk and what is known of them. Knows no time and asks nobody. */
export class TrunkLine {
  readonly trunk: Trunk;
  readonly uris: readonly SipUri[];
  /** Further sources of calls. */
  readonly #sources: ReadonlySet<string>;
  #addresses: readonly TrunkAddress[];

  /** `before`: the same trunk as it was configured until now. */
  constructor(trunk: Trunk, before: TrunkLine | null = null) {
    this.trunk = trunk;
    this.uris = trunk.uris.map(parseUri).filter((uri) => uri !== null);
    this.#sources = new Set(trunk.addresses.map(plainAddress));
    // What is known, or needs no look-up, holds from the start: a call may come before anything has been asked.
    this.#addresses = this.uris.flatMap((uri): TrunkAddress[] => {
      const text = formatUri(uri);
      const known = before?.addresses.filter((one) => formatUri(one.uri) === text) ?? [];
      if (known.length > 0) return known.map((one) => ({ ...one, uri }));
      const hop = nextHop(uri, 'udp');
      return hop === null ? [] : [{ ...hop.remote, kind: hop.kind, uri, health: 'unknown' }];
    });
  }

  get addresses(): readonly TrunkAddress[] {
    return this.#addresses;
  }

  /**
   * What the URIs lead to now, in order. Nothing found keeps what was found before: a name server may be away for a
   * while.
   */
  resolved(found: readonly { readonly uri: SipUri; readonly addresses: readonly ResolvedAddress[] }[]): void {
    const next: TrunkAddress[] = [];
    for (const { uri, addresses } of found) {
      const before = this.#addresses.filter((known) => known.uri === uri);
      const now = addresses.map(
        (address): TrunkAddress => ({
          ...address,
          uri,
          health: before.find((known) => sameAddress(known, address))?.health ?? 'unknown',
        }),
      );
      next.push(...(now.length === 0 ? before : now));
    }
    this.#addresses = next.slice(0, mostAddresses);
  }

  /** True when this is news. */
  heard(address: ResolvedAddress, health: TrunkHealth): boolean {
    const known = this.#addresses.find((one) => sameAddress(one, address));
    if (known === undefined || known.health === health) return false;
    this.#addresses = this.#addresses.map((one) => (sameAddress(one, address) ? { ...one, health } : one));
    return true;
  }

  /** Where to call this number, in the order to try: as configured, but what does not answer comes last. */
  targets(number: string): InviteTarget[] {
    const down = (one: TrunkAddress) => (one.health === 'down' ? 1 : 0);
    return this.#addresses
      .toSorted((a, b) => down(a) - down(b))
      .map(({ uri, address, port, kind }) => ({ uri: { ...uri, user: number }, address: { address, port, kind } }));
  }

  /** The trunk's domain as a registrar. */
  registrars(): InviteTarget[] {
    return this.#addresses.map(({ uri, address, port, kind }) => ({
      uri: { ...uri, user: null, password: null },
      address: { address, port, kind },
    }));
  }

  /**
   * Whether what comes over this flow comes from the carrier: from an address listed as its source, or from one its
   * URIs lead to; the latter on UDP also by port, so that others on the carrier's machine are not the carrier.
   */
  comesFrom(flow: Flow): boolean {
    const source = plainAddress(flow.remote.address);
    if (this.#sources.has(source)) return true;
    return this.#addresses.some(
      ({ address, port }) => plainAddress(address) === source && (flow.reliable || port === flow.remote.port),
    );
  }
}

function sameAddress(a: ResolvedAddress, b: ResolvedAddress): boolean {
  return a.address === b.address && a.port === b.port && a.kind === b.kind;
}
