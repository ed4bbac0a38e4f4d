import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { ClientState, ClientTransaction } from './transaction.ts';

/** What both client machines look like from outside. */
export interface ClientMachine {
  readonly key: string;
  readonly flow: Flow;
  readonly state: ClientState;
  start(): void;
  receive(response: SipResponse): void;
  cancel(reason?: string): void;
  /** The transport could not deliver. */
  failed(error: Error): void;
  stop(): void;
}

/**
 * The transaction user's end of a client transaction; it holds the request, the machine only as long as it needs it.
 */
export class ClientHandle implements ClientTransaction {
  readonly request: SipRequest;
  readonly #machine: ClientMachine;

  constructor(request: SipRequest, machine: ClientMachine) {
    this.request = request;
    this.#machine = machine;
  }

  get state(): ClientState {
    return this.#machine.state;
  }

  cancel(reason?: string): void {
    this.#machine.cancel(reason);
  }
}
