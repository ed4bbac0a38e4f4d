import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transport } from '../transport/transport.ts';
import type { ServerState, ServerTransaction } from './transaction.ts';

/** What both server machines look like from outside. */
export interface ServerMachine {
  readonly key: string;
  /** Where responses go. */
  flow: Flow;
  readonly state: ServerState;
  /** What the transaction user holds, while it may still answer or be told something. */
  readonly handle: ServerHandle | null;
  /** What it takes of the room for transactions. */
  units: number;
  respond(response: SipResponse): void;
  refuse(response: SipResponse): void;
  retransmitted(copy: SipRequest): void;
  stop(): void;
}

/** The transaction user's end of a server transaction; it holds the request, the machine does not. */
export class ServerHandle implements ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  onTimeout: (() => void) | null = null;
  onTransportError: ((error: Error) => void) | null = null;
  readonly #transport: Transport;
  #machine: ServerMachine | null = null;

  constructor(request: SipRequest, flow: Flow, transport: Transport) {
    this.request = request;
    this.flow = flow;
    this.#transport = transport;
  }

  attach(machine: ServerMachine): void {
    this.#machine = machine;
  }

  get state(): ServerState {
    return this.#machine?.state ?? 'terminated';
  }

  respond(response: SipResponse): void {
    this.#open()?.respond(response);
  }

  refuse(response: SipResponse): void {
    this.#open()?.refuse(response);
  }

  #open(): ServerMachine | null {
    const machine = this.#machine;
    if (machine?.flow.closed === true) machine.flow = this.#transport.replyFlow(this.request, this.flow);
    return machine;
  }
}
