import type { Clock } from '../../base/clock.ts';
import { type Fact, type Facts, noFacts } from '../../base/facts.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { type BayeuxLimits, BayeuxServer } from '../bayeux/bayeux-server.ts';
import { isAfter, type NoteNumber, readNoteNumber, writeNoteNumber } from '../note-number.ts';
import { BayeuxNotes, type LiveBayeux, type LiveOwner, ownerKey } from './bayeux-notes.ts';
import { EventStreams } from './event-streams.ts';
import { type LiveUser, userKey } from './listener.ts';
import { LiveNotes, type LiveNotesOptions } from './live-notes.ts';

/** Of each user the last that a client of his is known to have. */
const hadKind = 'notifications-had';
const keptMs = 7 * 86_400_000;

export interface LiveNotificationsOptions extends Omit<LiveNotesOptions, 'had' | 'isKept' | 'userOf'> {
  /** Whose an extension is; null: nobody's any more. */
  readonly userOf: (extensionId: string) => LiveUser | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly facts?: Facts;
  readonly limits?: Partial<BayeuxLimits>;
}

/**
 * Clients that are told live what happens at their user's phones: by Bayeux, and as event streams. The event log is the
 * only source, so all of it can be told again, also after a crash.
 */
export class LiveNotifications {
  readonly bayeux: LiveBayeux;
  readonly streams: EventStreams;
  readonly #options: LiveNotificationsOptions;
  readonly #notes: LiveNotes;
  readonly #had = new Map<string, NoteNumber>();

  constructor(options: LiveNotificationsOptions) {
    const log = options.log.child({ part: 'notifications' });
    const { clock, random, limits = {} } = options;
    this.#options = options;
    this.#notes = new LiveNotes({
      ...options,
      log,
      userOf: (extensionId) => {
        const user = options.userOf(extensionId);
        return user === null ? null : userKey(user);
      },
      had: (user) => this.#had.get(user) ?? null,
      isKept: () => this.bayeux.isKept,
    });
    this.bayeux = new BayeuxServer<LiveOwner>({
      clock,
      random,
      ownerKey,
      limits,
      watch: new BayeuxNotes(this.#notes, (user, number) => this.#keep(user, number)),
    });
    this.streams = new EventStreams(clock, this.#notes);
  }

  /** What an earlier run left. */
  restore(facts: readonly Fact[]): void {
    for (const { kind, key, data } of facts) {
      const number = kind === hadKind ? readNoteNumber(data) : null;
      if (number !== null) this.#had.set(key, number);
    }
  }

  /** Somebody is about to listen: resolves when what happens from now on will be told. */
  wake(): Promise<void> {
    return this.#notes.wake();
  }

  /** An event has been committed. */
  nudge(): void {
    this.#notes.nudge();
  }

  /**
   * What happens from now on is told to the clients of this user (`userKey`) when the returned function has been
   * called, at the latest after two seconds: the answer to what a client asked for goes first.
   */
  hold(user: string): () => void {
    return this.#notes.hold(user);
  }

  /** His login is over: his clients are told what has happened so far, and no more. */
  async end(user: LiveUser): Promise<void> {
    await this.#notes.toldAll();
    this.bayeux.endOwner({ user, base: '' });
    this.streams.endUser(user);
  }

  counters() {
    const { bayeux, streams } = this;
    const { replays, counters } = this.#notes;
    return {
      sessions: bayeux.sessions,
      streams: streams.size,
      /** Position in the log up to which everything is told; null: nobody listens. */
      cursor: this.#notes.cursor,
      told: counters.told + replays.counters.told,
      replaying: replays.waiting,
      replayedEvents: replays.counters.events,
      handshakes: bayeux.counters.handshakes,
      refused: { ...bayeux.refused, streams: streams.refused },
      ended: { ...bayeux.ended, streamsTooSlow: streams.tooSlow },
    };
  }

  /**
   * Tells what has happened by now, then ends every session and stream; clients come again, and ask for what they
   * missed.
   */
  async close(): Promise<void> {
    await this.#notes.toldAll();
    this.bayeux.close();
    this.streams.close();
    await this.#notes.close();
  }

  #keep(user: string, number: NoteNumber): void {
    const known = this.#had.get(user);
    if (known !== undefined && !isAfter(number, known)) return;
    this.#had.set(user, number);
    const { facts = noFacts, clock } = this.#options;
    const text = () => writeNoteNumber(this.#had.get(user) ?? number);
    facts.keep(hadKind, user, text, clock.now() + keptMs);
  }
}
