import { parseDigestParams } from '../auth/auth-params.ts';
import { claimedUser } from '../auth/digest-server.ts';
import type { ProvenAddresses } from '../auth/proven-addresses.ts';
import type { SourceGuard } from '../auth/source-guard.ts';
import { type SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transport } from '../transport/transport.ts';
import type { ResponseCounts } from './response-counts.ts';

/**
 * Stands between the transport and the transactions and drops, before any state is made for it, what a banned user or
 * address sends to begin something new. What belongs to a running dialog or answers a request of ours passes: the ban
 * is for guessing passwords, and there may be an office behind the address.
 */
export class Screening {
  dropped = 0;
  readonly #guard: SourceGuard;
  readonly #proven: ProvenAddresses;
  readonly #running: (request: SipRequest) => boolean;

  constructor(options: {
    transport: Transport;
    guard: SourceGuard;
    proven: ProvenAddresses;
    received: ResponseCounts;
    /** Whether the request is inside a dialog we have. */
    running: (request: SipRequest) => boolean;
  }) {
    const { transport, guard, received } = options;
    this.#guard = guard;
    this.#proven = options.proven;
    this.#running = options.running;
    const deliver = transport.onMessage;
    transport.onMessage = (message, flow) => {
      if (message instanceof SipResponse) {
        received.count(message.status);
        deliver(message, flow);
      } else if (guard.watching && this.#begins(message) && this.#banned(message, flow)) this.dropped++;
      else deliver(message, flow);
    };
    const invalid = transport.onInvalid;
    transport.onInvalid = (failure, flow) => {
      if (guard.watching && guard.banned(flow.remote.address, null)) this.dropped++;
      else invalid(failure, flow);
    };
  }

  #begins(request: SipRequest): boolean {
    if (request.method === 'ACK' || request.method === 'CANCEL') return false;
    return request.toTag === null || !this.#running(request);
  }

  /** By the user that it presents a password for, or else says it is. */
  #banned(request: SipRequest, flow: Flow): boolean {
    const presented = request.headers.get('Authorization');
    const params = presented === null ? null : parseDigestParams(presented);
    const username = params?.get('username') ?? claimedUser(request);
    return this.#guard.banned(flow.remote.address, username, username !== null && this.#proven.isUser(flow, username));
  }
}
