import { type Clock, steadyClock } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { networkKey, sourceKey } from '../../base/source-key.ts';
import { FailureTable } from './failure-table.ts';

export interface GuardOptions {
  readonly banAfter: number;
  readonly addressBanAfter: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  readonly banMs: number;
  readonly maxBanMs: number;
  readonly forgetMs: number;
  /** Addresses remembered, and five times as many pairs of user and address; what failed least recently makes room. */
  readonly maxSources: number;
}

const defaultGuardOptions: GuardOptions = {
  banAfter: 10,
  addressBanAfter: 100,
  firstDelayMs: 250,
  maxDelayMs: 4_000,
  banMs: 60_000,
  maxBanMs: 3_600_000,
  forgetMs: 900_000,
  maxSources: 10_000,
};

const networkFactor = 10;
const longestName = 64;

export interface GuardVerdict {
  /** How long to hold back the answer; 0 = none. */
  readonly delayMs: number;
  readonly banned: boolean;
}

export interface Ban {
  readonly id: string;
  /** An address, or an IPv6 prefix. */
  readonly source: string;
  /** The user name that is refused from there; null: all that have not proven themselves there. */
  readonly username: string | null;
  /** ms since the epoch. */
  readonly since: number;
  readonly until: number;
}

export interface GuardEvent {
  readonly type: 'begun' | 'lifted';
  readonly ban: Ban;
}

/**
 * What happens to whoever keeps failing to authenticate. Counted is a user name together with the address it is tried
 * from, so that one phone with an old password delays itself and nobody behind the same address:
 *
 *   trusted   no failures on record (or long ago): answered at once
 *   suspect   1 .. banAfter-1 failures: each answer waits longer, 0, d, 2d, 4d … up to maxDelayMs
 *   banned    banAfter failures: new requests are dropped, for banMs, twice as long each time it happens again
 *
 *   trusted|suspect + failure → suspect (delay) or banned;  suspect + success → half the failures forgiven
 *   suspect + forgetMs without a failure → trusted;         banned + time over → suspect, one failure short of a ban
 *
 * A success does not clear everything: somebody else behind the address may be guessing the same user's password.
 *
 * Over all user names an address may fail `addressBanAfter` times in `forgetMs` (an IPv6 /48 ten times as often): then
 * it is banned as a whole, but for users whose right password came from the same address and port before: registered
 * phones go on.
 */
export class SourceGuard {
  /** A ban began, or somebody lifted it. */
  onBan: ((event: GuardEvent) => void) | null = null;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #options: GuardOptions;
  readonly #pairs: FailureTable;
  readonly #addresses: FailureTable;
  /** By id; also those that are over, until they are looked at. */
  readonly #bans = new Map<string, { readonly ban: Ban; readonly table: FailureTable; readonly key: string }>();

  constructor(options: { clock: Clock; random: Random; log: Log } & Partial<GuardOptions>) {
    const clock = steadyClock(options.clock);
    this.#clock = clock;
    this.#random = options.random;
    this.#log = options.log;
    this.#options = { ...defaultGuardOptions, ...options };
    const { banMs, maxBanMs, forgetMs, maxSources } = this.#options;
    this.#pairs = new FailureTable({ clock, banMs, maxBanMs, forgetMs, most: 5 * maxSources });
    this.#addresses = new FailureTable({ clock, banMs, maxBanMs, forgetMs, most: maxSources });
  }

  /** Whether anybody may be banned now: the quick question before `banned`. */
  get watching(): boolean {
    return this.#pairs.watching || this.#addresses.watching;
  }

  /**
   * Whether requests of this user from this address are to be dropped now. `proven`: its right password came from the
   * same address and port before, and no wrong one since.
   */
  banned(address: string, username: string | null, proven = false): boolean {
    if (proven) return false;
    if (username !== null && this.#pairs.banned(pairKey(address, username))) return true;
    return this.#addresses.banned(sourceKey(address)) || this.#networkBanned(address);
  }

  /** A wrong password or unknown user from `address`. */
  failed(address: string, username: string): GuardVerdict {
    const { banAfter, addressBanAfter, firstDelayMs, maxDelayMs } = this.#options;
    const source = sourceKey(address);
    const name = username.slice(0, longestName);
    const key = pairKey(address, username);
    const ofPair = this.#pairs.failed(key, banAfter);
    const network = networkKey(address);
    this.#note(this.#addresses, source, this.#addresses.failed(source, addressBanAfter), source, null);
    if (network !== null) {
      const failure = this.#addresses.failed(network, addressBanAfter * networkFactor);
      this.#note(this.#addresses, network, failure, network, null);
    }
    if (this.#note(this.#pairs, key, ofPair, source, name)) return { delayMs: 0, banned: true };
    const { failures } = ofPair;
    const delayMs = failures === 1 ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 2));
    this.#log.warn({ source: address, username: name, failures, delayMs }, 'SIP authentication failed');
    return { delayMs, banned: false };
  }

  succeeded(address: string, username: string): void {
    this.#pairs.succeeded(pairKey(address, username));
  }

  /** The bans that hold now, the newest last. */
  bans(): Ban[] {
    const now = this.#clock.now();
    for (const [id, { ban }] of this.#bans) if (ban.until <= now) this.#bans.delete(id);
    return [...this.#bans.values()].map(({ ban }) => ban);
  }

  /** Ends a ban, and forgets the failures that led to it; null when there is none of this id. */
  lift(id: string): Ban | null {
    const held = this.#bans.get(id);
    if (held === undefined || held.ban.until <= this.#clock.now()) return null;
    this.#bans.delete(id);
    held.table.forget(held.key);
    const { ban } = held;
    this.#log.warn({ ban: id, source: ban.source, username: ban.username }, 'a ban was lifted');
    this.onBan?.({ type: 'lifted', ban });
    return ban;
  }

  /** Pairs and addresses that failed, and bans that hold. */
  counts(): { sources: number; banned: number } {
    return { sources: this.#pairs.size, banned: this.bans().length };
  }

  #networkBanned(address: string): boolean {
    const network = networkKey(address);
    return network !== null && this.#addresses.banned(network);
  }

  /** Tells of a ban that has begun; false when there is none. */
  #note(
    table: FailureTable,
    key: string,
    { bannedForMs }: { readonly bannedForMs: number },
    source: string,
    username: string | null,
  ): boolean {
    if (bannedForMs === 0) return false;
    // One for each place in the tables, so their size bounds these too.
    for (const [id, held] of this.#bans) if (held.key === key && held.table === table) this.#bans.delete(id);
    const since = this.#clock.now();
    const ban = { id: newId(this.#random), source, username, since, until: since + bannedForMs };
    this.#makeRoom();
    this.#bans.set(ban.id, { ban, table, key });
    const lift = `DELETE /admin/v1/bans/${ban.id} lifts it`;
    const who = username === null ? 'all who have not proven themselves there' : 'this user there';
    this.#log.warn(
      { ban: ban.id, source, username, seconds: Math.round(bannedForMs / 1000) },
      `banned after too many failed logins: ${who}; ${lift}`,
    );
    this.onBan?.({ type: 'begun', ban });
    return true;
  }

  /** The ones over go; should there be too many none the less, the oldest. It then ends by its time only. */
  #makeRoom(): void {
    if (this.#bans.size < this.#options.maxSources) return;
    this.bans();
    const oldest = this.#bans.size < this.#options.maxSources ? undefined : this.#bans.keys().next().value;
    if (oldest !== undefined) this.#bans.delete(oldest);
  }
}

function pairKey(address: string, username: string): string {
  return `${sourceKey(address)} ${username.slice(0, longestName).toLowerCase()}`;
}
