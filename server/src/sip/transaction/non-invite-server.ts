import type { SipResponse } from '../message/message.ts';
import { serialize } from '../message/serialize.ts';
import type { Flow } from '../transport/flow.ts';
import { Allowance } from './allowance.ts';
import type { MachineHost, Table } from './machine.ts';
import type { ServerHandle, ServerMachine } from './server-handle.ts';
import type { Deadline } from './timers.ts';

type State = 'trying' | 'proceeding' | 'completed' | 'terminated';
type Input = 'request' | 'provisional' | 'final' | 'refusal' | 'error' | 'timerJ';
type Action = 'send' | 'repeat' | 'reportError' | 'startJ';

/**
 * The server transaction of every other method (RFC 3261 figure 8): trying until the first response; proceeding until
 * the final one; completed while the peer may repeat its request; terminated. Other than the figure, an error while
 * completed changes nothing: the answer is already given, and forgetting it would run a repeated request twice.
 */
const table: Table<State, Input, Action> = {
  trying: {
    request: ['trying'],
    provisional: ['proceeding', 'send'],
    final: ['completed', 'send', 'startJ'],
    refusal: ['terminated', 'send'],
  },
  proceeding: {
    request: ['proceeding', 'repeat'],
    provisional: ['proceeding', 'send'],
    final: ['completed', 'send', 'startJ'],
    error: ['terminated', 'reportError'],
  },
  completed: {
    request: ['completed', 'repeat'],
    timerJ: ['terminated'],
  },
  terminated: {},
};

export class NonInviteServer implements ServerMachine {
  readonly key: string;
  flow: Flow;
  state: State = 'trying';
  units = 1;
  readonly #host: MachineHost;
  #handle: ServerHandle | null;
  #bytes: Buffer | null = null;
  #error: Error | null = null;
  #long: Deadline | null = null;
  readonly #allowance = new Allowance();

  constructor(host: MachineHost, key: string, flow: Flow, handle: ServerHandle) {
    this.#host = host;
    this.key = key;
    this.flow = flow;
    this.#handle = handle;
    this.#allowance.received(handle.request);
  }

  get handle(): ServerHandle | null {
    return this.#handle;
  }

  respond(response: SipResponse): void {
    const input = response.status < 200 ? 'provisional' : 'final';
    if (table[this.state][input] === undefined) return;
    this.#bytes = this.#made(response);
    this.input(input);
  }

  refuse(response: SipResponse): void {
    if (this.state !== 'trying') {
      this.respond(response);
      return;
    }
    this.#bytes = this.#made(response);
    this.input('refusal');
  }

  #made(response: SipResponse): Buffer {
    return this.#host.isReached(this.flow) ? serialize(response) : this.#allowance.fit(response);
  }

  retransmitted(): void {
    this.input('request');
  }

  timerEnded(name: 'timerJ'): void {
    this.#long = null;
    this.input(name);
  }

  input(input: Input): void {
    const row = table[this.state][input];
    if (row === undefined) return;
    const before = this.state;
    this.state = row[0];
    for (let i = 1; i < row.length; i++) this.#perform(row[i] as Action);
    if (this.state === 'terminated' && before !== 'terminated') this.#host.remove(this.key);
  }

  #perform(action: Action): void {
    switch (action) {
      case 'send':
      case 'repeat':
        this.#send();
        break;
      case 'reportError': {
        const handle = this.#handle;
        const error = this.#error ?? new Error('The transport failed.');
        if (handle !== null) this.#host.tell(() => handle.onTransportError?.(error));
        break;
      }
      case 'startJ':
        this.#handle = null;
        if (this.flow.reliable) this.input('timerJ');
        else this.#long = this.#host.deadlines.after(64 * this.#host.timers.t1, this, 'timerJ');
        break;
    }
  }

  #send(): void {
    if (this.#bytes === null) return;
    // Only while proceeding is anybody told of a failure; the common case needs no closure.
    if (this.state !== 'proceeding') this.flow.send(this.#bytes);
    else {
      this.flow.send(this.#bytes, (error) => {
        this.#error = error;
        this.input('error');
      });
    }
  }

  stop(): void {
    this.#long?.cancel();
    this.state = 'terminated';
  }
}
