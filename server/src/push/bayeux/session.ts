import type { Clock } from '../../base/clock.ts';
import { matches } from './channel-pattern.ts';
import { Deadline } from './deadline.ts';
import { arrayOf, type ClientMessage, type ServerMessage } from './message.ts';

/** What a reply travels by: an HTTP answer, given once, or a WebSocket. */
export interface Carrier<Owner> {
  readonly owner: Owner;
  readonly kind: 'long-polling' | 'websocket';
  /** A JSON array of messages. */
  send(messages: string): void;
  /** What was sent and has not left yet, bytes. */
  readonly backlog: number;
  /** Of what stays open: once what was sent has left. */
  readonly close?: (why: 'loginOver' | 'noSession') => void;
  /** Whose connects it brought; begins empty, and is the server's: a table beside costs a twentieth of a message. */
  carried: readonly BayeuxSession<Owner>[];
}

export interface SessionLimits {
  /** How long a connect is held while nothing happens, ms. */
  readonly holdMs: number;
  /** How long a session lives without a connect, ms. */
  readonly awayMs: number;
  /** Events that wait for a client, in number and in characters of JSON; with one more the session ends. */
  readonly mostWaiting: number;
  readonly mostCharacters: number;
  /** What may not have left yet of what was sent over a WebSocket, bytes; beyond it the session ends. */
  readonly mostBacklog: number;
  readonly mostSubscriptions: number;
}

/** Told of one session. */
export interface SessionWatch<Owner> {
  ended(session: BayeuxSession<Owner>, why: SessionEnd): void;
  /** The client has what was delivered with this mark, and all before it: it came again for more. */
  has(session: BayeuxSession<Owner>, mark: string): void;
}

/** `away`: came no more; `tooSlow`: took too little; `over`: said so itself, or its login ended. */
export type SessionEnd = 'away' | 'tooSlow' | 'over';

export interface SessionOptions<Owner> {
  readonly id: string;
  readonly owner: Owner;
  /** The client speaks the acknowledgement extension. */
  readonly withAcks: boolean;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly watch: SessionWatch<Owner>;
}

interface Waiting {
  readonly event: string;
  readonly mark: string | null;
  /** With acknowledgements: the batch it was sent in; 0: not sent yet. */
  batch: number;
}

interface Held<Owner> {
  readonly carrier: Carrier<Owner>;
  readonly connect: ClientMessage;
  /** What else is to go in the same answer, before it. */
  readonly before: readonly ServerMessage[];
}

/**
 * One client: what it subscribed to, what waits for it, and the connect that is held for it.
 *
 * Events wait until a connect is answered; over a WebSocket they go at once. With the acknowledgement extension they go
 * with connects alone, and wait on until the client has said that it has them.
 */
export class BayeuxSession<Owner> {
  readonly id: string;
  readonly owner: Owner;
  readonly subscriptions = new Set<string>();
  readonly #limits: SessionLimits;
  readonly #withAcks: boolean;
  readonly #watch: SessionWatch<Owner>;
  #waiting: Waiting[] = [];
  #characters = 0;
  #held: Held<Owner> | null = null;
  #socket: Carrier<Owner> | null = null;
  /** While a connect is held, and while none is. */
  readonly #hold: Deadline;
  readonly #away: Deadline;
  #batch = 0;
  #connected = false;
  #answering = false;
  #ended = false;
  /** By its client, who is not to come again. */
  #left = false;
  /** Sent, and not yet known to have come. */
  #sentMark: string | null = null;

  constructor({ id, owner, withAcks, clock, limits, watch }: SessionOptions<Owner>) {
    this.id = id;
    this.owner = owner;
    this.#withAcks = withAcks;
    this.#limits = limits;
    this.#watch = watch;
    this.#hold = new Deadline(clock, limits.holdMs, () => this.#release());
    this.#away = new Deadline(clock, limits.awayMs, () => this.end('away'));
    this.#waitForConnect();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** How many events it takes from who can wait; half of what it holds is left for what cannot. */
  get room(): number {
    const { mostWaiting, mostCharacters, mostBacklog } = this.#limits;
    const most = mostWaiting >> 1;
    if (this.#socket !== null && !this.#withAcks) return this.#socket.backlog < mostBacklog >> 3 ? most : 0;
    return this.#characters > mostCharacters >> 1 ? 0 : Math.max(0, most - this.#waiting.length);
  }

  /** Whether it may subscribe to these as well. */
  hasRoomFor(patterns: readonly string[]): boolean {
    return new Set([...this.subscriptions, ...patterns]).size <= this.#limits.mostSubscriptions;
  }

  wants(channel: string): boolean {
    for (const pattern of this.subscriptions) if (matches(pattern, channel)) return true;
    return false;
  }

  /**
   * Events for this client, as JSON, whatever it subscribed to; they go together. `mark`: what `has` is told when they
   * have come; null: nothing.
   */
  deliver(events: readonly string[], mark: string | null = null): void {
    if (this.#ended) return;
    if (events.length === 0) {
      if (mark !== null) this.#markAll(mark);
      return;
    }
    const { mostWaiting, mostCharacters, mostBacklog } = this.#limits;
    const socket = this.#withAcks ? null : this.#socket;
    if (socket !== null) {
      if (socket.backlog > mostBacklog) {
        this.end('tooSlow');
        return;
      }
      this.#sentMark = mark ?? this.#sentMark;
      socket.send(arrayOf(events));
      return;
    }
    for (const [at, event] of events.entries()) {
      this.#waiting.push({ event, mark: at === events.length - 1 ? mark : null, batch: 0 });
      this.#characters += event.length;
    }
    // It begins anew, and asks for what it missed.
    if (this.#waiting.length > mostWaiting || this.#characters > mostCharacters) this.end('tooSlow');
    else this.#answer();
  }

  /** Nothing more of what comes before that is to be told. */
  #markAll(mark: string): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined) this.#waiting[this.#waiting.length - 1] = { ...last, mark };
    else if (this.#withAcks) this.#watch.has(this, mark);
    else this.#sentMark = mark;
  }

  /** Held until something happens, or answered at once. `before`: replies for the same answer. */
  connect(carrier: Carrier<Owner>, connect: ClientMessage, before: readonly ServerMessage[]): void {
    this.#release();
    this.#away.clear();
    // Who goes on by long-polling has given up the socket, closed or not.
    this.#socket = carrier.kind === 'websocket' ? carrier : null;
    const atOnce = connect.timeout === 0 || !this.#connected;
    this.#came(connect);
    this.#held = { carrier, connect, before };
    if (atOnce || this.#hasNews) this.#release();
    else this.#hold.set();
  }

  /** As `connect`, but it is not held: gives the answer, which has nothing of what waits. */
  passBy(connect: ClientMessage): ServerMessage {
    this.#release();
    this.#came(connect);
    this.#waitForConnect();
    return this.#connectReply(connect);
  }

  /** This carrier is gone: what was held for it goes back to waiting. */
  lost(carrier: Carrier<Owner>): void {
    if (this.#socket === carrier) this.#socket = null;
    if (this.#held?.carrier === carrier) {
      this.#hold.clear();
      this.#held = null;
    }
    if (this.#held === null && this.#socket === null) this.#waitForConnect();
  }

  /** Who ends it itself has all that was sent. */
  leave(): void {
    this.#cameAgain();
    this.#left = true;
    this.end('over');
  }

  /** Answers what is held, and is no more. Idempotent. */
  end(why: SessionEnd = 'over'): void {
    if (this.#ended) return;
    this.#ended = true;
    if (why === 'tooSlow') this.#waiting = [];
    this.#release();
    this.#hold.cancel();
    this.#away.cancel();
    this.#waiting = [];
    this.#watch.ended(this, why);
  }

  get #hasNews(): boolean {
    return this.#waiting.some(({ batch }) => batch === 0);
  }

  /** What is told in one turn comes together: the answer waits for its end. */
  #answer(): void {
    if (this.#held === null || this.#answering) return;
    this.#answering = true;
    queueMicrotask(() => {
      this.#answering = false;
      this.#release();
    });
  }

  #release(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    this.#hold.clear();
    const { carrier, connect, before } = held;
    const replies = before.map((reply) => JSON.stringify(reply));
    carrier.send(arrayOf([...replies, ...this.#take(), JSON.stringify(this.#connectReply(connect))]));
    this.#waitForConnect();
  }

  #connectReply({ channel, id }: ClientMessage): ServerMessage {
    const reply = { channel, ...(id === undefined ? {} : { id }) };
    if (this.#ended && this.#left) return { ...reply, successful: true, advice: { reconnect: 'none' } };
    if (this.#ended) {
      const advice = { reconnect: 'handshake', interval: 0 };
      return { ...reply, successful: false, error: '402::Unknown client', advice };
    }
    return { ...reply, successful: true, ...(this.#withAcks ? { ext: { ack: this.#batch } } : {}) };
  }

  #take(): string[] {
    const events = this.#waiting.map(({ event }) => event);
    if (!this.#withAcks) {
      this.#sentMark = this.#waiting.findLast(({ mark }) => mark !== null)?.mark ?? this.#sentMark;
      this.#waiting = [];
      this.#characters = 0;
      return events;
    }
    if (events.length > 0) this.#batch += 1;
    for (const one of this.#waiting) one.batch = this.#batch;
    return events;
  }

  #came({ ack }: ClientMessage): void {
    if (this.#withAcks) this.#acknowledged(ack);
    else this.#cameAgain();
    this.#connected = true;
  }

  /** Up to this batch all has come; what was sent later is sent again. */
  #acknowledged(ack: unknown): void {
    if (typeof ack !== 'number') return;
    let has: string | null = null;
    this.#waiting = this.#waiting.filter(({ batch, event, mark }) => {
      const came = batch > 0 && batch <= ack;
      if (!came) return true;
      this.#characters -= event.length;
      has = mark ?? has;
      return false;
    });
    for (const one of this.#waiting) one.batch = 0;
    if (has !== null) this.#watch.has(this, has);
  }

  /** Without acknowledgements: a client that connects again has received the answer before. */
  #cameAgain(): void {
    const mark = this.#sentMark;
    this.#sentMark = null;
    if (mark !== null) this.#watch.has(this, mark);
  }

  #waitForConnect(): void {
    if (!this.#ended) this.#away.set();
  }
}
