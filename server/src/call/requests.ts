import type { CallData } from './call.ts';
import type { Cause } from './cause.ts';
import type { ConferencePolicy } from './conference-policy.ts';
import type { Role } from './connection.ts';
import type { CallerId, Device, DialTarget } from './device.ts';

/** An INVITE came in on a new leg. */
export type ReceiveCall = ReceiveDevice | ReceiveAccess;

/** For a phone: it is dialled on a new leg; the caller is rung, answered or refused as it turns out. */
export interface ReceiveDevice {
  readonly kind: 'call';
  readonly legId: string;
  readonly organizationId: string;
  readonly from: Device;
  readonly to: Device;
  readonly target: DialTarget;
  readonly callerId: CallerId;
  /** How long the phone rings, ms. */
  readonly timeoutMs: number;
}

/** For a conference extension with something still to ask: answered at once. */
export interface ReceiveAccess {
  readonly kind: 'access';
  readonly legId: string;
  readonly organizationId: string;
  readonly from: Device;
  readonly to: Device;
}

/**
 * Takes a leg into a conference. A leg of an access call is handed over (that call ends with `transferred`); a new,
 * unanswered incoming leg comes straight in (needs `device`) and is answered.
 * Errors: conferenceFull, conferenceLocked, invalidState, unavailable.
 */
export interface EnterConference {
  readonly legId: string;
  readonly device?: Device;
  readonly policy: ConferencePolicy;
  readonly role: Role;
}

/**
 * Calls `from` and, once it answers, `to` (kind `call`); or only `from`, on its way to a conference (kind `access`).
 */
export interface MakeCall {
  readonly kind: 'call' | 'access';
  readonly organizationId: string;
  readonly from: Device;
  readonly fromTarget: DialTarget;
  /** Shown to `from`. */
  readonly callerId: CallerId;
  readonly to: Device;
  /** Kind `call` only. */
  readonly toTarget: DialTarget | null;
  /** Shown to `to`; default: name and number of `from`. */
  readonly toCallerId?: CallerId;
  /** For each of the two, ms. */
  readonly timeoutMs: number;
  readonly data?: CallData;
}

/** Dials a device into a running call, or into a conference that opens if need be. Resolves when dialling begins. */
export interface SingleStepConference {
  /** A running call, or the conference by its policy. */
  readonly into: { readonly callId: string } | { readonly policy: ConferencePolicy };
  readonly device: Device;
  readonly target: DialTarget;
  readonly callerId: CallerId;
  readonly timeoutMs: number;
  readonly role: Role;
}

export interface ConnectionRequest {
  readonly callId: string;
  readonly connectionId: string;
}

export interface ClearConnection extends ConnectionRequest {
  /** Default `normal`; `removed` when somebody else put it out. */
  readonly cause?: Cause;
}

export interface ClearCall {
  readonly callId: string;
  readonly cause?: Cause;
}

export interface SetMute extends ConnectionRequest {
  readonly muted?: boolean;
  readonly deaf?: boolean;
}

/** Sends digits to the others on behalf of this connection. 1 to 64 of 0-9, *, #, A-D. */
export interface GenerateDigits extends ConnectionRequest {
  readonly digits: string;
  /** Per digit, ms; 40 to 6000, default 160. */
  readonly durationMs?: number;
}
