import type { Timer } from '../../base/clock.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { serialize } from '../message/serialize.ts';
import type { Flow } from '../transport/flow.ts';
import type { ClientMachine } from './client-handle.ts';
import { createAck } from './follow-up.ts';
import type { MachineHost, Table } from './machine.ts';
import type { Deadline } from './timers.ts';
import type { ClientHandlers } from './transaction.ts';

type State = 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';
type Input =
  | 'provisional'
  | 'success'
  | 'failure'
  | 'error'
  | 'cancel'
  | 'timerA'
  | 'timerB'
  | 'timerC'
  | 'timerD'
  | 'timerM';
type Action =
  | 'repeat'
  | 'pass'
  | 'sendAck'
  | 'repeatAck'
  | 'remember'
  | 'sendCancel'
  | 'cancelIfAsked'
  | 'reportTimeout'
  | 'reportError'
  | 'startA'
  | 'startB'
  | 'startC'
  | 'startD'
  | 'startM';

/**
 * The INVITE client transaction (RFC 3261 figure 5 as changed by RFC 6026 figure 6): calling until the first response;
 * proceeding until the final one; completed after a refusal, which it acknowledges; accepted after a 2xx, while more of
 * them may come, from other forks too; terminated. Timer C (§16.6) cancels what rings for ever; after a CANCEL, timer B
 * waits for the final response (§9.1).
 */
const table: Table<State, Input, Action> = {
  calling: {
    timerA: ['calling', 'repeat', 'startA'],
    timerB: ['terminated', 'reportTimeout'],
    cancel: ['calling', 'remember'],
    provisional: ['proceeding', 'startC', 'cancelIfAsked', 'pass'],
    success: ['accepted', 'startM', 'pass'],
    failure: ['completed', 'sendAck', 'pass', 'startD'],
    error: ['terminated', 'reportError'],
  },
  proceeding: {
    provisional: ['proceeding', 'startC', 'pass'],
    cancel: ['proceeding', 'remember', 'sendCancel', 'startB'],
    timerC: ['proceeding', 'remember', 'sendCancel', 'startB'],
    timerB: ['terminated', 'reportTimeout'],
    success: ['accepted', 'startM', 'pass'],
    failure: ['completed', 'sendAck', 'pass', 'startD'],
    error: ['terminated', 'reportError'],
  },
  completed: {
    failure: ['completed', 'repeatAck'],
    timerD: ['terminated'],
  },
  accepted: {
    success: ['accepted', 'pass'],
    timerM: ['terminated'],
  },
  terminated: {},
};

export class InviteClient implements ClientMachine {
  readonly key: string;
  readonly flow: Flow;
  state: State = 'calling';
  readonly #host: MachineHost;
  readonly #cancel: (request: SipRequest, reason: string | undefined) => void;
  /** Let go at the final response. */
  #request: SipRequest | null;
  #handlers: ClientHandlers | null;
  /** The INVITE while it may be repeated, then the ACK. */
  #bytes: Buffer | null;
  #response: SipResponse | null = null;
  #error: Error | null = null;
  #cancelled = false;
  #reason: string | undefined;
  #interval = 0;
  #short: Timer | null = null;
  #long: Deadline | null = null;

  /** `cancel` sends the CANCEL as a transaction of its own. */
  constructor(
    host: MachineHost,
    key: string,
    request: SipRequest,
    flow: Flow,
    handlers: ClientHandlers,
    cancel: (request: SipRequest, reason: string | undefined) => void,
  ) {
    this.#host = host;
    this.key = key;
    this.#request = request;
    this.flow = flow;
    this.#handlers = handlers;
    this.#cancel = cancel;
    this.#bytes = serialize(request);
  }

  start(): void {
    this.#perform('repeat');
    this.#perform('startA');
    this.#perform('startB');
  }

  /** Was sent by an earlier run: goes on as if somebody rang. */
  resume(): void {
    this.state = 'proceeding';
    this.#bytes = null;
    this.#perform('startC');
  }

  cancel(reason?: string): void {
    if (this.#cancelled) return;
    this.#reason = reason;
    this.input('cancel');
  }

  receive(response: SipResponse): void {
    this.#response = response;
    this.input(response.status < 200 ? 'provisional' : response.status < 300 ? 'success' : 'failure');
    this.#response = null;
  }

  timerEnded(name: 'timerB' | 'timerC' | 'timerD' | 'timerM'): void {
    this.#long = null;
    this.input(name);
  }

  readonly failed = (error: Error): void => {
    this.#error = error;
    this.input('error');
  };

  input(input: Input): void {
    const row = table[this.state][input];
    if (row === undefined) return;
    const before = this.state;
    this.state = row[0];
    if (before !== this.state) this.#leave();
    for (let i = 1; i < row.length; i++) this.#perform(row[i] as Action);
    if (this.state === 'terminated' && before !== 'terminated') {
      this.#handlers = null;
      this.#host.remove(this.key);
    }
  }

  #leave(): void {
    this.#short?.cancel();
    this.#short = null;
    this.#long?.cancel();
    this.#long = null;
    if (this.state !== 'calling') this.#bytes = null;
  }

  #perform(action: Action): void {
    const { timers } = this.#host;
    switch (action) {
      case 'repeat':
      case 'repeatAck':
        if (this.#bytes !== null) this.flow.send(this.#bytes, this.failed);
        break;
      case 'pass': {
        const response = this.#response!;
        this.#tell((handlers) => handlers.onResponse(response));
        break;
      }
      case 'sendAck':
        this.#bytes = serialize(createAck(this.#request!, this.#response!));
        this.#request = null;
        this.flow.send(this.#bytes);
        break;
      case 'remember':
        this.#cancelled = true;
        break;
      case 'cancelIfAsked':
        if (!this.#cancelled) break;
        this.#perform('sendCancel');
        this.#perform('startB');
        break;
      case 'sendCancel':
        if (this.#request !== null) this.#cancel(this.#request, this.#reason);
        break;
      case 'reportTimeout':
        this.#tell((handlers) => handlers.onTimeout());
        break;
      case 'reportError': {
        const error = this.#error ?? new Error('The transport failed.');
        this.#tell((handlers) => handlers.onTransportError(error));
        break;
      }
      case 'startA':
        if (this.flow.reliable) break;
        this.#interval = this.#interval === 0 ? timers.t1 : this.#interval * 2;
        this.#short = this.#host.clock.setTimer(this.#interval, () => this.input('timerA'));
        break;
      case 'startB':
        this.#startLong(64 * timers.t1, 'timerB');
        break;
      case 'startC':
        // Once cancelled, a late provisional response must not put off the end.
        if (!this.#cancelled) this.#startLong(timers.timerC, 'timerC');
        break;
      case 'startD':
        if (this.flow.reliable) this.input('timerD');
        else this.#startLong(timers.timerD, 'timerD');
        break;
      case 'startM':
        this.#request = null;
        this.#startLong(64 * timers.t1, 'timerM');
        break;
    }
  }

  #startLong(ms: number, name: 'timerB' | 'timerC' | 'timerD' | 'timerM'): void {
    this.#long?.cancel();
    this.#long = this.#host.deadlines.after(ms, this, name);
  }

  #tell(call: (handlers: ClientHandlers) => void): void {
    const handlers = this.#handlers;
    if (handlers !== null) this.#host.tell(() => call(handlers));
  }

  stop(): void {
    this.#leave();
    this.#handlers = null;
    this.state = 'terminated';
  }
}
