import type { BayeuxServer, BayeuxWatch } from '../bayeux/bayeux-server.ts';
import { matches } from '../bayeux/channel-pattern.ts';
import type { ClientMessage } from '../bayeux/message.ts';
import type { BayeuxSession } from '../bayeux/session.ts';
import { type NoteNumber, readNoteNumber, writeNoteNumber } from '../note-number.ts';
import { type Listener, type LiveUser, userKey } from './listener.ts';
import type { LiveNotes } from './live-notes.ts';
import type { NumberedNotice } from './notice.ts';
import { readReplayStart } from './replay-start.ts';

/** Who has a session: a user, and what links in what he is told begin with. */
export interface LiveOwner {
  readonly user: LiveUser;
  readonly base: string;
}

export const ownerKey = ({ user }: LiveOwner): string => userKey(user);

type Session = BayeuxSession<LiveOwner>;

/** What one message of a client subscribed to: it has a place of its own in the log until it has caught up. */
class Subscription implements Listener {
  readonly patterns: Set<string>;
  readonly #session: Session;
  readonly #all: Subscription[];
  isLive: boolean;

  constructor(session: Session, patterns: readonly string[], all: Subscription[], isLive: boolean) {
    this.#session = session;
    this.patterns = new Set(patterns);
    this.#all = all;
    this.isLive = isLive;
  }

  get user(): LiveUser {
    return this.#session.owner.user;
  }

  get base(): string {
    return this.#session.owner.base;
  }

  get room(): number {
    return this.#session.room;
  }

  get over(): boolean {
    return this.#session.ended || this.patterns.size === 0;
  }

  /** However many patterns of a session name a channel, it is told once: by the first of them. */
  wants(channel: string): boolean {
    return this.#all.find((one) => one.names(channel)) === this;
  }

  names(channel: string): boolean {
    for (const pattern of this.patterns) if (matches(pattern, channel)) return true;
    return false;
  }

  tell(notices: readonly NumberedNotice[]): void {
    const texts = notices.map((notice) => notice.text(this.base));
    this.#session.deliver(texts, this.#mark(notices.at(-1)!.number));
  }

  caughtUp(last: NoteNumber): void {
    this.isLive = true;
    this.#session.deliver([], this.#mark(last));
  }

  /** A number means that the client has everything up to it: not while something earlier is still to be told. */
  #mark(last: NoteNumber): string | null {
    return this.#all.every(({ isLive }) => isLive) ? writeNoteNumber(last) : null;
  }
}

/** What the sessions of Bayeux clients subscribe to, as listeners of live notes. */
export class BayeuxNotes implements BayeuxWatch<LiveOwner> {
  readonly #notes: LiveNotes;
  readonly #had: (user: string, number: NoteNumber) => void;
  readonly #sessions = new WeakMap<Session, Subscription[]>();

  /** `had`: a client of the user has everything up to this number. */
  constructor(notes: LiveNotes, had: (user: string, number: NoteNumber) => void) {
    this.#notes = notes;
    this.#had = had;
  }

  subscribing(session: Session, patterns: readonly string[], ext: ClientMessage['ext']): string | null {
    const from = readReplayStart(ext['replay']);
    if (from === null) return '400::replay: a number, -1, or { "minutes": 5 }';
    const all = this.#sessions.get(session) ?? [];
    this.#sessions.set(session, all);
    // Who subscribes to the same again begins anew.
    if (from !== undefined) this.unsubscribed(session, patterns);
    const own = patterns.filter((pattern) => !all.some((one) => one.patterns.has(pattern)));
    if (own.length === 0) return null;
    const subscription = new Subscription(session, own, all, from === undefined);
    all.push(subscription);
    this.#notes.follow(subscription, from ?? null);
    return null;
  }

  unsubscribed(session: Session, patterns: readonly string[]): void {
    const all = this.#sessions.get(session);
    for (const subscription of [...(all ?? [])]) {
      for (const pattern of patterns) subscription.patterns.delete(pattern);
      if (subscription.patterns.size > 0) continue;
      all?.splice(all.indexOf(subscription), 1);
      this.#notes.leave(subscription);
    }
  }

  ended(session: Session): void {
    for (const subscription of this.#sessions.get(session) ?? []) this.#notes.leave(subscription);
    this.#sessions.delete(session);
  }

  has(session: Session, mark: string): void {
    const number = readNoteNumber(mark);
    if (number !== null) this.#had(ownerKey(session.owner), number);
  }
}

export type LiveBayeux = BayeuxServer<LiveOwner>;
