import type { Clock, Timer } from '../../base/clock.ts';
import { matches } from '../bayeux/channel-pattern.ts';
import { type NoteNumber, writeNoteNumber } from '../note-number.ts';
import type { LiveOwner } from './bayeux-notes.ts';
import { type Listener, type LiveUser, userKey } from './listener.ts';
import type { LiveNotes } from './live-notes.ts';
import type { NumberedNotice } from './notice.ts';
import type { ReplayStart } from './replay-start.ts';

/** Between two comments on a quiet stream, ms: proxies end what is silent. */
const heartbeatMs = 15_000;
/** What may wait in a stream, bytes; half of it is for what can wait. */
const mostBacklog = 4 * 1024 * 1024;
const mostStreams = 5000;
const mostOfUser = 16;

/** Where an event stream goes: an HTTP answer that does not end. */
export interface StreamSink {
  write(text: string): void;
  /** What was written and has not left yet, bytes. */
  readonly backlog: number;
  end(): void;
}

/** One stream: Server-Sent Events (WHATWG HTML §9.2), each with its number as id. */
class EventStream implements Listener {
  readonly user: LiveUser;
  readonly base: string;
  readonly #sink: StreamSink;
  readonly #clock: Clock;
  readonly #ended: (tooSlow: boolean) => void;
  readonly #pattern: string;
  #heartbeat: Timer | null = null;
  over = false;

  constructor(
    { user, base }: LiveOwner,
    pattern: string,
    sink: StreamSink,
    clock: Clock,
    ended: (tooSlow: boolean) => void,
  ) {
    this.user = user;
    this.base = base;
    this.#pattern = pattern;
    this.#sink = sink;
    this.#clock = clock;
    this.#ended = ended;
    this.#beat();
  }

  wants(channel: string): boolean {
    return !this.over && matches(this.#pattern, channel);
  }

  get room(): number {
    return this.#sink.backlog < mostBacklog >> 1 ? 1000 : 0;
  }

  tell(notices: readonly NumberedNotice[]): void {
    if (this.over) return;
    if (this.#sink.backlog > mostBacklog) {
      this.end(true);
      return;
    }
    let text = '';
    for (const notice of notices) text += `id: ${writeNoteNumber(notice.number)}\ndata: ${notice.text(this.base)}\n\n`;
    this.#sink.write(text);
    this.#beat();
  }

  /** Where nothing has been told yet, whoever comes again still goes on from here: an id alone is no event. */
  caughtUp(last: NoteNumber): void {
    if (!this.over) this.#sink.write(`id: ${writeNoteNumber(last)}\n\n`);
  }

  end(tooSlow = false): void {
    if (this.over) return;
    this.over = true;
    this.#heartbeat?.cancel();
    this.#sink.end();
    this.#ended(tooSlow);
  }

  #beat(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = this.#clock.setTimer(heartbeatMs, () => {
      if (this.#sink.backlog > mostBacklog) this.end(true);
      else {
        this.#sink.write(':\n\n');
        this.#beat();
      }
    });
  }
}

/** The event streams of all users. */
export class EventStreams {
  refused = 0;
  tooSlow = 0;
  readonly #clock: Clock;
  readonly #notes: LiveNotes;
  readonly #byUser = new Map<string, Set<EventStream>>();
  #size = 0;

  constructor(clock: Clock, notes: LiveNotes) {
    this.#clock = clock;
    this.#notes = notes;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether one more may be opened; counts the refusal. */
  hasRoomFor({ user }: LiveOwner): boolean {
    const own = this.#byUser.get(userKey(user))?.size ?? 0;
    const room = this.#size < mostStreams && own < mostOfUser;
    if (!room) this.refused += 1;
    return room;
  }

  /** After `wake`. `pattern`: of the channels that it tells of. The returned function ends it: its reader is gone. */
  open(owner: LiveOwner, pattern: string, sink: StreamSink, start: ReplayStart | null): () => void {
    const key = userKey(owner.user);
    const stream = new EventStream(owner, pattern, sink, this.#clock, (tooSlow) => {
      if (tooSlow) this.tooSlow += 1;
      this.#size -= 1;
      const own = this.#byUser.get(key);
      own?.delete(stream);
      if (own?.size === 0) this.#byUser.delete(key);
      this.#notes.leave(stream);
    });
    this.#size += 1;
    this.#byUser.set(key, (this.#byUser.get(key) ?? new Set()).add(stream));
    const from = this.#notes.follow(stream, start);
    if (from !== null) stream.caughtUp(from);
    return () => stream.end();
  }

  endUser(user: LiveUser): void {
    for (const stream of [...(this.#byUser.get(userKey(user)) ?? [])]) stream.end();
  }

  close(): void {
    for (const own of [...this.#byUser.values()]) for (const stream of [...own]) stream.end();
  }
}
