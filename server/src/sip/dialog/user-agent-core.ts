import type { Clock } from '../../base/clock.ts';
import type { Facts } from '../../base/facts.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { ProvenAddresses } from '../auth/proven-addresses.ts';
import { type Body, understood } from '../message/bodies.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import type { SipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { TransactionLayer } from '../transaction/transaction-layer.ts';
import type { Flow, TransportKind } from '../transport/flow.ts';
import type { Transport } from '../transport/transport.ts';
import type { AcceptedResponses } from './accepted-responses.ts';
import type { RegisteredPhone } from './dialog.ts';
import type { DialogTable } from './dialog-table.ts';
import type { Methods } from './methods.ts';

export interface PendingInvite {
  /** The layer has answered the CANCEL; the INVITE still wants its 487. */
  cancelled(cancel: SipRequest): void;
}

/** Who is registered. */
export interface Phones {
  /** The phone at the other end whose Contact this is; null when none is registered over this flow. */
  behind(flow: Flow, target: SipUri): RegisteredPhone | null;
  /** Whether one is registered over this flow. */
  knows(flow: Flow): boolean;
  /** Where it is registered now; null: nowhere. */
  wayTo(phone: RegisteredPhone): Flow | null;
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
  readonly methods: Methods;
  readonly accepted: AcceptedResponses;
  /** Takes down what the next run must know to end what this one may leave behind: see left-behind.ts. */
  readonly facts: Facts;
  readonly proven: ProvenAddresses;
  readonly phones: Phones;
  /** What is told to those who sent a REFER; at most so many at once. */
  readonly referrals: Set<{ close(): void }>;
  readonly maxReferrals: number;
  /** REFERs so far. */
  readonly refers: { accepted: number; refused: number };
  /** INVITEs that wait for an answer of ours, by transaction: where a CANCEL goes. */
  readonly pending: Map<ServerTransaction, PendingInvite>;
  /** Milliseconds (RFC 3261 §17.1.1.1). */
  readonly t1: number;
  /** Value of User-Agent and Server. */
  readonly product: string;
  /** Our Contact for a peer on this flow, with brackets; `uri`: whom the request is for, or was. */
  contact(flow: Flow, uri: SipUri): string;
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

/** Bodies understood. */
export const acceptedTypes =
  'application/sdp, multipart/mixed, multipart/alternative, application/dtmf-relay, application/dtmf';

/** A tag with 64 random bits (RFC 3261 §19.3 asks for 32). */
export function newTag(random: Random): string {
  return random.bytes(8).toString('hex');
}

/** Text that may stand in a header whatever its source: a line break or NUL becomes a blank. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}

/**
 * The session description in a message, wherever it stands among its bodies; null when there is none. False for a
 * request with a body that has to be understood and is not: 415.
 */
export function sdpOf(message: SipRequest | SipResponse): string | null | false {
  const { found, refused } = understood(message, sessionDescription);
  // Nobody can refuse an answer or an ACK.
  return refused && message instanceof SipRequest && message.method !== 'ACK' ? false : found;
}

/** Early sessions (RFC 3959) are none of ours. Some leave out what it is. */
function sessionDescription({ type, disposition, content }: Body): string | null {
  if (disposition === 'early-session') return null;
  if (type !== 'application/sdp' && !(type === '' && content.toString('latin1', 0, 3) === 'v=0')) return null;
  return content.toString('utf8');
}
