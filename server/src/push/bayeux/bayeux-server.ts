import type { Clock } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Random } from '../../base/random.ts';
import { maySubscribe } from './channel-pattern.ts';
import type { ClientMessage, ServerMessage } from './message.ts';
import { BayeuxSession, type Carrier, type SessionLimits } from './session.ts';

export interface BayeuxLimits extends SessionLimits {
  readonly mostSessions: number;
  readonly mostSessionsOfOwner: number;
}

export const usualLimits: BayeuxLimits = {
  holdMs: 30_000,
  awayMs: 20_000,
  mostWaiting: 2000,
  mostCharacters: 4_000_000,
  mostSubscriptions: 64,
  mostSessions: 10_000,
  mostSessionsOfOwner: 32,
};

export interface BayeuxOptions<Owner> {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<BayeuxLimits>;
  /** Two owners are the same person. */
  readonly ownerKey: (owner: Owner) => string;
  /** A client has subscribed, and been told so; `ext` is what its message had: where a replay is asked for. */
  readonly onSubscribed?: (
    session: BayeuxSession<Owner>,
    patterns: readonly string[],
    ext: ClientMessage['ext'],
  ) => void;
}

const connectionTypes = ['websocket', 'long-polling'] as const;

/**
 * The server side of Bayeux 1.0 for events that only the server publishes: handshake, connect, subscribe, unsubscribe, disconnect. It knows
 * no HTTP: a carrier brings batches and takes answers.
 */
export class BayeuxServer<Owner> {
  readonly counters = { handshakes: 0, refused: 0, unknownClients: 0, delivered: 0 };
  readonly #options: BayeuxOptions<Owner>;
  readonly #limits: BayeuxLimits;
  readonly #sessions = new Map<string, BayeuxSession<Owner>>();
  readonly #byOwner = new Map<string, Set<BayeuxSession<Owner>>>();
  readonly #byCarrier = new WeakMap<Carrier<Owner>, Set<BayeuxSession<Owner>>>();

  constructor(options: BayeuxOptions<Owner>) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Sessions of one owner, in the order in which they began. */
  sessionsOf(owner: Owner): readonly BayeuxSession<Owner>[] {
    return [...(this.#byOwner.get(this.#options.ownerKey(owner)) ?? [])];
  }

  /** To every session of this owner that subscribed to the channel. */
  publish(owner: Owner, channel: string, data: unknown): void {
    const message = { data, channel };
    let characters = -1;
    for (const session of this.#byOwner.get(this.#options.ownerKey(owner)) ?? []) {
      if (!session.wants(channel)) continue;
      if (characters < 0) characters = JSON.stringify(message).length;
      this.counters.delivered += 1;
      session.deliver(message, characters);
    }
  }

  /** One batch. What it answers goes by the carrier: an HTTP answer is given once, when a connect that is held is due. */
  handle(batch: readonly ClientMessage[], carrier: Carrier<Owner>): void {
    const replies: ServerMessage[] = [];
    let held: { readonly session: BayeuxSession<Owner>; readonly connect: ClientMessage } | null = null;
    for (const message of batch) {
      const session = this.#sessionOf(message, carrier);
      if (message.channel === '/meta/handshake') replies.push(this.#handshake(message, carrier));
      else if (session === null) replies.push(this.#unknownClient(message));
      else if (message.channel === '/meta/connect') {
        this.#carries(carrier, session);
        held = { session, connect: message };
      } else replies.push(this.#ask(session, message));
    }
    if (held === null || held.session.ended) {
      if (held !== null) replies.push(this.#unknownClient(held.connect));
      carrier.send(replies);
      return;
    }
    if (carrier.kind === 'websocket' && replies.length > 0) carrier.send(replies.splice(0));
    held.session.connect(carrier, held.connect, replies);
  }

  /** The connection is gone, answered or not. */
  lost(carrier: Carrier<Owner>): void {
    for (const session of this.#byCarrier.get(carrier) ?? []) session.lost(carrier);
    this.#byCarrier.delete(carrier);
  }

  /** Ends all sessions of this owner: its login is over. */
  endOwner(owner: Owner): void {
    for (const session of this.sessionsOf(owner)) session.end();
  }

  /** Ends every session; clients that come again handshake anew. */
  close(): void {
    for (const session of [...this.#sessions.values()]) session.end();
  }

  #sessionOf({ clientId }: ClientMessage, { owner }: Carrier<Owner>): BayeuxSession<Owner> | null {
    const session = this.#sessions.get(clientId) ?? null;
    const { ownerKey } = this.#options;
    return session !== null && ownerKey(session.owner) === ownerKey(owner) ? session : null;
  }

  #carries(carrier: Carrier<Owner>, session: BayeuxSession<Owner>): void {
    const carried = this.#byCarrier.get(carrier) ?? new Set();
    this.#byCarrier.set(carrier, carried.add(session));
  }

  #handshake(message: ClientMessage, { owner }: Carrier<Owner>): ServerMessage {
    const common = connectionTypes.filter((type) => message.supportedConnectionTypes.includes(type));
    if (common.length === 0) {
      return this.#refuse(message, '301::no common connection type', { reconnect: 'none' });
    }
    const key = this.#options.ownerKey(owner);
    const own = this.#byOwner.get(key) ?? new Set();
    if (this.#sessions.size >= this.#limits.mostSessions || own.size >= this.#limits.mostSessionsOfOwner) {
      return this.#refuse(message, '503::too many sessions', { reconnect: 'retry', interval: 5000 });
    }
    const { clock, random } = this.#options;
    const id = newId(random);
    const withAcks = message.ack === true || (typeof message.ack === 'object' && message.ack !== null);
    const session = new BayeuxSession(id, owner, withAcks, clock, this.#limits, (ended) => this.#forget(ended));
    this.#sessions.set(id, session);
    this.#byOwner.set(key, own.add(session));
    this.counters.handshakes += 1;
    return {
      ...this.#reply(message),
      successful: true,
      version: '1.0',
      minimumVersion: '1.0',
      clientId: id,
      supportedConnectionTypes: connectionTypes,
      advice: { reconnect: 'retry', interval: 0, timeout: this.#limits.holdMs },
      ...(withAcks ? { ext: { ack: true } } : {}),
    };
  }

  #ask(session: BayeuxSession<Owner>, message: ClientMessage): ServerMessage {
    const { channel, subscriptions } = message;
    if (channel === '/meta/disconnect') {
      session.end();
      return { ...this.#reply(message), successful: true };
    }
    if (channel === '/meta/subscribe') return this.#subscribe(session, message);
    if (channel === '/meta/unsubscribe') {
      for (const pattern of subscriptions) session.subscriptions.delete(pattern);
      return { ...this.#reply(message), subscription: spelled(subscriptions), successful: true };
    }
    return this.#refuse(message, `403:${channel}:only the server publishes`);
  }

  #subscribe(session: BayeuxSession<Owner>, message: ClientMessage): ServerMessage {
    const { subscriptions, ext } = message;
    const subscription = spelled(subscriptions);
    if (subscriptions.length === 0) return this.#refuse(message, '400::subscription missing');
    if (!subscriptions.every(maySubscribe)) {
      return { ...this.#refuse(message, `403:${subscriptions.join(',')}:no such channels`), subscription };
    }
    if (!session.subscribe(subscriptions)) {
      return { ...this.#refuse(message, '403::too many subscriptions'), subscription };
    }
    this.#options.onSubscribed?.(session, subscriptions, ext);
    return { ...this.#reply(message), subscription, successful: true };
  }

  #unknownClient(message: ClientMessage): ServerMessage {
    this.counters.unknownClients += 1;
    const advice = { reconnect: 'handshake', interval: 0 };
    return { ...this.#reply(message), successful: false, error: '402::Unknown client', advice };
  }

  #refuse(message: ClientMessage, error: string, advice?: Readonly<Record<string, unknown>>): ServerMessage {
    this.counters.refused += 1;
    return { ...this.#reply(message), successful: false, error, ...(advice === undefined ? {} : { advice }) };
  }

  #reply({ channel, id }: ClientMessage): ServerMessage {
    return { channel, ...(id === undefined ? {} : { id }) };
  }

  #forget(session: BayeuxSession<Owner>): void {
    this.#sessions.delete(session.id);
    const key = this.#options.ownerKey(session.owner);
    const own = this.#byOwner.get(key);
    own?.delete(session);
    if (own?.size === 0) this.#byOwner.delete(key);
  }
}

/** As the client wrote it: one alone, or a list. */
function spelled(subscriptions: readonly string[]): string | readonly string[] {
  return subscriptions.length === 1 ? subscriptions[0]! : subscriptions;
}
