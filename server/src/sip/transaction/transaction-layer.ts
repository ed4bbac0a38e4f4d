import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { sourceKey } from '../../base/source-key.ts';
import { SourceShares } from '../../base/source-shares.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import type { ParseFailure } from '../message/parse.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serialize.ts';
import { branchCookie } from '../message/via.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transport } from '../transport/transport.ts';
import { ClientHandle, type ClientMachine } from './client-handle.ts';
import { createCancel } from './follow-up.ts';
import { InviteClient } from './invite-client.ts';
import { InviteServer } from './invite-server.ts';
import { clientKey, serverKey } from './keys.ts';
import type { MachineHost } from './machine.ts';
import { NonInviteClient } from './non-invite-client.ts';
import { NonInviteServer } from './non-invite-server.ts';
import { ServerHandle, type ServerMachine } from './server-handle.ts';
import { Deadlines, defaultTimers, type TimerOptions } from './timers.ts';
import type { ClientHandlers, ClientTransaction, ServerTransaction } from './transaction.ts';

export type { TimerOptions } from './timers.ts';
export type { ClientHandlers, ClientState, ClientTransaction, ServerState, ServerTransaction } from './transaction.ts';

export interface TransactionLayerOptions {
  transport: Transport;
  clock: Clock;
  random: Random;
  log: Log;
  timers?: Partial<TimerOptions>;
  limits?: Partial<TransactionLimits>;
  /** Whether what is sent over this flow arrives at somebody who wants it (see allowance.ts); default: always. */
  isReached?: (flow: Flow) => boolean;
  /** What only our messages could tell the other end of this flow came back from there. */
  onReached?: (flow: Flow) => void;
  /** Whether a new request may have a transaction; it gets 503 otherwise. */
  admit?: (request: SipRequest, flow: Flow) => boolean;
}

/** Transactions at one time, those included that only wait for their end. */
export interface TransactionLimits {
  /** One source may hold as many as are free. A request with more than 2 KB of headers counts as several. */
  serverTransactions: number;
  clientTransactions: number;
}

const defaultLimits: TransactionLimits = { serverTransactions: 250_000, clientTransactions: 100_000 };

/** The headers that one unit of the room for transactions allows for: most of them come back in the response. */
const charactersPerUnit = 2048;

/** For /metrics; all only grow. */
export interface TransactionCounters {
  /** Requests refused because there were too many transactions, or too many requests from one source. */
  overloaded: number;
  /** Malformed requests that were answered. */
  refused: number;
  strayResponses: number;
  /** Exceptions out of the transaction user: always 0 unless there is a bug. */
  failures: number;
}

const ignore: ClientHandlers = { onResponse() {}, onTimeout() {}, onTransportError() {} };

/** Matches messages to transactions and runs them (RFC 3261 §17, RFC 6026). */
export class TransactionLayer {
  /** Every new request except ACK and CANCEL. */
  onRequest: (request: SipRequest, transaction: ServerTransaction) => void = () => {};
  /** A CANCEL, already answered with 200, for an INVITE that has no final response yet; answer that one with 487. */
  onCancel: (cancel: SipRequest, invite: ServerTransaction) => void = () => {};
  /** An ACK that belongs to no refusal, so to a 2xx, or to nothing. */
  onAck: (ack: SipRequest, flow: Flow) => void = () => {};
  /** A response that matches no transaction, such as a 2xx after timer M, or to an INVITE that was refused before. */
  onStrayResponse: (response: SipResponse, flow: Flow) => void = () => {};
  /** A connection ended; the transactions on it have been told. The layer takes the transport's own hook. */
  onFlowClosed: (flow: Flow, reason: string) => void = () => {};
  readonly counters: TransactionCounters = { overloaded: 0, refused: 0, strayResponses: 0, failures: 0 };
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #limits: TransactionLimits;
  readonly #admit: (request: SipRequest, flow: Flow) => boolean;
  readonly #onReached: (flow: Flow) => void;
  readonly #shares: SourceShares;
  readonly #servers = new Map<string, ServerMachine>();
  readonly #clients = new Map<string, ClientMachine>();
  /** Client transactions by the connection they need. */
  readonly #byFlow = new Map<string, Set<ClientMachine>>();
  readonly #serverHost: MachineHost;
  readonly #clientHost: MachineHost;
  readonly #deadlines: Deadlines;

  constructor(options: TransactionLayerOptions) {
    this.#transport = options.transport;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#admit = options.admit ?? (() => true);
    this.#onReached = options.onReached ?? (() => {});
    this.#shares = new SourceShares(this.#limits.serverTransactions);
    this.#deadlines = new Deadlines(options.clock);
    const host = {
      clock: options.clock,
      timers: { ...defaultTimers, ...options.timers },
      deadlines: this.#deadlines,
      isReached: options.isReached ?? (() => true),
      tell: (callback: () => void) => void this.#guard(callback),
      passAck: (ack: SipRequest, flow: Flow) => void this.#guard(() => this.onAck(ack, flow)),
    };
    this.#serverHost = { ...host, remove: (key) => this.#removeServer(key) };
    this.#clientHost = { ...host, remove: (key) => this.#removeClient(key) };
    this.#transport.onMessage = (message, flow) => {
      if (message instanceof SipRequest) this.#receiveRequest(message, flow);
      else this.#receiveResponse(message, flow);
    };
    this.#transport.onInvalid = (failure, flow) => this.#receiveInvalid(failure, flow);
    this.#transport.onFlowClosed = (flow, reason) => {
      this.#failFlow(flow, reason);
      this.#guard(() => this.onFlowClosed(flow, reason));
    };
  }

  /**
   * Sends a request as a client transaction, with a Via of its own in the place of any it had (we are a user agent).
   * The request belongs to the transaction from now on. Failures come to the handlers, never as exceptions.
   */
  request(request: SipRequest, flow: Flow, handlers: ClientHandlers): ClientTransaction {
    const branch = this.#newBranch();
    request.headers.remove('Via');
    request.headers.prepend('Via', viaOf(flow, branch));
    return this.#send(branch, request, flow, handlers);
  }

  /**
   * Goes on with an INVITE of an earlier run that has had no final response, with the Via it had: nothing is sent.
   * Whether anybody rings is not known, so it counts as if: a CANCEL goes out at once.
   */
  resumeClient(request: SipRequest, flow: Flow, handlers: ClientHandlers): ClientTransaction {
    const { branch } = request;
    if (branch === null || request.method !== 'INVITE') throw new AppError('invalidArgument', 'No INVITE of ours.');
    const machine = this.#inviteClient(branch, request, flow, handlers);
    if (this.#add(machine)) machine.resume();
    return new ClientHandle(request, machine);
  }

  /** Goes on with an INVITE that an earlier run received and has not answered finally. */
  resumeServer(request: SipRequest, flow: Flow): ServerTransaction {
    const key = serverKey(request, 'INVITE');
    const handle = new ServerHandle(request, flow, this.#transport);
    const machine = new InviteServer(this.#serverHost, key, this.#transport.replyFlow(request, flow), handle);
    handle.attach(machine);
    this.#shares.take(sourceKey(machine.flow.remote.address), machine.units);
    this.#servers.set(key, machine);
    return handle;
  }

  /** Sends the ACK for a 2xx, which has no transaction; with a Via of its own unless it is a repetition and has one. */
  sendAck(ack: SipRequest, flow: Flow): void {
    if (!ack.headers.has('Via')) ack.headers.prepend('Via', viaOf(flow, this.#newBranch()));
    flow.send(serialize(ack));
  }

  counts(): { server: number; client: number } {
    return { server: this.#servers.size, client: this.#clients.size };
  }

  /** Forgets every transaction without a word to anybody. */
  close(): void {
    for (const machine of this.#servers.values()) machine.stop();
    for (const machine of this.#clients.values()) machine.stop();
    this.#servers.clear();
    this.#shares.clear();
    this.#clients.clear();
    this.#byFlow.clear();
    this.#deadlines.stop();
  }

  #send(branch: string, request: SipRequest, flow: Flow, handlers: ClientHandlers): ClientTransaction {
    const machine: ClientMachine =
      request.method === 'INVITE'
        ? this.#inviteClient(branch, request, flow, handlers)
        : new NonInviteClient(this.#clientHost, clientKey(branch, request.method), request, flow, handlers);
    if (this.#add(machine)) machine.start();
    return new ClientHandle(request, machine);
  }

  /** Its CANCEL has the same branch (RFC 3261 §9.1). */
  #inviteClient(branch: string, request: SipRequest, flow: Flow, handlers: ClientHandlers): InviteClient {
    const key = clientKey(branch, request.method);
    return new InviteClient(this.#clientHost, key, request, flow, handlers, (invite, reason) => {
      this.#send(branch, createCancel(invite, reason), flow, ignore);
    });
  }

  /** False when there is no way or no room for it: the handlers are told a moment later. */
  #add(machine: ClientMachine): boolean {
    const { key, flow } = machine;
    const why = flow.closed
      ? 'The flow is closed.'
      : this.#clients.size >= this.#limits.clientTransactions
        ? 'Too many client transactions.'
        : null;
    if (why !== null) {
      this.#clock.setTimer(0, () => machine.failed(new AppError('unavailable', why)));
      return false;
    }
    this.#clients.set(key, machine);
    if (!flow.reliable) return true;
    const set = this.#byFlow.get(flow.id);
    if (set === undefined) this.#byFlow.set(flow.id, new Set([machine]));
    else set.add(machine);
    return true;
  }

  #removeServer(key: string): void {
    const machine = this.#servers.get(key);
    if (machine === undefined) return;
    this.#servers.delete(key);
    // Answers go back to the address the request came from, whatever its port.
    this.#shares.giveBack(sourceKey(machine.flow.remote.address), machine.units);
  }

  #removeClient(key: string): void {
    const machine = this.#clients.get(key);
    if (machine === undefined) return;
    this.#clients.delete(key);
    if (!machine.flow.reliable) return;
    const set = this.#byFlow.get(machine.flow.id);
    set?.delete(machine);
    if (set?.size === 0) this.#byFlow.delete(machine.flow.id);
  }

  #failFlow(flow: Flow, reason: string): void {
    for (const machine of [...(this.#byFlow.get(flow.id) ?? [])]) {
      machine.failed(new AppError('unavailable', `The connection ended: ${reason}`));
    }
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const { method } = request;
    if (method === 'ACK') {
      const machine = this.#servers.get(serverKey(request, 'INVITE'));
      if (machine instanceof InviteServer) {
        if (machine.toTag !== null && machine.toTag === request.toTag) this.#reached(machine.flow, flow);
        machine.acknowledge(request);
      } else this.#guard(() => this.onAck(request, flow));
      return;
    }
    const key = serverKey(request, method);
    const existing = this.#servers.get(key);
    if (existing !== undefined) {
      existing.retransmitted(request);
      return;
    }
    const replyFlow = this.#transport.replyFlow(request, flow);
    const units = Math.max(1, Math.ceil(request.headers.characters / charactersPerUnit));
    if (!this.#admit(request, flow) || !this.#shares.take(sourceKey(replyFlow.remote.address), units)) {
      this.counters.overloaded++;
      const headers: [string, string][] = [['Retry-After', '5']];
      this.#answer(request, replyFlow, 503, undefined, headers);
      return;
    }
    const invite = method === 'CANCEL' ? this.#servers.get(serverKey(request, 'INVITE')) : undefined;
    const handle = new ServerHandle(request, flow, this.#transport);
    const machine: ServerMachine =
      method === 'INVITE'
        ? new InviteServer(this.#serverHost, key, replyFlow, handle)
        : new NonInviteServer(this.#serverHost, key, replyFlow, handle);
    machine.units = units;
    handle.attach(machine);
    this.#servers.set(key, machine);
    if (method === 'CANCEL') this.#receiveCancel(request, handle, invite);
    else if (!this.#guard(() => this.onRequest(request, handle))) handle.respond(this.#response(request, 500));
  }

  #receiveCancel(cancel: SipRequest, handle: ServerHandle, invite: ServerMachine | undefined): void {
    if (!(invite instanceof InviteServer)) {
      handle.respond(this.#response(cancel, 481));
      return;
    }
    handle.respond(createResponse(cancel, 200, undefined, { toTag: invite.toTag ?? this.#newTag() }));
    const target = invite.handle;
    if (invite.state === 'proceeding' && target !== null) this.#guard(() => this.onCancel(cancel, target));
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    const { branch } = response;
    const machine = branch === null ? undefined : this.#clients.get(clientKey(branch, response.cseq.method));
    // §8.1.3.3: what has more Vias than ours was not meant for us.
    if (machine !== undefined && response.vias.length === 1) {
      this.#reached(machine.flow, flow);
      if (!acceptedAfterRefusal(machine, response)) {
        machine.receive(response);
        return;
      }
    }
    this.counters.strayResponses++;
    this.#guard(() => this.onStrayResponse(response, flow));
  }

  /** What went over `to` is known to whoever sent over `from`; nobody proves for another address. */
  #reached(to: Flow, from: Flow): void {
    if (!to.reliable && to.remote.address === from.remote.address) this.#onReached(to);
  }

  #receiveInvalid(failure: ParseFailure, flow: Flow): void {
    const { partial, status, reason } = failure;
    this.#log.debug({ from: flow.remote.address, status, reason }, 'malformed SIP message');
    if (partial === null) return;
    this.counters.refused++;
    this.#answer(partial, this.#transport.replyFlow(partial, flow), status, reason);
  }

  /** Answers without a transaction. */
  #answer(request: SipRequest, flow: Flow, status: number, reason?: string, headers: [string, string][] = []): void {
    const response = createResponse(request, status, reason, { toTag: this.#newTag(), headers });
    this.#guard(() => flow.send(serialize(response)));
  }

  #response(request: SipRequest, status: number): SipResponse {
    return createResponse(request, status, undefined, { toTag: this.#newTag() });
  }

  #newBranch(): string {
    return branchCookie + this.#random.bytes(12).toString('hex');
  }

  #newTag(): string {
    return this.#random.bytes(8).toString('hex');
  }

  /** Runs the transaction user's code; false when it threw. */
  #guard(call: () => void): boolean {
    try {
      call();
      return true;
    } catch (thrown) {
      this.counters.failures++;
      this.#log.error({ error: coerceError(thrown).stack }, 'SIP transaction user failed');
      return false;
    }
  }
}

/** A proxy passes on whoever accepts even after it has told that nobody does (RFC 3261 §16.7 step 5). */
function acceptedAfterRefusal({ state }: ClientMachine, { status, cseq }: SipResponse): boolean {
  return cseq.method === 'INVITE' && state === 'completed' && status >= 200 && status < 300;
}

/** Our Via for a request on that flow. */
function viaOf(flow: Flow, branch: string): string {
  const { address, port } = flow.local;
  const host = address.includes(':') ? `[${address}]` : address;
  return `SIP/2.0/${flow.kind.toUpperCase()} ${host}:${port};branch=${branch};rport`;
}
