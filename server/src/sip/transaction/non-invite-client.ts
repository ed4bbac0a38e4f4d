import type { Timer } from '../../base/clock.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { serialize } from '../message/serialize.ts';
import type { Flow } from '../transport/flow.ts';
import type { ClientMachine } from './client-handle.ts';
import type { MachineHost, Table } from './machine.ts';
import type { Deadline } from './timers.ts';
import type { ClientHandlers } from './transaction.ts';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';
type Input = 'provisional' | 'final' | 'error' | 'timerE' | 'timerF' | 'timerK';
type Action = 'repeat' | 'pass' | 'reportTimeout' | 'reportError' | 'startE' | 'startK' | 'stopTimers';

/**
 * The client transaction of every other method (RFC 3261 figure 6): trying until the first response; proceeding until
 * the final one, repeating the request every T2; completed while more copies of the response may come; terminated.
 * Timer F runs on through provisional responses.
 */
const table: Table<State, Input, Action> = {
  trying: {
    timerE: ['trying', 'repeat', 'startE'],
    timerF: ['terminated', 'reportTimeout'],
    provisional: ['proceeding', 'pass'],
    final: ['completed', 'stopTimers', 'pass', 'startK'],
    error: ['terminated', 'reportError'],
  },
  proceeding: {
    timerE: ['proceeding', 'repeat', 'startE'],
    timerF: ['terminated', 'reportTimeout'],
    provisional: ['proceeding', 'pass'],
    final: ['completed', 'stopTimers', 'pass', 'startK'],
    error: ['terminated', 'reportError'],
  },
  completed: {
    timerK: ['terminated'],
  },
  terminated: {},
};

export class NonInviteClient implements ClientMachine {
  readonly key: string;
  readonly flow: Flow;
  state: State = 'trying';
  readonly #host: MachineHost;
  #handlers: ClientHandlers | null;
  #bytes: Buffer | null;
  #response: SipResponse | null = null;
  #error: Error | null = null;
  #interval = 0;
  #short: Timer | null = null;
  #long: Deadline | null = null;

  constructor(host: MachineHost, key: string, request: SipRequest, flow: Flow, handlers: ClientHandlers) {
    this.#host = host;
    this.key = key;
    this.flow = flow;
    this.#handlers = handlers;
    this.#bytes = serialize(request);
  }

  start(): void {
    this.#perform('repeat');
    this.#perform('startE');
    this.#long = this.#host.deadlines.after(64 * this.#host.timers.t1, this, 'timerF');
  }

  /** Only an INVITE can be cancelled (§9.1). */
  cancel(): void {}

  receive(response: SipResponse): void {
    this.#response = response;
    this.input(response.status < 200 ? 'provisional' : 'final');
    this.#response = null;
  }

  timerEnded(name: 'timerF' | 'timerK'): void {
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
    for (let i = 1; i < row.length; i++) this.#perform(row[i] as Action);
    if (this.state === 'terminated' && before !== 'terminated') {
      this.#stopTimers();
      this.#handlers = null;
      this.#host.remove(this.key);
    }
  }

  #perform(action: Action): void {
    const { timers } = this.#host;
    switch (action) {
      case 'repeat':
        // The first always; where nobody may be, no more than that.
        if (this.#interval > 0 && !this.#host.isReached(this.flow)) break;
        if (this.#bytes !== null) this.flow.send(this.#bytes, this.failed);
        break;
      case 'pass': {
        const response = this.#response!;
        this.#tell((handlers) => handlers.onResponse(response));
        break;
      }
      case 'reportTimeout':
        this.#tell((handlers) => handlers.onTimeout());
        break;
      case 'reportError': {
        const error = this.#error ?? new Error('The transport failed.');
        this.#tell((handlers) => handlers.onTransportError(error));
        break;
      }
      case 'startE':
        if (this.flow.reliable) break;
        if (this.#interval === 0) this.#interval = timers.t1;
        else this.#interval = this.state === 'proceeding' ? timers.t2 : Math.min(this.#interval * 2, timers.t2);
        this.#short = this.#host.clock.setTimer(this.#interval, () => this.input('timerE'));
        break;
      case 'startK':
        this.#bytes = null;
        this.#handlers = null;
        if (this.flow.reliable) this.input('timerK');
        else this.#long = this.#host.deadlines.after(timers.t4, this, 'timerK');
        break;
      case 'stopTimers':
        this.#stopTimers();
        break;
    }
  }

  #stopTimers(): void {
    this.#short?.cancel();
    this.#short = null;
    this.#long?.cancel();
    this.#long = null;
  }

  #tell(call: (handlers: ClientHandlers) => void): void {
    const handlers = this.#handlers;
    if (handlers !== null) this.#host.tell(() => call(handlers));
  }

  stop(): void {
    this.#stopTimers();
    this.#handlers = null;
    this.state = 'terminated';
  }
}
