import type { SourceGuard } from '../auth/source-guard.ts';
import { SipRequest, SipResponse } from '../message/message.ts';
import type { Transport } from '../transport/transport.ts';
import type { ResponseCounts } from './response-counts.ts';

/**
 * Stands between the transport and the transactions and drops, before any state is made for it, what a banned source
 * sends to begin something new. What belongs to a running dialog or answers a request of ours passes: the ban is for
 * guessing passwords, and there may be an office behind the address.
 */
export class Screening {
  dropped = 0;
  readonly #running: (request: SipRequest) => boolean;

  constructor(options: {
    transport: Transport;
    guard: SourceGuard;
    received: ResponseCounts;
    /** Whether the request is inside a dialog we have. */
    running: (request: SipRequest) => boolean;
  }) {
    const { transport, guard, received } = options;
    this.#running = options.running;
    const deliver = transport.onMessage;
    transport.onMessage = (message, flow) => {
      if (message instanceof SipResponse) received.count(message.status);
      if (guard.banned(flow.remote.address) && this.#begins(message)) this.dropped++;
      else deliver(message, flow);
    };
    const invalid = transport.onInvalid;
    transport.onInvalid = (failure, flow) => {
      if (guard.banned(flow.remote.address)) this.dropped++;
      else invalid(failure, flow);
    };
  }

  #begins(message: SipRequest | SipResponse): boolean {
    if (!(message instanceof SipRequest) || message.method === 'ACK' || message.method === 'CANCEL') return false;
    return message.toTag === null || !this.#running(message);
  }
}
