import type { ClientCredentials } from '../auth/client-authorization.ts';
import type { SipRequest } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import type { Replaces } from '../message/replaces.ts';
import type { SipUri } from '../message/uri.ts';
import type { Flow, TransportKind } from '../transport/flow.ts';
import type { ResolvedAddress } from '../transport/resolve.ts';
import type { InfoDigit } from './info-digits.ts';
import type { OnRefer } from './refer.ts';
import type { SaidInRefusal } from './refusal.ts';

/** An INVITE outside a dialog that waits for our answer. */
export interface IncomingInvite {
  readonly id: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  /**
   * The number that the Request-URI names, without separators and parameters, else its user part, unescaped; '' when
   * there is none.
   */
  readonly dialled: string;
  readonly from: NameAddr;
  /** Ours, in To of whatever answers it. */
  readonly localTag: string;
  /** SDP; null when the caller leaves the offer to us. */
  readonly offer: string | null;
  /** Neither answered, refused nor cancelled yet. */
  readonly pending: boolean;
  /** As of InviteSession. */
  isNamed(replaces: Replaces): boolean;
  /**
   * Sends 180, 181 or 183; kept alive while it rings. Nothing happens when the invitation is over. `sdp` is the answer,
   * or the offer when `offer` is null. It goes reliably (RFC 3262) when the caller demands that, and when the caller
   * supports it and there is `sdp` or `reliable` is set. What was described reliably stands: it is not described again
   * by later provisional responses, and `accept` repeats it whatever it is given. Without a reliable way an offer is
   * left out, and a 180 without the offer that a caller demands is not sent.
   */
  progress(status: 180 | 181 | 183, sdp?: string, reliable?: boolean): void;
  /**
   * 200, repeated until its ACK. `sdp` is the answer, or the offer when `offer` is null (the answer then comes with
   * `onAck`). Throws AppError `invalidState` when the invitation is over. Set the session's callbacks right away.
   * While a description sent reliably is not acknowledged, the 200 waits; should it not come to that, the session ends.
   */
  accept(sdp: string): InviteSession;
  /** A final refusal, 300 to 699. Nothing happens when the invitation is over. */
  reject(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void;
  /** 503 with Retry-After, forgotten at once, for more calls than we take. Nothing happens when it is over. */
  turnAway(): void;
  /**
   * The caller gave up (CANCEL, BYE, Expires, or a PRACK that never came) before an answer; `reason` is the text of the
   * Reason header.
   */
  onCancelled: ((reason: string | null) => void) | null;
  /** The PRACK of a description sent reliably; the answer it carried when that was our offer. */
  onPrack: ((answer: string | null) => void) | null;
  /** A key that an INFO told, before our answer. */
  onKey: ((key: InfoDigit) => void) | null;
  /** What answers challenges to our requests inside its dialog, as of a carrier that asks who says goodbye. */
  credentials: ClientCredentials | null;
  /** What the caller has been told: 180 and the like as often as that is new, then one final status. */
  onSaid: ((status: number) => void) | null;
}

/** Why a session is over. */
export interface SessionEnd {
  readonly by: 'remote' | 'local' | 'timeout' | 'error';
  /** The SIP status that ended it, if one did. */
  readonly status?: number;
  /** Value of the peer's Reason header, or a few words. */
  readonly reason?: string;
}

export interface ReinviteReply {
  /** The answer, or our offer when theirs was null. */
  accept(sdp: string): void;
  /** `warning` is the text of a Warning header with code 399 (or 305/304 by its own prefix `NNN text`). */
  reject(status: number, warning?: string): void;
}

/** An established INVITE dialog. Callbacks are set once; each is called at most as often as its event happens. */
export interface InviteSession {
  readonly id: string;
  readonly remoteTarget: SipUri;
  /** The IP address that the peer's last offer or answer came from, seen past proxies that say so. */
  readonly signalledFrom: string;
  /** Whether nobody between us and the next hop reads what is said in it. */
  readonly isOverTls: boolean;
  readonly ended: boolean;
  /** Whether this is the dialog that a Replaces names, the tags in either order. */
  isNamed(replaces: Replaces): boolean;
  /** An ACK for a 2xx of ours, first or re-INVITE; the SDP it carried. */
  onAck: ((answer: string | null) => void) | null;
  /** No ACK within 64·T1: the session is being ended, `onEnded` follows. */
  onNotAcked: (() => void) | null;
  /** Answer through `reply`, now or later; without a listener re-INVITEs are refused with 488. */
  onReinvite: ((offer: string | null, reply: ReinviteReply) => void) | null;
  /** A key that an INFO told. */
  onKey: ((key: InfoDigit) => void) | null;
  /** The peer wants another called in its place; without a listener that is refused with 603. */
  onRefer: OnRefer;
  /** Exactly once. */
  onEnded: ((end: SessionEnd) => void) | null;
  /** Waits its turn behind other offers, and backs off after a glare. */
  reinvite(offer: string): Promise<ReinviteResult>;
  sendInfo(contentType: string, body: string): void;
  /** Whether the peer takes this event package, by what it said last (Allow-Events), here or when it registered. */
  takes(event: string): boolean;
  /**
   * Tells an event (NOTIFY without a body) whose subscription the INVITE implies; resolves with the status, 503 when it
   * could not be sent. A refusal says nothing of the session (RFC 5057).
   */
  notify(event: string): Promise<number>;
  /**
   * Asks whether the peer still knows the session (OPTIONS). 408, 481 or silence end it as a timeout; resolves with the
   * status, 503 when it could not be sent.
   */
  probe(): Promise<number>;
  /** Ends the session; `reason` is the value of a Reason header, e.g. `Q.850;cause=16`. */
  bye(reason?: string): void;
}

export type ReinviteResult =
  | { readonly ok: true; readonly answer: string }
  | { readonly ok: false; readonly status: number };

export interface InviteTarget {
  readonly uri: SipUri;
  /** The flow of a registration; without one the URI says where to send. */
  readonly flow?: Flow;
  /** Transport when the URI names none; default UDP. */
  readonly kind?: TransportKind;
  /** Values of Route to start with, e.g. the Path of a registration. */
  readonly route?: readonly string[];
  /** Where to send, when the URI names a host and a resolver has already looked it up (RFC 3263). */
  readonly address?: ResolvedAddress;
  /** Event packages that it said it takes when it registered, in lower case. */
  readonly events?: readonly string[];
  /** Of the INVITE to this target alone. */
  readonly headers?: readonly (readonly [string, string])[];
  /** Named by a 3xx: gets no credentials. */
  readonly redirected?: boolean;
}

/** Reliable provisional responses (RFC 3262): not offered, offered by Supported, or demanded by Require: 100rel. */
export type Reliable = 'off' | 'supported' | 'required';

export interface OutgoingInviteOptions {
  /** All are called at once; the first 2xx wins and the others are cancelled. */
  readonly targets: readonly InviteTarget[];
  /**
   * Further groups of targets, in order: the next one is called when all of the group before could not take the call:
   * transport error, 503, our own time-out, or no provisional response within `failoverMs`. Anything else that a group
   * answers is final. A late answer of a group that was given up is cancelled, or acknowledged and ended.
   */
  readonly failover?: readonly (readonly InviteTarget[])[];
  /** Default 4000; only counts while there is a next group. */
  readonly failoverMs?: number;
  /** Default `supported`. */
  readonly reliable?: Reliable;
  /**
   * Where to send instead, for a URI that a 3xx names; `from` is the way to whoever said it. None refuses it, and
   * without this every 3xx is refused. Asked for one after the other by falling q, for the next when those before have
   * failed. What is called instead gets credentials only if the target returned says `redirected: false`.
   */
  readonly mayRedirect?: (uri: SipUri, from: Flow) => readonly InviteTarget[];
  /** The call goes on to what a 3xx names. */
  onRedirected?(uri: SipUri): void;
  /** All that a 3xx names ring at once, as the phones of one extension do; default: one after the other. */
  readonly redirectsAtOnce?: boolean;
  readonly from: NameAddr;
  readonly to: NameAddr;
  /** null: the callee makes the offer, and `onAccepted` returns our answer. */
  readonly offer: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly credentials?: ClientCredentials;
  /** Then every branch is cancelled and `onRejected(408)` called. */
  readonly timeoutMs: number;
  /** Before anything is sent: the Call-ID and From tag of all that is. */
  onBegun?(dialog: { readonly callId: string; readonly localTag: string }): void;
  /** One of several has refused, or is gone; others are still called. */
  onFewer?(): void;
  /**
   * Each distinct provisional response above 100: copies of one, and repetitions that say the same, are not told again.
   */
  onProgress(status: number, sdp: string | null): void;
  /** A key that an INFO told before the answer. */
  onKey?(key: InfoDigit): void;
  /**
   * The callee's offer in a reliable provisional response, when `offer` is null: returns our answer, which goes in the
   * PRACK. Without this none are asked for. `onAccepted` then comes with the same offer, and what it returns is not
   * sent.
   */
  onEarlyOffer?(sdp: string): string | null;
  /** `sdp` is the answer, or the callee's offer; returns the SDP for the ACK when we sent no offer. */
  onAccepted(session: InviteSession, sdp: string | null): string | null | undefined;
  /** Exactly once, unless accepted; after `cancel()` with 487, before `cancel` returns. `said` null: nobody said so. */
  onRejected(status: number, reason: string, said: SaidInRefusal | null): void;
}

export interface OutgoingInvite {
  readonly id: string;
  /**
   * Whether somebody who rings takes this event package: it was in Allow-Events when it rang, or else when it
   * registered (RFC 6665 §8.2.2).
   */
  takes(event: string): boolean;
  /**
   * Tells an event to the first of those who ring and take it (NOTIFY without a body, inside the early dialog); to the
   * next when that one refuses. For packages whose subscription an INVITE implies.
   */
  notify(event: string): void;
  /** Gives up on all branches; a 2xx that crosses is acknowledged and ended. `reason` as in `bye`. */
  cancel(reason?: string): void;
}
