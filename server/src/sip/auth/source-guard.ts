import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { sourceKey } from '../../base/source-key.ts';

/**
 * What happens to an address that keeps failing to authenticate.
 *
 *   trusted   no failures on record (or long ago): answered at once
 *   suspect   1 .. banAfter-1 failures: each answer waits longer, 0, d, 2d, 4d … up to maxDelayMs
 *   banned    banAfter failures: new requests are dropped unread, for banMs, twice as long each time it happens again
 *
 *   trusted|suspect + failure → suspect (delay) or banned;  suspect + success → half the failures forgiven
 *   suspect + forgetMs without a failure → trusted;         banned + time over → suspect, one failure short of the next ban
 *
 * A success does not clear everything: whoever owns one account must not get unlimited guesses at the others, and
 * one phone with an old password must not lock out the office behind the same address.
 */

export interface GuardOptions {
  readonly banAfter: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  readonly banMs: number;
  readonly maxBanMs: number;
  readonly forgetMs: number;
  /** Addresses remembered; the one that failed least recently makes room. */
  readonly maxSources: number;
}

export const defaultGuardOptions: GuardOptions = {
  banAfter: 10,
  firstDelayMs: 250,
  maxDelayMs: 4_000,
  banMs: 60_000,
  maxBanMs: 3_600_000,
  forgetMs: 900_000,
  maxSources: 10_000,
};

interface Source {
  failures: number;
  bans: number;
  lastFailure: number;
  bannedUntil: number;
}

export interface GuardVerdict {
  /** How long to hold back the answer; 0 = none. */
  readonly delayMs: number;
  readonly banned: boolean;
}

export class SourceGuard {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: GuardOptions;
  /** In order of the last failure, oldest first. */
  readonly #sources = new Map<string, Source>();

  constructor(options: { clock: Clock; log: Log } & Partial<GuardOptions>) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#options = { ...defaultGuardOptions, ...options };
  }

  /** Whether requests from this address are to be dropped now. */
  banned(address: string): boolean {
    if (this.#sources.size === 0) return false;
    const source = this.#sources.get(sourceKey(address));
    return source !== undefined && source.bannedUntil > this.#clock.monotonic();
  }

  /** A wrong password or unknown user from `address`; `username` is for the log. */
  failed(address: string, username: string | null): GuardVerdict {
    const { banAfter, banMs, maxBanMs, firstDelayMs, maxDelayMs } = this.#options;
    const now = this.#clock.monotonic();
    const key = sourceKey(address);
    const source = this.#recall(key, now);
    source.failures++;
    source.lastFailure = now;
    this.#sources.delete(key);
    this.#makeRoom();
    this.#sources.set(key, source);
    if (source.failures < banAfter) {
      const delayMs = source.failures === 1 ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (source.failures - 2));
      this.#log.warn({ source: address, username, failures: source.failures, delayMs }, 'SIP authentication failed');
      return { delayMs, banned: false };
    }
    const forMs = Math.min(maxBanMs, banMs * 2 ** source.bans);
    source.bannedUntil = now + forMs;
    source.bans++;
    source.failures = banAfter - 1;
    this.#log.warn({ source: address, username, forMs }, 'SIP source banned after failed authentications');
    return { delayMs: 0, banned: true };
  }

  succeeded(address: string): void {
    const key = sourceKey(address);
    const source = this.#sources.get(key);
    if (source === undefined) return;
    source.failures >>= 1;
    if (source.failures === 0 && source.bans === 0) this.#sources.delete(key);
  }

  /** Forgets an address, as an administrator would. */
  pardon(address: string): void {
    this.#sources.delete(sourceKey(address));
  }

  counts(): { sources: number; banned: number } {
    const now = this.#clock.monotonic();
    let banned = 0;
    for (const source of this.#sources.values()) if (source.bannedUntil > now) banned++;
    return { sources: this.#sources.size, banned };
  }

  #recall(address: string, now: number): Source {
    const source = this.#sources.get(address);
    const over =
      source === undefined || now - Math.max(source.lastFailure, source.bannedUntil) > this.#options.forgetMs;
    return over ? { failures: 0, bans: 0, lastFailure: now, bannedUntil: 0 } : source;
  }

  #makeRoom(): void {
    const now = this.#clock.monotonic();
    for (const [address, source] of this.#sources) {
      const forgotten = now - Math.max(source.lastFailure, source.bannedUntil) > this.#options.forgetMs;
      if (!forgotten && this.#sources.size < this.#options.maxSources) break;
      this.#sources.delete(address);
    }
  }
}
