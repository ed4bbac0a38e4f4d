import type { Random } from '../../base/random.ts';
import { type CryptoSuite, cryptoSuites } from '../../sdp/crypto-attribute.ts';
import type { AgreedSrtp, LocalSrtp } from '../../sdp/srtp-agreement.ts';
import type { MediaProfile } from '../media-profile.ts';

/** What is done about SRTP: never, where the other side speaks it, always. */
export type SrtpPolicy = 'off' | 'optional' | 'required';

/** How one leg answers offers, and how it makes its own. */
export interface SrtpTerms {
  readonly taken: SrtpPolicy;
  readonly offered: SrtpPolicy;
}

/** Of a leg with this profile. Carriers have no SIP over TLS here: nothing is required of them, and nothing offered. */
export function srtpTerms(policy: SrtpPolicy, profile: MediaProfile, carrier: boolean): SrtpTerms {
  return {
    taken: carrier && policy === 'required' ? 'optional' : policy,
    offered: profile === 'sdes' && !carrier ? policy : 'off',
  };
}

/**
 * Our keys of one leg, made when they are needed. What has begun under keys does not go on without. A key of ours is
 * kept as long as that of the other side is, and is another one with each offer of ours and each other key of theirs:
 * a phone that comes in the place of another one, with a key of its own, cannot know how far we have counted under the
 * old one (RFC 3711 §3.3.1).
 */
export class LegSrtp {
  #terms: SrtpTerms;
  readonly #random: Random;
  #keys: LocalSrtp['keys'] | null = null;
  /** Null before the first. */
  #agreed: AgreedSrtp | null = null;

  constructor(terms: SrtpTerms, random: Random) {
    this.#terms = terms;
    this.#random = random;
  }

  /** For an answer of ours; null: plain RTP alone. */
  get taken(): LocalSrtp | null {
    return this.#local(this.#terms.taken);
  }

  /** For an offer of ours. */
  offered(): LocalSrtp | null {
    this.#keys = null;
    return this.#local(this.#terms.offered);
  }

  /**
   * Offers RTP/SAVP from here on, to a phone that refused keys in RTP/AVP: some are set to take nothing else. False
   * when that makes no difference.
   */
  insist(): boolean {
    if (this.#terms.offered !== 'optional') return false;
    this.#terms = { ...this.#terms, offered: 'required' };
    return true;
  }

  /** Whether this is under another key of theirs than before; ours is another one then, too. */
  isRekeyed(next: AgreedSrtp | null): boolean {
    const before = this.#agreed;
    if (before === null || next === null) return false;
    if (next.suite === before.suite && next.receive === before.receive) return false;
    this.#keys = null;
    return true;
  }

  agree(srtp: AgreedSrtp | null): void {
    this.#agreed = srtp ?? this.#agreed;
  }

  #local(policy: SrtpPolicy): LocalSrtp | null {
    const goesOn = this.#agreed !== null;
    if (policy === 'off' && !goesOn) return null;
    const keys = () => {
      this.#keys ??= newKeys(this.#random);
      return this.#keys;
    };
    return {
      required: policy === 'required' || goesOn,
      get keys() {
        return keys();
      },
    };
  }
}

function newKeys(random: Random): LocalSrtp['keys'] {
  const key = ([suite, octets]: [string, number]) => [suite, random.bytes(octets).toString('base64')];
  return Object.fromEntries(Object.entries(cryptoSuites).map(key)) as Record<CryptoSuite, string>;
}
