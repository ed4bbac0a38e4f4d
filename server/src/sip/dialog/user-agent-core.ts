import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { Flow, TransportKind } from '../transport/flow.ts';
import type { Transport } from '../transport/transport.ts';
import type { AcceptedResponses } from './accepted-responses.ts';
import type { DialogTable } from './dialog-table.ts';

export interface PendingInvite {
  /** The layer has answered the CANCEL; the INVITE still wants its 487. */
  cancelled(cancel: SipRequest): void;
}

/** What every dialog and invitation of one user agent shares. */
export interface UserAgentCore {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transport: Transport;
  /** What the transport can carry. */
  readonly kinds: readonly TransportKind[];
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogTable;
  readonly accepted: AcceptedResponses;
  /** INVITEs that wait for an answer of ours, by transaction: where a CANCEL goes. */
  readonly pending: Map<ServerTransaction, PendingInvite>;
  /** Milliseconds (RFC 3261 §17.1.1.1). */
  readonly t1: number;
  /** Value of User-Agent and Server. */
  readonly product: string;
  /** Our Contact for a peer on this flow, with brackets. */
  contact(flow: Flow): string;
  /**
   * Runs a callback of an owner. What it throws is logged and followed by `failed`; it harms neither the dialog nor the
   * timer it came from.
   */
  tell(call: () => void, failed?: () => void): void;
  /** Sends a response and counts it. */
  respond(transaction: ServerTransaction, response: SipResponse): void;
  /** The same for a refusal that is not worth remembering. */
  refuse(transaction: ServerTransaction, response: SipResponse): void;
}

/** Methods understood, in and outside dialogs. */
export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, REGISTER';

/** Option tags of the extensions we have: reliable provisional responses (RFC 3262). */
export const supportedOptions = '100rel';

/** Bodies understood. */
export const acceptedTypes = 'application/sdp, application/dtmf-relay, application/dtmf';

/** A tag with 64 random bits (RFC 3261 §19.3 asks for 32). */
export function newTag(random: Random): string {
  return random.bytes(8).toString('hex');
}

/** Text that may stand in a header whatever its source: a line break or NUL becomes a blank. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}

/** The SDP in a message, null when it has no body; false when the body is something else. */
export function sdpOf(message: SipRequest | SipResponse): string | null | false {
  if (message.body.length === 0) return null;
  const type = message.headers.get('Content-Type') ?? '';
  const semicolon = type.indexOf(';');
  const plain = (semicolon < 0 ? type : type.slice(0, semicolon)).trim().toLowerCase();
  if (plain !== 'application/sdp') return false;
  const encoding = message.headers.get('Content-Encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity') return false;
  return message.body.toString('utf8');
}
