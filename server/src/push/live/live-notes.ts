import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { CallStore } from '../../call/ports.ts';
import { type Consumer, Follower, type LoggedStep } from '../follower.ts';
import { isAfter, type NoteNumber } from '../note-number.ts';
import { Gate } from './gate.ts';
import { type Following, type Listener, userKey } from './listener.ts';
import { LoggedNotices } from './logged-notices.ts';
import type { LiveDialect, NumberedNotice } from './notice.ts';
import { positionBefore, type ReplayStart, stepEnd, through } from './replay-start.ts';
import { Replays } from './replays.ts';

/** How long the log is followed though nobody listens, ms. */
const restAfterMs = 60_000;
/** Of a user of whom it is not known what he has had: what he may have missed, ms. */
const missedAtMostMs = 86_400_000;
/** What waits for a user's answers to be sent. */
const mostHeld = 2000;
/** How long what was told before is waited for when a user's listeners are to end, ms. */
const lastWordsMs = 2000;
/** Where the log cannot be read, before it is tried again, ms. */
const retryMs = 1000;

export interface LiveNotesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<CallStore, 'feed' | 'lastPosition' | 'eventsOf' | 'runningAt'>;
  readonly dialect: LiveDialect;
  /** The user, by his key, of an extension. */
  readonly userOf: (extensionId: string) => string | null;
  /** The last that a user is known to have. */
  readonly had: (user: string) => NoteNumber | null;
  /** Whether somebody is there who may listen at any time without `wake`. */
  readonly isKept: () => boolean;
}

/** What one user's listeners share. */
interface Share {
  readonly followings: Set<Following>;
  readonly gate: Gate;
  held: NumberedNotice[];
}

/**
 * Tells live clients what the log says, each what concerns its user's extensions, once and in order, from the moment or
 * the number on that it asked for. Nobody listens: nothing is read.
 */
export class LiveNotes implements Consumer {
  readonly counters = { told: 0 };
  readonly replays: Replays;
  readonly #options: LiveNotesOptions;
  readonly #follower: Follower;
  readonly #users = new Map<string, Share>();
  #notices: LoggedNotices;
  #position = 0;
  #waking: Promise<void> | null = null;
  #resting: Promise<void> | null = null;
  #idle: Timer | null = null;
  #closed = false;

  constructor(options: LiveNotesOptions) {
    this.#options = options;
    const { clock, log, store, dialect, userOf } = options;
    this.#notices = new LoggedNotices({ log, store, dialect });
    this.#follower = new Follower({ clock, log, feed: (query) => store.feed(query), consumer: this });
    this.replays = new Replays({ clock, log, store, dialect, userOf, livePosition: () => this.#position });
  }

  /** Position up to which everything has been told; null: nobody listens, and nothing is read. */
  get cursor(): number | null {
    return this.#follower.cursor;
  }

  /** Somebody is about to listen: resolves when what happens from now on will be told. */
  async wake(): Promise<void> {
    this.#restLater();
    if (this.#follower.cursor !== null && this.#resting === null) return;
    this.#waking ??= this.#begin().finally(() => {
      this.#waking = null;
    });
    await this.#waking;
  }

  /** There may be something new in the log. */
  nudge(): void {
    this.#follower.nudge();
  }

  /**
   * Tells this listener from now on, or first what it missed. After `wake`. Gives behind what the former is; null: the
   * latter, and `caughtUp` says it.
   */
  follow(listener: Listener, from: ReplayStart | null): NoteNumber | null {
    const { user } = listener;
    this.#notices.concern(user.organizationId);
    const position = this.#position;
    const following: Following = { listener, after: through(position), from: position, live: from === null };
    this.#shareOf(userKey(user)).followings.add(following);
    if (from === null) return following.after;
    void this.#replay(following, from);
    return null;
  }

  leave(listener: Listener): void {
    const key = userKey(listener.user);
    const share = this.#users.get(key);
    for (const following of share?.followings ?? []) {
      if (following.listener === listener) share?.followings.delete(following);
    }
    this.#drop(key);
  }

  /**
   * What happens from now on is told to this user's listeners when the returned function has been called, at the latest
   * after two seconds: an answer goes first.
   */
  hold(user: string): () => void {
    return this.#shareOf(user).gate.hold();
  }

  /** Resolves when everything that is in the log by now has been told; at the latest after a while. Never rejects. */
  async toldAll(): Promise<void> {
    if (this.#follower.cursor === null || this.#users.size === 0) return;
    const { clock, log, store } = this.#options;
    let last: number;
    try {
      last = await store.lastPosition();
    } catch (error) {
      log.error({ err: error }, 'the end of the event log cannot be found; what was not told by now is told no more');
      return;
    }
    this.#follower.nudge();
    const until = clock.monotonic() + lastWordsMs;
    while (this.#position < last && clock.monotonic() < until && !this.#closed) {
      await new Promise<void>((resolve) => void clock.setTimer(5, resolve));
    }
  }

  async take(step: LoggedStep): Promise<void> {
    const notices = await this.#notices.next(step);
    this.#position = step.entries.at(-1)!.position;
    if (notices.length === 0) return;
    const byUser = Map.groupBy(notices, ({ notice }) => this.#options.userOf(notice.extensionId) ?? '');
    for (const [key, own] of byUser) {
      const share = this.#users.get(key);
      if (share === undefined) continue;
      if (!share.gate.held) this.#tell(share, own);
      else {
        share.held.push(...own);
        if (share.held.length > mostHeld) this.#flush(share);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#idle?.cancel();
    await this.replays.close();
    await this.#follower.close();
  }

  #tell({ followings }: Share, notices: readonly NumberedNotice[]): void {
    for (const following of followings) {
      const { listener, after, live } = following;
      if (!live || listener.over) continue;
      const own = notices.filter(({ number, notice }) => isAfter(number, after) && listener.wants(notice.channel));
      if (own.length === 0) continue;
      this.counters.told += own.length;
      listener.tell(own);
    }
  }

  #flush(share: Share): void {
    const held = share.held;
    share.held = [];
    if (held.length > 0) this.#tell(share, held);
  }

  /** Who has asked for what it missed counts on it: it is looked for until it is found. */
  async #replay(following: Following, from: ReplayStart): Promise<void> {
    const { log, clock, had } = this.#options;
    const { listener } = following;
    const known = 'missed' in from ? had(userKey(listener.user)) : null;
    const after = 'after' in from ? from.after : known;
    const since = clock.now() - ('lastMs' in from ? from.lastMs : missedAtMostMs);
    while (!this.#closed && !listener.over) {
      try {
        await this.#findStart(following, after, since);
        if (!this.#closed && !listener.over) this.replays.add(following);
        return;
      } catch (error) {
        log.error({ err: error }, 'what was missed cannot be found; trying again');
        await new Promise<void>((resolve) => void clock.setTimer(retryMs, resolve));
      }
    }
  }

  /** Behind this number; null: behind what happened before `since`, ms since the epoch. */
  async #findStart(following: Following, after: NoteNumber | null, since: number): Promise<void> {
    const { store } = this.#options;
    const position = after === null ? await positionBefore(store, since) : after.step - 1;
    // A number from another log may be from its future.
    following.from = await stepEnd(store, Math.min(Math.max(0, position), this.#position));
    following.after = after === null || after.step > this.#position ? through(following.from) : after;
  }

  #shareOf(key: string): Share {
    let share = this.#users.get(key);
    if (share === undefined) {
      const made: Share = {
        followings: new Set(),
        held: [],
        gate: new Gate(this.#options.clock, () => {
          this.#flush(made);
          this.#drop(key);
        }),
      };
      share = made;
      this.#users.set(key, share);
    }
    return share;
  }

  #drop(key: string): void {
    const share = this.#users.get(key);
    if (share !== undefined && share.followings.size === 0 && !share.gate.held) this.#users.delete(key);
  }

  async #begin(): Promise<void> {
    await this.#resting;
    const { log, store, dialect } = this.#options;
    const position = await store.lastPosition();
    this.#notices = new LoggedNotices({ log, store, dialect });
    this.#position = position;
    if (!this.#closed) this.#follower.begin(position);
  }

  /** After nobody has listened, or been about to, for a while, nor is there who may without saying so before. */
  #restLater(): void {
    this.#idle?.cancel();
    if (this.#closed) return;
    this.#idle = this.#options.clock.setTimer(restAfterMs, () => {
      const listens = [...this.#users.values()].some(({ followings }) => followings.size > 0);
      if (listens || this.#options.isKept()) this.#restLater();
      else
        this.#resting ??= this.#follower.rest().finally(() => {
          this.#resting = null;
        });
    });
  }
}
