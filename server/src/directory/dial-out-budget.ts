import { AppError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import type { RefusedDial } from '../call/attempts/refused-dial.ts';
import { callError } from '../call/model/call-error.ts';
import type { DialBudget, DialOut } from '../call/ports.ts';
import { DialTally, type DialUse, minuteMs } from './dial-tally.ts';
import type { DialOutLimits } from './records.ts';

/** Whose budget it is that was hit; `destination`: the lists. */
export type BudgetScope = 'total' | 'user' | 'conference' | 'destination';

/** What a limit refused. */
export interface DialRefusal extends RefusedDial {
  readonly scope: BudgetScope;
  readonly limit: 'perMinute' | 'concurrent' | 'allow' | 'deny';
  readonly trunk: string;
}

export interface DialOutSnapshot {
  readonly total: DialUse;
  /** By account, those in use. */
  readonly users: Readonly<Record<string, DialUse>>;
  readonly conferences: Readonly<Record<string, DialUse>>;
  /** Since the start. */
  readonly refused: Readonly<Record<BudgetScope, number>>;
}

export interface DialOutBudgetOptions {
  readonly clock: Clock;
  readonly limits: DialOutLimits;
  /** Gives the id under which it is told, if it is. */
  readonly onRefused?: (refusal: DialRefusal) => string | null;
}

interface Held {
  readonly dial: DialOut;
  readonly scopes: readonly { readonly name: 'total' | 'user' | 'conference'; readonly key: string }[];
  readonly takenAt: number;
}

/**
 * Guards the bill: how many calls go out over trunks in any 60 seconds and at once, in all, per user and per
 * conference, and where to. Each leg takes once, from all scopes or from none, in one synchronous step, so requests
 * that race cannot exceed a bound.
 *
 * States of a leg: not held → (`take`) held → (`release`) not held. A place among those at once is free again after the
 * release; the minute goes on counting the dial, unless it was never made.
 */
export class DialOutBudget implements DialBudget {
  readonly windowMs = minuteMs;
  readonly #clock: Clock;
  readonly #onRefused: (refusal: DialRefusal) => string | null;
  #allow: readonly RegExp[] = [];
  #deny: readonly RegExp[] = [];
  readonly #tallies: Readonly<Record<'total' | 'user' | 'conference', DialTally>>;
  readonly #held = new Map<string, Held>();
  readonly #refused: Record<BudgetScope, number> = { total: 0, user: 0, conference: 0, destination: 0 };

  constructor({ clock, limits, onRefused }: DialOutBudgetOptions) {
    this.#clock = clock;
    this.#onRefused = onRefused ?? (() => null);
    this.#tallies = { total: new DialTally(0, 0), user: new DialTally(0, 0), conference: new DialTally(0, 0) };
    this.limit(limits);
  }

  /** From here on. What was dialled counts, and who talks goes on talking. */
  limit(limits: DialOutLimits): void {
    this.#allow = limits.dialOutAllow.map((pattern) => new RegExp(pattern, 'u'));
    this.#deny = limits.dialOutDeny.map((pattern) => new RegExp(pattern, 'u'));
    const { total, user, conference } = this.#tallies;
    total.bound(limits.dialOutPerMinute, limits.dialOutConcurrent);
    user.bound(limits.dialOutPerUserPerMinute, limits.dialOutPerUserConcurrent);
    conference.bound(limits.dialOutPerConferencePerMinute, limits.dialOutPerConferenceConcurrent);
  }

  /**
   * Counts the leg, once however often it is taken. Throws AppError `destinationNotAllowed` for a number of the lists,
   * `limitExceeded` for a budget that is used up; then nothing was counted.
   */
  take(dial: DialOut): void {
    if (this.#held.has(dial.legId)) return;
    this.#checkDestination(dial);
    const scopes = scopesOf(dial);
    const now = this.#clock.monotonic();
    for (const { name, key } of scopes) {
      const full = this.#tallies[name].full(key, now);
      if (full === null) continue;
      const { limit, bound, freeInMs } = full;
      const attempt = this.#refuse(dial, name, limit, bound);
      const what = limit === 'perMinute' ? `${bound} calls a minute` : `${bound} calls at once`;
      throw new AppError('limitExceeded', `at most ${what} to the telephone network${per[name]}`, {
        scope: name,
        limit,
        bound,
        ...(attempt === null ? {} : { attempt }),
        ...(freeInMs === null ? {} : { retryAfterMs: Math.ceil(freeInMs) }),
      });
    }
    for (const { name, key } of scopes) this.#tallies[name].add(key, now);
    this.#held.set(dial.legId, { dial, scopes, takenAt: now });
  }

  /**
   * Whether a leg that holds its place may be dialled once more, to what a carrier would send it on to. Counts in the
   * minute of all scopes of the leg, or in none: not when the lists forbid the number, a minute is used up, or the leg
   * is not held.
   */
  again(legId: string, target: DialOut['target']): boolean {
    const held = this.#held.get(legId);
    if (held === undefined) return false;
    const dial = { ...held.dial, target };
    if (!this.allows(target.number)) {
      this.#refuseDestination(dial);
      return false;
    }
    const now = this.#clock.monotonic();
    for (const { name, key } of held.scopes) {
      const full = this.#tallies[name].minuteFull(key, now);
      if (full === null) continue;
      this.#refuse(dial, name, full.limit, full.bound);
      return false;
    }
    for (const { name, key } of held.scopes) this.#tallies[name].addToMinute(key, now);
    return true;
  }

  /**
   * The leg is gone, or will not be. `dialled` false: it was never dialled, so the minute does not count it either.
   * Unknown legs are ignored.
   */
  release(legId: string, dialled = true): void {
    const held = this.#held.get(legId);
    if (held === undefined) return;
    this.#held.delete(legId);
    const now = this.#clock.monotonic();
    for (const { name, key } of held.scopes) this.#tallies[name].remove(key, now, dialled ? null : held.takenAt);
  }

  /**
   * What an earlier run dialled counts in the minute of all its scopes, at most as long as if it had been dialled now.
   */
  remember(dial: DialOut, at: number): void {
    const agoMs = Math.max(0, this.#clock.now() - at);
    for (const { name, key } of scopesOf(dial)) this.#tallies[name].remember(key, this.#clock.monotonic() - agoMs);
  }

  /** Whether the lists let this number be dialled, as sent to the trunk. */
  allows(number: string): boolean {
    if (this.#deny.some((pattern) => pattern.test(number))) return false;
    return this.#allow.length === 0 || this.#allow.some((pattern) => pattern.test(number));
  }

  snapshot(): DialOutSnapshot {
    const now = this.#clock.monotonic();
    return {
      total: this.#tallies.total.use('', now),
      users: this.#tallies.user.all(now),
      conferences: this.#tallies.conference.all(now),
      refused: { ...this.#refused },
    };
  }

  #checkDestination(dial: DialOut): void {
    if (this.allows(dial.target.number)) return;
    const attempt = this.#refuseDestination(dial);
    throw callError('destinationNotAllowed', 'calls to this number are not allowed', {
      scope: 'destination',
      ...(attempt === null ? {} : { attempt }),
    });
  }

  #refuseDestination(dial: DialOut): string | null {
    const denies = this.#deny.find((pattern) => pattern.test(dial.target.number));
    return this.#refuse(dial, 'destination', denies === undefined ? 'allow' : 'deny', null, denies?.source);
  }

  #refuse(
    dial: DialOut,
    scope: BudgetScope,
    limit: DialRefusal['limit'],
    bound: number | null,
    rule?: string,
  ): string | null {
    const { organizationId, conferenceId, target } = dial;
    const { account, trunk, number } = target;
    this.#refused[scope]++;
    return this.#onRefused({
      scope,
      limit,
      bound,
      rule: rule ?? null,
      organizationId,
      account,
      conferenceId,
      trunk,
      number,
    });
  }
}

const per = { total: '', user: ' for this user', conference: ' from this conference' } as const;

function scopesOf({ target: { account }, conferenceId }: DialOut): Held['scopes'] {
  return [
    { name: 'total', key: '' },
    ...(account === null ? [] : [{ name: 'user' as const, key: account }]),
    ...(conferenceId === null ? [] : [{ name: 'conference' as const, key: conferenceId }]),
  ];
}
