import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';

export type ServerState = 'trying' | 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';
export type ClientState = 'calling' | 'trying' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

/** A request that a peer sent, and the way to answer it (RFC 3261 §17.2). */
export interface ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly state: ServerState;
  /**
   * Sends a response. Final responses to INVITE above 299, and every final response to other methods, are repeated by
   * the transaction; a 2xx to INVITE is repeated by calling this again until the ACK is there. Ignored when the
   * state allows no such response any more.
   */
  respond(response: SipResponse): void;
  /**
   * Refuses and forgets at once, for the sake of memory: nothing is repeated, and a copy of the request is a new one.
   * As `respond` when a provisional response has already stopped the peer from repeating its request.
   */
  refuse(response: SipResponse): void;
  /** Timer H: nobody acknowledged the refusal of an INVITE. Set before the final response, or it is not heard. */
  onTimeout: (() => void) | null;
  /** After the final response only heard when set before. */
  onTransportError: ((error: Error) => void) | null;
}

export interface ClientHandlers {
  /**
   * Every 1xx once per arrival, the final response once, and of an INVITE every 2xx, retransmissions and forks
   * included, until timer M.
   */
  onResponse(response: SipResponse): void;
  /** Timer B or F, or no final response after a CANCEL: treat it as 408. */
  onTimeout(): void;
  /** Treat it as 503. */
  onTransportError(error: Error): void;
}

/** A request that we sent (RFC 3261 §17.1). */
export interface ClientTransaction {
  readonly request: SipRequest;
  readonly state: ClientState;
  /**
   * Of an INVITE: sends CANCEL, now or when the first provisional response is there (§9.1), with `reason` as the
   * value of its Reason header. The final response, mostly 487, still comes. Does nothing after the final response.
   */
  cancel(reason?: string): void;
}
