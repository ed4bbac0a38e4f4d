import type { Clock, Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Random } from '../../base/random.ts';
import { maySubscribe } from './channel-pattern.ts';
import { arrayOf, type ClientMessage, type ServerMessage } from './message.ts';
import { BayeuxSession, type Carrier, type SessionEnd, type SessionLimits, type SessionWatch } from './session.ts';

export interface BayeuxLimits extends SessionLimits {
  readonly mostSessions: number;
  readonly mostSessionsOfOwner: number;
  /** Connections that stay open. */
  readonly mostOpenOfOwner: number;
}

const usualLimits: BayeuxLimits = {
  holdMs: 30_000,
  awayMs: 20_000,
  mostWaiting: 2000,
  mostCharacters: 4_000_000,
  mostBacklog: 8 * 1024 * 1024,
  mostSubscriptions: 64,
  mostSessions: 10_000,
  mostSessionsOfOwner: 32,
  mostOpenOfOwner: 64,
};

export interface BayeuxOptions<Owner> {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<BayeuxLimits>;
  /** Two owners are the same person. */
  readonly ownerKey: (owner: Owner) => string;
  readonly watch?: BayeuxWatch<Owner>;
}

/** Told of what clients do. */
export interface BayeuxWatch<Owner> {
  /**
   * A client is about to be told that it has subscribed; `ext` is what its message had: where a replay is asked for.
   * Gives what is wrong with that, as a Bayeux error; null: nothing.
   */
  subscribing(session: BayeuxSession<Owner>, patterns: readonly string[], ext: ClientMessage['ext']): string | null;
  unsubscribed(session: BayeuxSession<Owner>, patterns: readonly string[]): void;
  ended(session: BayeuxSession<Owner>): void;
  has(session: BayeuxSession<Owner>, mark: string): void;
}

/** Why a message was refused. */
export type Refusal =
  | 'unreadable'
  | 'unknownClient'
  | 'noCommonType'
  | 'tooManySessions'
  /** A connection of who has many already; one that stays open and carries no session. */
  | 'tooManyOpen'
  | 'noSession'
  | 'noSuchChannel'
  | 'tooManySubscriptions'
  | 'badSubscription'
  | 'publish';

const noSubscription = '400::subscription missing';
const connectionTypes = ['websocket', 'long-polling'] as const;

/**
 * The server side of Bayeux 1.0 for events that only the server publishes: handshake, connect, subscribe, unsubscribe,
 * disconnect. It knows no HTTP: a carrier brings batches and takes answers.
 */
export class BayeuxServer<Owner> {
  readonly counters = { handshakes: 0 };
  readonly refused: Record<Refusal, number> = {
    unreadable: 0,
    unknownClient: 0,
    noCommonType: 0,
    tooManySessions: 0,
    tooManyOpen: 0,
    noSession: 0,
    noSuchChannel: 0,
    tooManySubscriptions: 0,
    badSubscription: 0,
    publish: 0,
  };
  readonly ended: Record<SessionEnd, number> = { away: 0, tooSlow: 0, over: 0 };
  readonly #options: BayeuxOptions<Owner>;
  readonly #limits: BayeuxLimits;
  readonly #sessions = new Map<string, BayeuxSession<Owner>>();
  readonly #byOwner = new Map<string, Set<BayeuxSession<Owner>>>();
  /** That stay open, by whose they are. */
  readonly #open = new Map<string, Map<Carrier<Owner>, Timer>>();

  constructor(options: BayeuxOptions<Owner>) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Whether somebody is there who may subscribe at any time: in a session, or over a connection that stays open. */
  get isKept(): boolean {
    return this.#sessions.size + this.#open.size > 0;
  }

  /** Sessions of one owner, in the order in which they began. */
  sessionsOf(owner: Owner): readonly BayeuxSession<Owner>[] {
    return [...(this.#byOwner.get(this.#options.ownerKey(owner)) ?? [])];
  }

  /** To every session of this owner that subscribed to the channel. */
  publish(owner: Owner, channel: string, data: unknown): void {
    let event: [string] | null = null;
    for (const session of this.#byOwner.get(this.#options.ownerKey(owner)) ?? []) {
      if (!session.wants(channel)) continue;
      event ??= [JSON.stringify({ data, channel })];
      session.deliver(event);
    }
  }

  /**
   * One batch. What it answers goes by the carrier: an HTTP answer is given once, when a connect that is held is due.
   */
  handle(batch: readonly ClientMessage[], carrier: Carrier<Owner>): void {
    const replies: ServerMessage[] = [];
    let held: { readonly session: BayeuxSession<Owner>; readonly connect: ClientMessage } | null = null;
    const last = batch.findLastIndex(({ channel, malformed }) => channel === '/meta/connect' && malformed !== true);
    for (const [place, message] of batch.entries()) {
      const session = this.#sessionOf(message, carrier);
      if (message.malformed === true) replies.push(this.#malformed(message));
      else if (message.channel === '/meta/handshake') replies.push(this.#handshake(message, carrier));
      else if (session === null) replies.push(this.#unknownClient(message));
      else if (message.channel === '/meta/connect') {
        carries(carrier, session);
        // One answer holds one connect; as always, the later of two has the earlier answered.
        if (place < last) replies.push(session.passBy(message));
        else held = { session, connect: message };
      } else replies.push(this.#ask(session, message));
    }
    if (held === null || held.session.ended) {
      // Who has left in the same batch is not told to come again.
      if (held !== null) replies.push(held.session.passBy(held.connect));
      carrier.send(textOf(replies));
      return;
    }
    if (carrier.kind === 'websocket' && replies.length > 0) carrier.send(textOf(replies.splice(0)));
    held.session.connect(carrier, held.connect, replies);
  }

  /** Whether this owner may have one more connection that stays open; counted where not. */
  mayOpen(owner: Owner): boolean {
    const open = this.#open.get(this.#options.ownerKey(owner))?.size ?? 0;
    if (open < this.#limits.mostOpenOfOwner) return true;
    this.refused.tooManyOpen += 1;
    return false;
  }

  /**
   * A connection that stays, until it is `lost`: what its owner was let in by is not asked for again. It is closed when
   * it has carried no session for as long as a session lives without a connect, or at most twice as long.
   */
  opened(carrier: Carrier<Owner>): void {
    const key = this.#options.ownerKey(carrier.owner);
    const open = this.#open.get(key) ?? new Map<Carrier<Owner>, Timer>();
    this.#open.set(key, open);
    let idle = false;
    const wait = () => open.set(carrier, this.#options.clock.setTimer(this.#limits.awayMs, look));
    const look = () => {
      const wasIdle = idle;
      idle = carrier.carried.every(({ ended }) => ended);
      wait();
      // Twice, as a client whose session has just ended is about to begin another.
      if (!idle || !wasIdle) return;
      this.refused.noSession += 1;
      carrier.close?.('noSession');
    };
    wait();
  }

  /** The connection is gone, answered or not. */
  lost(carrier: Carrier<Owner>): void {
    const key = this.#options.ownerKey(carrier.owner);
    const open = this.#open.get(key);
    open?.get(carrier)?.cancel();
    if (open?.delete(carrier) === true && open.size === 0) this.#open.delete(key);
    for (const session of carrier.carried) session.lost(carrier);
    carrier.carried = [];
  }

  /** Ends all sessions of this owner, and every connection by which others could begin: its login is over. */
  endOwner(owner: Owner): void {
    for (const session of this.sessionsOf(owner)) session.end();
    for (const carrier of [...(this.#open.get(this.#options.ownerKey(owner))?.keys() ?? [])]) {
      carrier.close?.('loginOver');
    }
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

  #handshake(message: ClientMessage, { owner }: Carrier<Owner>): ServerMessage {
    const common = connectionTypes.filter((type) => message.supportedConnectionTypes.includes(type));
    if (common.length === 0) {
      return this.#refuse(message, 'noCommonType', '301::no common connection type', { reconnect: 'none' });
    }
    const key = this.#options.ownerKey(owner);
    const own = this.#byOwner.get(key) ?? new Set();
    if (this.#sessions.size >= this.#limits.mostSessions || own.size >= this.#limits.mostSessionsOfOwner) {
      return this.#refuse(message, 'tooManySessions', '503::too many sessions', {
        reconnect: 'retry',
        interval: 5000,
      });
    }
    const { clock, random } = this.#options;
    const id = newId(random);
    const withAcks = message.ack === true || (typeof message.ack === 'object' && message.ack !== null);
    const watch: SessionWatch<Owner> = {
      ended: (one, why) => this.#forget(one, why),
      has: (one, mark) => this.#options.watch?.has(one, mark),
    };
    const session = new BayeuxSession({ id, owner, withAcks, clock, limits: this.#limits, watch });
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
      session.leave();
      return { ...this.#reply(message), successful: true };
    }
    if (channel === '/meta/subscribe') return this.#subscribe(session, message);
    if (channel === '/meta/unsubscribe') {
      if (subscriptions.length === 0) return this.#refuse(message, 'badSubscription', noSubscription);
      for (const pattern of subscriptions) session.subscriptions.delete(pattern);
      this.#options.watch?.unsubscribed(session, subscriptions);
      return { ...this.#reply(message), subscription: spelled(subscriptions), successful: true };
    }
    return this.#refuse(message, 'publish', `403:${channel}:only the server publishes`);
  }

  #subscribe(session: BayeuxSession<Owner>, message: ClientMessage): ServerMessage {
    const { subscriptions, ext } = message;
    const subscription = spelled(subscriptions);
    if (subscriptions.length === 0) return this.#refuse(message, 'badSubscription', noSubscription);
    if (!subscriptions.every(maySubscribe)) {
      const error = `403:${subscriptions.join(',')}:no such channels`;
      return { ...this.#refuse(message, 'noSuchChannel', error), subscription };
    }
    if (!session.hasRoomFor(subscriptions)) {
      return { ...this.#refuse(message, 'tooManySubscriptions', '403::too many subscriptions'), subscription };
    }
    const wrong = this.#options.watch?.subscribing(session, subscriptions, ext) ?? null;
    if (wrong !== null) return { ...this.#refuse(message, 'badSubscription', wrong), subscription };
    for (const pattern of subscriptions) session.subscriptions.add(pattern);
    return { ...this.#reply(message), subscription, successful: true };
  }

  #malformed(message: ClientMessage): ServerMessage {
    return { ...this.#refuse(message, 'unreadable', '400::malformed message'), ...subscriptionOf(message) };
  }

  #unknownClient(message: ClientMessage): ServerMessage {
    const advice = { reconnect: 'handshake', interval: 0 };
    return { ...this.#refuse(message, 'unknownClient', '402::Unknown client', advice), ...subscriptionOf(message) };
  }

  #refuse(
    message: ClientMessage,
    why: Refusal,
    error: string,
    advice?: Readonly<Record<string, unknown>>,
  ): ServerMessage {
    this.refused[why] += 1;
    return { ...this.#reply(message), successful: false, error, ...(advice === undefined ? {} : { advice }) };
  }

  #reply({ channel, id }: ClientMessage): ServerMessage {
    return { channel, ...(id === undefined ? {} : { id }) };
  }

  #forget(session: BayeuxSession<Owner>, why: SessionEnd): void {
    this.ended[why] += 1;
    this.#options.watch?.ended(session);
    this.#sessions.delete(session.id);
    const key = this.#options.ownerKey(session.owner);
    const own = this.#byOwner.get(key);
    own?.delete(session);
    if (own?.size === 0) this.#byOwner.delete(key);
  }
}

function carries<Owner>(carrier: Carrier<Owner>, session: BayeuxSession<Owner>): void {
  const { carried } = carrier;
  if (carried.includes(session)) return;
  carrier.carried = carried.length === 0 ? [session] : [...carried.filter(({ ended }) => !ended), session];
}

function textOf(replies: readonly ServerMessage[]): string {
  return arrayOf(replies.map((reply) => JSON.stringify(reply)));
}

/** A refusal names the subscription too: clients undo it by that. */
function subscriptionOf({ subscriptions }: ClientMessage): { readonly subscription?: string | readonly string[] } {
  return subscriptions.length === 0 ? {} : { subscription: spelled(subscriptions) };
}

/** As the client wrote it: one alone, or a list. */
function spelled(subscriptions: readonly string[]): string | readonly string[] {
  return subscriptions.length === 1 ? subscriptions[0]! : subscriptions;
}
