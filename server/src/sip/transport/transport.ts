import type { HostPort } from '../../base/host-port.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ParseFailure } from '../message/parse.ts';
import type { Flow, TransportKind } from './flow.ts';

/** Carries messages; the transaction layer sets the handlers. Nothing here throws for what a peer or the network does. */
export interface Transport {
  /** Every well-formed message; requests have `received` and `rport` filled in (RFC 3581 §4). */
  onMessage: (message: SipRequest | SipResponse, flow: Flow) => void;
  /** What could not be parsed; `failure.partial` is there when it can be answered. */
  onInvalid: (failure: ParseFailure, flow: Flow) => void;
  /** A connection ended, with a word why. */
  onFlowClosed: (flow: Flow, reason: string) => void;
  /** The flow to that address; a connection is opened when the first bytes are sent and shared by all who ask. */
  flowTo(kind: TransportKind, remote: HostPort): Flow;
  /**
   * The flow on which the response to a request that came on `flow` goes: the same connection, or a new one to the
   * address in the Via when that is closed (RFC 3261 §18.2.2); on UDP from the same socket, by RFC 3581 §4.
   */
  replyFlow(request: SipRequest, flow: Flow): Flow;
  /** Sends or tries to; a failure is reported to `onError`, later, never thrown. */
  send(flow: Flow, bytes: Buffer, onError?: (error: Error) => void): void;
  close(): Promise<void>;
}
