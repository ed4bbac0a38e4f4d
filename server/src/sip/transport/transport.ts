import type { HostPort } from '../../base/host-port.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ParseFailure } from '../message/parse.ts';
import type { Flow, TransportKind } from './flow.ts';

/**
 * Carries messages; the transaction layer sets the handlers. Nothing here throws for what a peer or the network does.
 */
export interface Transport {
  /** Every well-formed message; requests have `received` and `rport` filled in (RFC 3581 §4). */
  onMessage: (message: SipRequest | SipResponse, flow: Flow) => void;
  /** What could not be parsed; `failure.partial` is there when it can be answered. */
  onInvalid: (failure: ParseFailure, flow: Flow) => void;
  /** A connection ended, with a word why. */
  onFlowClosed: (flow: Flow, reason: string) => void;
  /**
   * The flow to that address; a connection is opened when the first bytes are sent and shared by all who ask. `beside`:
   * from the same end of ours as this one, where that can be. Closed when there is no way.
   */
  flowTo(kind: TransportKind, remote: HostPort, beside?: Flow): Flow;
  /**
   * The flow on which the response to a request that came on `flow` goes: the same connection, or a new one to the
   * address in the Via when that is closed (RFC 3261 §18.2.2); on UDP from the same socket, by RFC 3581 §4.
   */
  replyFlow(request: SipRequest, flow: Flow): Flow;
  close(): Promise<void>;
}

/** The listeners and flows of one kind of transport. */
export interface TransportOfKind {
  /** One more; port 0 picks a free one. Rejects with the system's error when the address cannot be had. */
  listen(host: string, port: number): Promise<HostPort>;
  /** Takes a listener away that nobody has been told of yet. */
  unlisten(bound: HostPort): Promise<void>;
  /** As `Transport.flowTo`. */
  flowTo(remote: HostPort, beside: Flow | null): Flow;
  /** As `Transport.replyFlow`. */
  replyFlow(request: SipRequest, flow: Flow): Flow;
  close(): Promise<void>;
}
