import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SipRequest } from '../message/message.ts';
import { numberOrName } from '../message/telephone-subscriber.ts';
import { credentialsFor, formatDigestParams, unquotedInChallenge } from './auth-params.ts';
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
      /** Values for WWW-Authenticate (or Proxy-Authenticate), the one to be preferred first. */
      readonly challenges: readonly string[];
      /** The user name tried, if any; for the log. */
      readonly username: string | null;
    };

export interface DigestServerOptions {
  readonly realm: string;
  readonly random: Random;
  readonly clock: Clock;
  readonly credentials: (username: string) => SipCredentials | null;
  /** What accounts demand, the strongest first: every challenge offers all of it, whoever asks. Default: MD5. */
  readonly algorithms?: () => readonly DigestAlgorithm[];
  /** How long a nonce may be used; default 5 minutes. */
  readonly nonceLifetimeMs?: number;
  /** How many nonces in use are remembered; default 50 000. */
  readonly maxNonces?: number;
}

const onlyMd5: readonly DigestAlgorithm[] = ['MD5'];

/**
 * Digest authentication of requests (RFC 3261 §22, RFC 7616, RFC 8760). What is offered is the same for everybody, so
 * that it tells nothing of an account: MD5 alone where no account demands SHA-256, because common phones give up when
 * they see an algorithm they do not know. The same is computed for unknown users as for known ones.
 *
 * The digest-uri is hashed as the client sent it and not compared with the Request-URI: phones write host, port and
 * parameters there in their own way, and the nonce count already keeps a captured response from being used again.
 */
export class DigestServer {
  readonly #realm: string;
  readonly #credentials: (username: string) => SipCredentials | null;
  readonly #algorithms: () => readonly DigestAlgorithm[];
  readonly #nonces: NonceKeeper;
  /** Stands in for the account of an unknown user, so that both take the same way. */
  readonly #nobody: SipCredentials;

  constructor(options: DigestServerOptions) {
    this.#realm = options.realm;
    this.#credentials = options.credentials;
    this.#algorithms = options.algorithms ?? (() => onlyMd5);
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
    const params = credentialsFor(this.#realm, request.headers.getAll(proxy ? 'Proxy-Authorization' : 'Authorization'));
    if (params === null) return this.#fail('missing', source, null);

    const username = params.get('username') ?? '';
    const known = this.#credentials(username);
    const account = known ?? this.#nobody;
    const nonce = params.get('nonce') ?? '';
    const issuedAt = this.#nonces.issuedAt(nonce, source);
    // From before a restart, or another's: say so whether or not the response is right, which would tell a guesser.
    if (issuedAt === null) return this.#fail('stale', source, username);

    const right = this.#verify(params, account, request);
    if (!right || known === null) return this.#fail(known === null ? 'unknown' : 'wrong', source, username);
    const counted = params.has('qop');
    const count = counted ? nonceCount(params.get('nc') ?? '') : null;
    if (counted && count === null) return this.#fail('wrong', source, username);
    const use = this.#nonces.use(nonce, issuedAt, count);
    return use === 'fresh' ? { ok: true, credentials: known } : this.#fail(use, source, username);
  }

  /**
   * Fresh ones, one for each algorithm, of one nonce. `stale` tells the client to repeat with the new nonce without
   * asking its user.
   */
  challenges(source: string, stale: boolean): string[] {
    const nonce = this.#nonces.issue(source);
    return this.#algorithms().map((algorithm) => {
      const params: [string, string][] = [
        ['realm', this.#realm],
        ['nonce', nonce],
        ['algorithm', algorithm],
        ['qop', 'auth'],
      ];
      if (stale) params.push(['stale', 'true']);
      return formatDigestParams(params, unquotedInChallenge);
    });
  }

  #fail(why: DigestFailure, source: string, username: string | null): DigestCheck {
    // stale: repeat with the new nonce, nothing is known to be wrong with the password (RFC 7616 §3.3).
    const stale = why === 'stale' || why === 'replay';
    return { ok: false, why, challenges: this.challenges(source, stale), username };
  }

  #verify(params: Map<string, string>, account: SipCredentials, request: SipRequest): boolean {
    const named = (params.get('algorithm') ?? 'MD5').toUpperCase();
    const algorithm = named === 'SHA-256' ? 'SHA-256' : 'MD5';
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
    const strong = algorithm === 'SHA-256' || account.algorithm === 'MD5';
    const offered = named === algorithm && this.#algorithms().includes(algorithm);
    return same && strong && offered && (qop === null || qop.toLowerCase() === 'auth');
  }
}

/** Who the request says it comes from: a guess. */
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
