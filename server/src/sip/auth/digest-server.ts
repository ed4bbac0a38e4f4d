import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SipRequest } from '../message/message.ts';
import { numberOrName } from '../message/telephone-subscriber.ts';
import { formatDigestParams, parseDigestParams, unquotedInChallenge } from './auth-params.ts';
import { type DigestAlgorithm, digestResponse } from './digest-hash.ts';
import { NonceKeeper } from './nonce.ts';

/** What is known of a SIP account: no password, only H(username:realm:password). */
export interface SipCredentials {
  readonly username: string;
  readonly extensionId: string;
  /** Lowercase hex. */
  readonly ha1: { readonly md5: string; readonly sha256: string };
  readonly algorithm: DigestAlgorithm;
}

export type DigestFailure = 'missing' | 'stale' | 'wrong' | 'unknown' | 'replay';

export type DigestCheck =
  | { readonly ok: true; readonly credentials: SipCredentials }
  | {
      readonly ok: false;
      readonly why: DigestFailure;
      /** Value for WWW-Authenticate (or Proxy-Authenticate). */
      readonly challenge: string;
      /** The user name tried, if any; for the log. */
      readonly username: string | null;
    };

export interface DigestServerOptions {
  readonly realm: string;
  readonly random: Random;
  readonly clock: Clock;
  readonly credentials: (username: string) => SipCredentials | null;
  /** How long a nonce may be used; default 5 minutes. */
  readonly nonceLifetimeMs?: number;
  /** How many nonces in use are remembered; default 50 000. */
  readonly maxNonces?: number;
}

/**
 * Digest authentication of requests (RFC 3261 §22, RFC 7616, RFC 8760): one challenge per answer, MD5 unless the
 * account says SHA-256, because common phones give up when they see an algorithm they do not know.
 *
 * The digest-uri is hashed as the client sent it and not compared with the Request-URI: phones write host, port and
 * parameters there in their own way, and the nonce count already keeps a captured response from being used again.
 */
export class DigestServer {
  readonly #realm: string;
  readonly #credentials: (username: string) => SipCredentials | null;
  readonly #nonces: NonceKeeper;
  /** Stands in for the account of an unknown user, so that both take the same way. */
  readonly #nobody: SipCredentials;

  constructor(options: DigestServerOptions) {
    this.#realm = options.realm;
    this.#credentials = options.credentials;
    this.#nonces = new NonceKeeper({
      clock: options.clock,
      random: options.random,
      lifetimeMs: options.nonceLifetimeMs ?? 300_000,
      maxRemembered: options.maxNonces ?? 50_000,
    });
    this.#nobody = {
      username: '',
      extensionId: '',
      ha1: { md5: options.random.bytes(16).toString('hex'), sha256: options.random.bytes(32).toString('hex') },
      algorithm: 'MD5',
    };
  }

  /**
   * Never throws, whatever the request holds. `source` is the address it came from; `proxy` looks at
   * Proxy-Authorization instead of Authorization.
   */
  check(request: SipRequest, source: string, proxy = false): DigestCheck {
    const params = this.#ours(request.headers.getAll(proxy ? 'Proxy-Authorization' : 'Authorization'));
    if (params === null) return this.#fail('missing', this.#algorithmFor(claimedUser(request)), source, null);

    const username = params.get('username') ?? '';
    const known = this.#credentials(username);
    const account = known ?? this.#nobody;
    const algorithm = account.algorithm;
    const nonce = params.get('nonce') ?? '';
    const issuedAt = this.#nonces.issuedAt(nonce, source);
    // From before a restart, or another's: say so whether or not the response is right, which would tell a guesser.
    if (issuedAt === null) return this.#fail('stale', algorithm, source, username);

    const right = this.#verify(params, account, request);
    if (!right || known === null) return this.#fail(known === null ? 'unknown' : 'wrong', algorithm, source, username);
    const counted = params.has('qop');
    const count = counted ? nonceCount(params.get('nc') ?? '') : null;
    if (counted && count === null) return this.#fail('wrong', algorithm, source, username);
    const use = this.#nonces.use(nonce, issuedAt, count);
    return use === 'fresh' ? { ok: true, credentials: known } : this.#fail(use, algorithm, source, username);
  }

  /** A fresh challenge. `stale` tells the client to repeat with the new nonce without asking its user. */
  challenge(algorithm: DigestAlgorithm, source: string, stale: boolean): string {
    const params: [string, string][] = [
      ['realm', this.#realm],
      ['nonce', this.#nonces.issue(source)],
      ['algorithm', algorithm],
      ['qop', 'auth'],
    ];
    if (stale) params.push(['stale', 'true']);
    return formatDigestParams(params, unquotedInChallenge);
  }

  #fail(why: DigestFailure, algorithm: DigestAlgorithm, source: string, username: string | null): DigestCheck {
    // stale: repeat with the new nonce, nothing is known to be wrong with the password (RFC 7616 §3.3).
    const stale = why === 'stale' || why === 'replay';
    return { ok: false, why, challenge: this.challenge(algorithm, source, stale), username };
  }

  #algorithmFor(username: string | null): DigestAlgorithm {
    const known = username === null ? null : this.#credentials(username);
    return known?.algorithm ?? 'MD5';
  }

  /** The one set of credentials that answers our realm, among those for proxies on the way. */
  #ours(values: readonly string[]): Map<string, string> | null {
    for (const value of values) {
      const params = parseDigestParams(value);
      if (params !== null && params.get('realm') === this.#realm) return params;
    }
    return null;
  }

  #verify(params: Map<string, string>, account: SipCredentials, request: SipRequest): boolean {
    const algorithm = account.algorithm;
    const named = params.get('algorithm');
    const qop = params.get('qop') ?? null;
    const expected = digestResponse({
      algorithm,
      ha1: algorithm === 'MD5' ? account.ha1.md5 : account.ha1.sha256,
      method: request.method,
      uri: params.get('uri') ?? '',
      nonce: params.get('nonce') ?? '',
      qop: qop === null ? null : 'auth',
      nc: params.get('nc') ?? '',
      cnonce: params.get('cnonce') ?? '',
    });
    const same = equalHex(expected, params.get('response') ?? '');
    // No weaker algorithm than the account's, and no protection that was not offered.
    const offered = (named ?? 'MD5').toUpperCase() === algorithm && (qop === null || qop.toLowerCase() === 'auth');
    return same && offered;
  }
}

/** Who the request says it comes from: a guess that only chooses the algorithm of the first challenge. */
export function claimedUser(request: SipRequest): string | null {
  try {
    return numberOrName((request.method === 'REGISTER' ? request.to : request.from).uri);
  } catch {
    return null;
  }
}

/** nc is exactly eight hex digits and starts at 1. */
function nonceCount(text: string): number | null {
  if (!/^[0-9a-fA-F]{8}$/.test(text)) return null;
  const count = Number.parseInt(text, 16);
  return count === 0 ? null : count;
}

function equalHex(expected: string, given: string): boolean {
  const a = Buffer.from(expected, 'latin1');
  const b = Buffer.alloc(a.length);
  b.write(given.toLowerCase(), 'latin1');
  return timingSafeEqual(a, b) && given.length === expected.length;
}
