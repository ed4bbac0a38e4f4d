import type { CallData, CallRef, Dial, RecordingLabel } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import type { ConferencePolicy } from '../model/conference-policy.ts';
import type { Role } from '../model/connection.ts';
import type { CallerId, Device, DialTarget } from '../model/device.ts';
import type { EntryRefusal } from '../model/events.ts';
import type { Redirection } from '../model/redirection.ts';

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
  /** As of `Dial`. */
  readonly atLeg?: string;
  readonly redirections?: readonly Redirection[];
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
  /** A moderator lets this one in, also where the conference is locked. */
  readonly invited?: boolean;
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
  /**
   * Id of the extension that is charged; default: who calls, else who is called, if it is one of the organization's.
   */
  readonly charged?: string | null;
  /** CorrelatorData (CSTA) of whoever asks for it. */
  readonly correlator?: string | null;
  /** Whether a party may be transferred to a number outside; default: it may. */
  readonly publicTransfer?: boolean;
  /** Kind `access`: the number of the conference, where it is known: digits, at most 20. */
  readonly conferenceNumber?: string | null;
  /**
   * Ids that the caller has chosen, 20 hex digits each: of the call, of the leg to `from`. In use already: conflict.
   */
  readonly callId?: string;
  readonly legId?: string;
  /** Rung together with `from`, at most 16; the first to answer takes its place. */
  readonly alternatives?: readonly { readonly device: Device; readonly target: DialTarget }[];
  /** Kind `call`: the leg of `from`, which is in calls that are all on hold: it is not rung, the call begins there. */
  readonly fromLeg?: string;
  /**
   * The user of `from` has asked for this call: it rings whatever is set for it, and is asked to answer by itself,
   * where it does that.
   */
  readonly autoAnswer?: boolean;
  /** Kind `call`: how long the two may talk, ms; then it ends with cause `timeout`. */
  readonly durationMs?: number;
}

/** Dials a device into a running call, or into a conference that opens if need be. Resolves when dialling begins. */
export interface SingleStepConference extends Dial {
  /** A running call, or the conference by its policy. */
  readonly into: { readonly callId: string } | { readonly policy: ConferencePolicy };
  readonly role: Role;
  /** Id of the leg, chosen by the caller: 20 hex digits. Error `conflict` when it is in use. */
  readonly legId?: string;
  /** Of the connection. */
  readonly data?: CallData;
  /** To the call, in the same step: as of AssociateData. */
  readonly attached?: CallData;
  /** Who asks for it, of those in the call: a connection of it. */
  readonly by?: string;
  /** Id of the extension that is charged for it; default: as for the call. */
  readonly charged?: string | null;
  /** CorrelatorData (CSTA) of whoever asks for it. */
  readonly correlator?: string | null;
}

/** Dials a device into a call of others. */
export interface JoinCall extends Dial {
  readonly callId: string;
  /** Listens unheard; is heard by `coached` alone; or takes part like anybody. */
  readonly mode: 'listen' | 'coach' | 'barge';
  /** Mode `coach`: a connection of the call that has answered. */
  readonly coached?: string;
  /** Does not hear the others. */
  readonly deaf?: boolean;
  readonly data?: CallData;
  /** The extension whose calls it is called into. */
  readonly supervises?: string;
}

/**
 * Changes what a connection is in its call. `listen`, `coach`, `barge`: as the modes of JoinCall, from one to another.
 * `moderate`: a participant of a conference becomes a moderator.
 */
export interface ChangeRole extends ConnectionRequest {
  readonly mode: 'listen' | 'coach' | 'barge' | 'moderate';
  readonly coached?: string;
}

/**
 * Sends a party to a device that is dialled for it.
 *
 * - kind `call`: the device comes into the same call for `connectionId`, which leaves at once, or `whenAnswered`
 * - kind `conference`: `transferred`, or `connectionId` itself, leaves with its leg for a new call with the device
 */
export interface SingleStepTransfer extends Dial {
  readonly callId: string;
  readonly connectionId: string;
  readonly transferred?: string;
  /** To the call with the device, in the same step: as of AssociateData. */
  readonly attached?: CallData;
  /** Id of the extension that is charged for the device; default: as for the call. */
  readonly charged?: string | null;
  /** Kind `call`: `connectionId` stays until the device has answered, and goes on with the call should it not. */
  readonly whenAnswered?: boolean;
}

/** `connectionId` leaves; the other party waits with music. */
export interface ParkCall {
  readonly callId: string;
  readonly connectionId: string;
  /** Then `returnTo` is dialled; if that fails, the call ends. 1 s to 24 h. */
  readonly maxMs: number;
  readonly returnTo: Dial;
}

/** Dials a device to fetch a parked party. */
export interface UnparkCall extends Dial {
  readonly callId: string;
}

/** A phone that rings does not take the call: its caller hears why. */
export interface RejectCall extends ConnectionRequest {
  /** Default `callRejected`. */
  readonly cause?: 'busy' | 'callRejected';
}

/** Sends a call that rings to another device, which is dialled in its place. */
export interface DeflectCall extends Dial {
  readonly callId: string;
  /** The one that rings. */
  readonly connectionId: string;
  /** Id of the extension that is charged for it; default: as for the one that rings. */
  readonly charged?: string | null;
}

/** Has a device ring together with a phone that rings; who answers first has the call. */
export interface PickUpCall extends Dial {
  readonly callId: string;
  /** The one that rings. */
  readonly connectionId: string;
}

/**
 * Puts a call on hold and begins another of the same phone, in which a device is dialled. Resolves when dialling
 * begins. Errors: invalidState, limitExceeded, unavailable.
 */
export interface ConsultationCall extends Dial {
  /** The call to hold, and who consults. */
  readonly callId: string;
  readonly connectionId: string;
  /** Of the new call. */
  readonly data?: CallData;
  /** Id of the extension that is charged for the new call; default: as for the connection. */
  readonly charged?: string | null;
  /**
   * Ids that the caller has chosen, 20 hex digits each: of the new call, of the leg that is dialled. In use already:
   * conflict.
   */
  readonly consultId?: string;
  readonly legId?: string;
}

/**
 * Puts a call on hold and goes into a conference with the same phone. Errors: invalidState, conferenceFull,
 * conferenceLocked, unavailable.
 */
export interface ConsultConference extends ConnectionRequest {
  readonly policy: ConferencePolicy;
  readonly role: Role;
  /** To the conference's call, in the same step: as of AssociateData. */
  readonly attached?: CallData;
}

/** Two connections of one phone change places. */
export interface AlternateCall {
  readonly active: CallRef;
  readonly held: CallRef;
}

export interface SetLocked {
  readonly callId: string;
  readonly locked: boolean;
}

export interface StartRecording {
  readonly callId: string;
  /** What it is called; of a call that is recorded already, from now on. */
  readonly label?: RecordingLabel;
  /** Default: as the conference's policy says, else none. */
  readonly tone?: boolean;
}

export interface PauseRecording {
  readonly callId: string;
  readonly paused: boolean;
}

export interface StopRecording {
  readonly callId: string;
}

/** Attaches data to a call, or to one connection of it: JSON values by key. */
export interface AssociateData {
  readonly callId: string;
  readonly connectionId?: string;
  readonly set?: CallData;
  readonly removed?: readonly string[];
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
  /** Who asks for it: the name by which the others are told. */
  readonly by?: string;
}

export interface SetMute extends ConnectionRequest {
  readonly muted?: boolean;
  /** A moderator mutes somebody else, who is `mutedBy` until it is unmuted. */
  readonly byModerator?: boolean;
  readonly deaf?: boolean;
}

/** Somebody in a conference asks for the floor, or does so no more. */
export interface SetHand extends ConnectionRequest {
  readonly raised: boolean;
}

/** Somebody in a conference writes to all, or to one. */
export interface SendMessage extends ConnectionRequest {
  readonly text: string;
  /** A connection of the call; null: all. */
  readonly to: string | null;
}

/** Tells that PINs of a conference are being guessed: see EventData.pinsGuessed. */
export interface WarnModerators {
  readonly callId: string;
  readonly failures: number;
  /** ms since the epoch; null: nothing is locked. */
  readonly until: number | null;
}

/** Tells that a conference did not let in who asks for it: see EventData.entryRefused. */
export interface RefuseEntry extends ConnectionRequest {
  readonly why: EntryRefusal;
  readonly conference: string | null;
  /** ms since the epoch. */
  readonly until: number | null;
}

/** Sends digits to the others on behalf of this connection. 1 to 64 of 0-9, *, #, A-D. */
export interface GenerateDigits extends ConnectionRequest {
  readonly digits: string;
  /** Per digit, ms; 40 to 6000, default 160. */
  readonly durationMs?: number;
}
