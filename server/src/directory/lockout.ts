import type { Clock } from '../base/clock.ts';
import type { LockoutRecord } from './records.ts';

export interface LockoutOptions {
  readonly clock: Clock;
  /** Wrong PINs that one caller may enter at one conference. */
  readonly attempts: number;
  /** How long a lock lasts, and how long a wrong PIN counts. */
  readonly lockoutMs: number;
  /** Those of an earlier run. */
  readonly kept?: readonly LockoutRecord[];
  /** Called with each change, to be kept. */
  readonly onChange?: (record: LockoutRecord) => void;
}

/** The conference whose PINs are guessed. */
export interface PinAlarmPlace {
  readonly conferenceId: string;
  readonly organizationId: string;
  readonly extension: string;
  readonly conference: string;
}

/** What who looks after a conference should know. */
export interface PinAlarm {
  /**
   * `guessed`: as many wrong PINs from outside as one caller may enter, and again each time they have doubled;
   * `locked`: a count reached its bound.
   */
  readonly kind: 'guessed' | 'locked';
  /** Null: all conferences. */
  readonly conferenceId: string | null;
  /** Null: everybody from outside. */
  readonly callerKey: string | null;
  readonly failures: number;
  /** ms since the epoch; 0 for `guessed`. */
  readonly lockedUntil: number;
}

/**
 * Over all callers, this many times the attempts of one: calling under many numbers must not be a way around. Our
 * extensions are neither counted nor locked here: there are only so many of them, and strangers must not keep them out.
 */
const callersBeforeAllAreLocked = 10;
/**
 * Over all callers and all conferences, this many times the attempts of one: PINs of many conferences are guessed as
 * well as those of one.
 */
const attemptsBeforeEverythingIsLocked = 100;
/** Programs try what people would not. */
const ownersPatience = 10;

/**
 * Counts wrong PINs per caller and conference, per conference over all callers from outside, and over all conferences
 * (in memory only). The count lives here and not in the call, so hanging up and dialling again changes nothing.
 *
 * States of one count: `free` (failures below the bound; back to zero a lock-out's time after the last one) → `locked`
 * (bound reached; nothing is compared, so nothing can be guessed) → `free` with zero failures when the time is over.
 */
export class PinLockout {
  readonly #clock: Clock;
  #attempts: number;
  #lockoutMs: number;
  readonly #onChange: (record: LockoutRecord) => void;
  /** Conference id → caller key (null: all) → count. */
  readonly #counts = new Map<string, Map<string | null, LockoutRecord>>();
  /** Over all conferences: failures from outside since the first that counts. */
  readonly #everywhere = { failures: 0, lastAt: 0, lockedUntil: 0 };
  #sweepAt = 0;
  /** Told of PINs being guessed. */
  onAlarm: ((alarm: PinAlarm) => void) | null = null;

  constructor(options: LockoutOptions) {
    this.#clock = options.clock;
    this.#attempts = options.attempts;
    this.#lockoutMs = options.lockoutMs;
    this.#onChange = options.onChange ?? (() => {});
    for (const record of options.kept ?? []) {
      if (this.#isOver(record)) this.#onChange({ ...record, failures: 0, lockedUntil: 0 });
      else this.#put(record);
    }
  }

  /** From here on; what is counted stays counted, and who is locked stays so until then. */
  limit(attempts: number, lockoutMs: number): void {
    this.#attempts = attempts;
    this.#lockoutMs = lockoutMs;
  }

  /**
   * Until when (ms since the epoch) this caller may not try; null when it may. `authenticated`: see `AdmissionRequest`.
   */
  lockedUntil(conferenceId: string, callerKey: string, authenticated: boolean): number | null {
    const own = this.#current(conferenceId, callerKey)?.lockedUntil ?? 0;
    const all = authenticated ? 0 : (this.#current(conferenceId, null)?.lockedUntil ?? 0);
    const everywhere = authenticated ? 0 : this.#everywhere.lockedUntil;
    const until = Math.max(own, all, everywhere);
    return until > this.#clock.now() ? until : null;
  }

  /** `owner`: see `AdmissionRequest`. */
  failed(conferenceId: string, callerKey: string, authenticated: boolean, roomSize: number, owner = false): void {
    this.#sweep();
    this.#count(conferenceId, callerKey, owner ? this.#attempts * ownersPatience : this.#attempts);
    if (authenticated) return;
    // A large room has more people who mistype.
    const bound = Math.max(this.#attempts * callersBeforeAllAreLocked, Math.ceil(roomSize / 10));
    const failures = this.#count(conferenceId, null, bound);
    // At attempts, 2·attempts, 4·attempts, …
    const times = failures / this.#attempts;
    if (Number.isInteger(Math.log2(times)) && times >= 1) {
      this.onAlarm?.({ kind: 'guessed', conferenceId, callerKey: null, failures, lockedUntil: 0 });
    }
    this.#countEverywhere();
  }

  #countEverywhere(): void {
    const now = this.#clock.now();
    const count = this.#everywhere;
    if (Math.abs(now - count.lastAt) >= this.#lockoutMs) count.failures = 0;
    count.failures++;
    count.lastAt = now;
    if (count.failures < this.#attempts * attemptsBeforeEverythingIsLocked) return;
    const { failures } = count;
    count.failures = 0;
    count.lockedUntil = now + this.#lockoutMs;
    const { lockedUntil } = count;
    this.onAlarm?.({ kind: 'locked', conferenceId: null, callerKey: null, failures, lockedUntil });
  }

  /** The right PIN: what this caller mistyped before is forgotten. */
  succeeded(conferenceId: string, callerKey: string): void {
    const record = this.#current(conferenceId, callerKey);
    if (record === null || record.failures === 0) return;
    this.#counts.get(conferenceId)?.delete(callerKey);
    this.#onChange({ ...record, failures: 0, lockedUntil: 0 });
  }

  /** Counts held now; for metrics and tests. */
  get size(): number {
    let size = 0;
    for (const counts of this.#counts.values()) size += counts.size;
    return size;
  }

  #count(conferenceId: string, callerKey: string | null, bound: number): number {
    const now = this.#clock.now();
    const failures = (this.#current(conferenceId, callerKey)?.failures ?? 0) + 1;
    const lockedUntil = failures >= bound ? now + this.#lockoutMs : 0;
    const record = { conferenceId, callerKey, failures, lastAt: now, lockedUntil };
    this.#put(record);
    this.#onChange(record);
    if (lockedUntil > 0) this.onAlarm?.({ kind: 'locked', conferenceId, callerKey, failures, lockedUntil });
    return failures;
  }

  #current(conferenceId: string, callerKey: string | null): LockoutRecord | null {
    const record = this.#counts.get(conferenceId)?.get(callerKey) ?? null;
    return record === null || this.#isOver(record) ? null : record;
  }

  /** A clock set back must not lock for longer than one lock-out's time. */
  #isOver(record: LockoutRecord): boolean {
    const elapsed = this.#clock.now() - record.lastAt;
    return elapsed >= this.#lockoutMs || elapsed < -this.#lockoutMs;
  }

  #put(record: LockoutRecord): void {
    let counts = this.#counts.get(record.conferenceId);
    if (counts === undefined) {
      counts = new Map();
      this.#counts.set(record.conferenceId, counts);
    }
    counts.set(record.callerKey, record);
  }

  /**
   * Now and then, what no longer counts is dropped; between two sweeps the bound over all callers limits the growth.
   */
  #sweep(): void {
    const now = this.#clock.monotonic();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + this.#lockoutMs;
    for (const [conferenceId, counts] of this.#counts) {
      for (const [callerKey, record] of counts) if (this.#isOver(record)) counts.delete(callerKey);
      if (counts.size === 0) this.#counts.delete(conferenceId);
    }
  }
}
