import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { CallStore } from '../../call/ports.ts';
import { type Consumer, Follower, type LoggedStep } from '../follower.ts';
import { isAfter } from '../note-number.ts';
import { type Following, type Listener, userKey } from './listener.ts';
import { LoggedNotices } from './logged-notices.ts';
import type { LiveDialect, NumberedNotice } from './notice.ts';
import { through } from './replay-start.ts';

/** How long the only one that is served may take nothing, ms, and how often it is looked at. */
const patienceMs = 1000;
const lookMs = 5;
/** Told together at most. */
const mostTogether = 50;
/** How long it works before others have their turn, ms. */
const sliceMs = 3;
/** Others had much to do when they took this long, ms; then it rests as long, but not longer than the second. */
const busyFromMs = 2;
const mostRestMs = 20;

export interface ReplaysOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<CallStore, 'feed' | 'eventsOf' | 'runningAt'>;
  readonly dialect: LiveDialect;
  /** The user, by his key, of an extension. */
  readonly userOf: (extensionId: string) => string | null;
  /** The position up to which whoever is live has been told. */
  readonly livePosition: () => number;
}

export interface ReplayPassOptions extends ReplaysOptions {
  readonly members: readonly Following[];
  readonly counters: { events: number; told: number };
  /** Takes no more for now. */
  readonly park: (following: Following) => void;
  /** Nobody is served any more. */
  readonly done: () => void;
}

/** What a member has been told so far, to be sent together. */
interface Member {
  readonly following: Following;
  notices: NumberedNotice[];
}

/**
 * One reading of the log for some who missed something, from the first that any of them missed to where the others are
 * live. It gives way every few milliseconds, and rests while others have much to do.
 */
export class ReplayPass implements Consumer {
  readonly #options: ReplayPassOptions;
  readonly #members = new Set<Member>();
  readonly #byUser = new Map<string, Member[]>();
  readonly #notices: LoggedNotices;
  readonly #follower: Follower;
  #sliceBegan = 0;
  #over = false;

  constructor(options: ReplayPassOptions) {
    this.#options = options;
    const { clock, log, store, dialect } = options;
    this.#notices = new LoggedNotices({ log, store, dialect });
    for (const following of options.members) {
      const { user } = following.listener;
      const member: Member = { following, notices: [] };
      this.#members.add(member);
      const key = userKey(user);
      const own = this.#byUser.get(key);
      if (own === undefined) this.#byUser.set(key, [member]);
      else own.push(member);
      this.#notices.concern(user.organizationId);
    }
    this.#follower = new Follower({ clock, log, feed: (query) => store.feed(query), consumer: this });
  }

  get size(): number {
    return this.#members.size;
  }

  begin(): void {
    const first = Math.min(...[...this.#members].map(({ following }) => following.from));
    this.#sliceBegan = this.#options.clock.monotonic();
    this.#follower.begin(first);
  }

  close(): Promise<void> {
    this.#members.clear();
    return this.#follower.close();
  }

  async take(step: LoggedStep): Promise<void> {
    if (this.#over) return;
    const notices = await this.#notices.next(step);
    const { counters, userOf } = this.#options;
    counters.events += step.entries.length;
    for (const notice of notices) {
      for (const member of this.#byUser.get(userOf(notice.notice.extensionId) ?? '') ?? []) {
        const { listener, after } = member.following;
        if (!this.#members.has(member) || !isAfter(notice.number, after) || !listener.wants(notice.notice.channel))
          continue;
        member.notices.push(notice);
      }
    }
    for (const member of this.#members) if (member.notices.length >= mostTogether) await this.#flush(member);
    if (this.#options.clock.monotonic() - this.#sliceBegan >= sliceMs) await this.#giveWay();
  }

  async settle(position: number): Promise<void> {
    if (this.#over) return;
    const { livePosition } = this.#options;
    for (const member of this.#members) await this.#flush(member);
    await this.#giveWay();
    if (this.#members.size > 0 && position < livePosition()) {
      // There is more by now than this page showed.
      this.#follower.nudge();
      return;
    }
    // Whoever is live has been told nothing yet that is behind this: they go on with it.
    if (position >= livePosition()) for (const member of this.#members) this.#goLive(member, position);
    if (this.#members.size === 0) this.#end();
  }

  #goLive(member: Member, position: number): void {
    const { following } = member;
    this.#members.delete(member);
    if (!isAfter(following.after, through(position))) following.after = through(position);
    following.live = true;
    following.listener.caughtUp(following.after);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    void this.#follower.close();
    this.#options.done();
  }

  /** Sends what was gathered; one that has no room for it leaves, unless nobody else waits. */
  async #flush(member: Member): Promise<void> {
    const { following } = member;
    const { listener } = following;
    while (member.notices.length > 0) {
      if (listener.over || (listener.room === 0 && !(await this.#hasRoom(listener)))) {
        this.#members.delete(member);
        if (!listener.over) this.#options.park(following);
        return;
      }
      const notices = member.notices.splice(0, listener.room);
      const last = notices.at(-1)!.number;
      following.after = last;
      // The step of the last that was told may hold more.
      following.from = last.step - 1;
      this.#options.counters.told += notices.length;
      listener.tell(notices);
    }
    if (listener.over) this.#members.delete(member);
  }

  async #hasRoom(listener: Listener): Promise<boolean> {
    const { clock } = this.#options;
    const until = clock.monotonic() + patienceMs;
    while (this.#members.size === 1 && clock.monotonic() < until && !listener.over) {
      await new Promise<void>((resolve) => void clock.setTimer(lookMs, resolve));
      if (listener.room > 0) return true;
    }
    return false;
  }

  /** Lets others have their turn; who had much to do has more of it. */
  async #giveWay(): Promise<void> {
    const { clock } = this.#options;
    const before = clock.monotonic();
    await yieldToOthers();
    const busyMs = clock.monotonic() - before;
    if (busyMs >= busyFromMs) {
      await new Promise<void>((resolve) => void clock.setTimer(Math.min(busyMs, mostRestMs), resolve));
    }
    this.#sliceBegan = clock.monotonic();
  }
}
