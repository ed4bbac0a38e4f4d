import type { Clock, Timer } from '../../base/clock.ts';
import { matches } from './channel-pattern.ts';
import type { ClientMessage, ServerMessage } from './message.ts';

/** What a reply travels by: an HTTP answer, given once, or a WebSocket. */
export interface Carrier<Owner> {
  readonly owner: Owner;
  readonly kind: 'long-polling' | 'websocket';
  send(messages: readonly ServerMessage[]): void;
}

export interface SessionLimits {
  /** How long a connect is held while nothing happens, ms. */
  readonly holdMs: number;
  /** How long a session lives without a connect, ms. */
  readonly awayMs: number;
  /** Events that wait for a client, in number and in characters of JSON; with one more the session ends. */
  readonly mostWaiting: number;
  readonly mostCharacters: number;
  readonly mostSubscriptions: number;
}

interface Waiting {
  readonly message: ServerMessage;
  readonly characters: number;
  /** With acknowledgements: the batch it was sent in; 0: not sent yet. */
  batch: number;
}

interface Held<Owner> {
  readonly carrier: Carrier<Owner>;
  readonly connect: ClientMessage;
  /** What else is to go in the same answer, before it. */
  readonly before: readonly ServerMessage[];
  readonly timer: Timer;
}

/**
 * One client: what it subscribed to, what waits for it, and the connect that is held for it.
 *
 * Events wait until a connect is answered; over a WebSocket they go at once. With the acknowledgement extension they go with connects
 * alone, and wait on until the client has said that it has them.
 */
export class BayeuxSession<Owner> {
  readonly id: string;
  readonly owner: Owner;
  readonly subscriptions = new Set<string>();
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #withAcks: boolean;
  readonly #onEnd: (session: BayeuxSession<Owner>) => void;
  #waiting: Waiting[] = [];
  #characters = 0;
  #held: Held<Owner> | null = null;
  #socket: Carrier<Owner> | null = null;
  #away: Timer | null = null;
  #batch = 0;
  #connected = false;
  #ended = false;

  constructor(
    id: string,
    owner: Owner,
    withAcks: boolean,
    clock: Clock,
    limits: SessionLimits,
    onEnd: (session: BayeuxSession<Owner>) => void,
  ) {
    this.id = id;
    this.owner = owner;
    this.#withAcks = withAcks;
    this.#clock = clock;
    this.#limits = limits;
    this.#onEnd = onEnd;
    this.#waitForConnect();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** False when it has as many as it may. */
  subscribe(patterns: readonly string[]): boolean {
    const all = new Set([...this.subscriptions, ...patterns]);
    if (all.size > this.#limits.mostSubscriptions) return false;
    for (const pattern of patterns) this.subscriptions.add(pattern);
    return true;
  }

  wants(channel: string): boolean {
    for (const pattern of this.subscriptions) if (matches(pattern, channel)) return true;
    return false;
  }

  /** An event for this client, whatever it subscribed to. `characters`: of its JSON, known where one goes to many. */
  deliver(message: ServerMessage, characters = JSON.stringify(message).length): void {
    if (this.#ended) return;
    if (this.#socket !== null && !this.#withAcks) {
      this.#socket.send([message]);
      return;
    }
    this.#waiting.push({ message, characters, batch: 0 });
    this.#characters += characters;
    const { mostWaiting, mostCharacters } = this.#limits;
    // It begins anew, and asks for what it missed.
    if (this.#waiting.length > mostWaiting || this.#characters > mostCharacters) this.end();
    else this.#answer();
  }

  /** Held until something happens, or answered at once. `before`: replies for the same answer. */
  connect(carrier: Carrier<Owner>, connect: ClientMessage, before: readonly ServerMessage[]): void {
    this.#release();
    this.#away?.cancel();
    this.#away = null;
    if (carrier.kind === 'websocket') this.#socket = carrier;
    if (this.#withAcks) this.#acknowledged(connect.ack);
    const atOnce = connect.timeout === 0 || !this.#connected;
    this.#connected = true;
    const timer = this.#clock.setTimer(atOnce ? 0 : this.#limits.holdMs, () => this.#release());
    this.#held = { carrier, connect, before, timer };
    if (atOnce || this.#hasNews) this.#release();
  }

  /** This carrier is gone: what was held for it goes back to waiting. */
  lost(carrier: Carrier<Owner>): void {
    if (this.#socket === carrier) this.#socket = null;
    if (this.#held?.carrier === carrier) {
      this.#held.timer.cancel();
      this.#held = null;
    }
    if (this.#held === null && this.#socket === null) this.#waitForConnect();
  }

  /** Answers what is held, and is no more. Idempotent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
    this.#away?.cancel();
    this.#waiting = [];
    this.#onEnd(this);
  }

  get #hasNews(): boolean {
    return this.#waiting.some(({ batch }) => batch === 0);
  }

  /** Events of one step come together: the answer waits for the end of this turn of the event loop. */
  #answer(): void {
    if (this.#held === null) return;
    this.#held.timer.cancel();
    this.#held = { ...this.#held, timer: this.#clock.setTimer(0, () => this.#release()) };
  }

  #release(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    held.timer.cancel();
    const { carrier, connect, before } = held;
    carrier.send([...before, ...this.#take(), this.#connectReply(connect)]);
    if (carrier.kind === 'long-polling') this.#waitForConnect();
  }

  #connectReply({ channel, id }: ClientMessage): ServerMessage {
    const reply = { channel, ...(id === undefined ? {} : { id }) };
    if (this.#ended) {
      const advice = { reconnect: 'handshake', interval: 0 };
      return { ...reply, successful: false, error: '402::Unknown client', advice };
    }
    return { ...reply, successful: true, ...(this.#withAcks ? { ext: { ack: this.#batch } } : {}) };
  }

  #take(): ServerMessage[] {
    const messages = this.#waiting.map(({ message }) => message);
    if (!this.#withAcks) {
      this.#waiting = [];
      this.#characters = 0;
      return messages;
    }
    if (messages.length > 0) this.#batch += 1;
    for (const one of this.#waiting) one.batch = this.#batch;
    return messages;
  }

  /** Up to this batch all has come; what was sent later is sent again. */
  #acknowledged(ack: unknown): void {
    if (typeof ack !== 'number') return;
    this.#waiting = this.#waiting.filter(({ batch, characters }) => {
      const has = batch > 0 && batch <= ack;
      if (has) this.#characters -= characters;
      return !has;
    });
    for (const one of this.#waiting) one.batch = 0;
  }

  #waitForConnect(): void {
    this.#away?.cancel();
    if (this.#ended) return;
    this.#away = this.#clock.setTimer(this.#limits.awayMs, () => this.end());
  }
}
