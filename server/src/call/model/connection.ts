import type { CallData } from './call-data.ts';
import type { Cause } from './cause.ts';
import type { CallerId, Device, DialTarget } from './device.ts';
import type { Redirection } from './redirection.ts';

/**
 * One device's place in one call (CSTA connection).
 *
 * - `null`       not (or no longer) in the call; such a connection is not in `Call.connections`
 * - `initiated`  incoming: the caller's INVITE is here, unanswered; outgoing: we are dialling
 * - `alerting`   outgoing only: the phone rings, or the call waits at a leg that is in another call
 * - `connected`  answered
 * - `hold`       answered, and this device put the call on hold
 * - `fail`       could not be reached; about to be cleared
 */
const connectionStates = ['null', 'initiated', 'alerting', 'connected', 'hold', 'fail'] as const;
export type ConnectionState = (typeof connectionStates)[number];

export type Role = 'participant' | 'moderator' | 'supervisor';

/** Seen from this server: `incoming` = the device called us, `outgoing` = we called the device. */
export type Direction = 'incoming' | 'outgoing';

/** The call of two that a connection was in before that call was merged into the one it is in now. */
export interface OriginalCall {
  readonly callId: string;
  /** Of that call. */
  readonly from: Device | null;
  readonly to: Device | null;
  readonly parent: string | null;
  /** When this device came into it, ms since the epoch. */
  readonly startedAt: number;
}

/**
 * Who can take back what a phone holds by itself: nobody else (`true`); others by asking it, which it may not follow
 * (`asked`); others at once (`atOnce`).
 */
export type HeldThere = true | 'asked' | 'atOnce';

/** Immutable: a change gives a new object. Times are milliseconds since the epoch. */
export interface Connection {
  /** 20 hex digits, unique over all calls. */
  readonly id: string;
  /** 1, 2 … in order of coming into this call; never used twice. */
  readonly ordinal: number;
  /**
   * The leg that carries its signalling and sound; the same all along, unless the phone has merged calls of two legs.
   * Connections in other calls may have the same leg.
   */
  readonly legId: string;
  /** The leg serves this connection now, as it does at most one of its connections. Always true while `connected`. */
  readonly legHere: boolean;
  /** Its leg went on to another call, and serves a connection there; about to be cleared. */
  readonly moved: boolean;
  readonly device: Device;
  readonly state: ConnectionState;
  readonly direction: Direction;
  readonly role: Role;
  /** Not heard by the others. */
  readonly muted: boolean;
  /** A moderator has it muted, whatever it does itself. */
  readonly mutedBy: 'moderator' | null;
  /** Does not hear the others. */
  readonly deaf: boolean;
  /** Asks for the floor of the conference. */
  readonly handRaised: boolean;
  readonly talking: boolean;
  /** Who had it dialled into the call, or merged it in: a connection of it; null: nobody, or it came by itself. */
  readonly invitedBy: string | null;
  /**
   * Id of the extension whose user has sent the call on to this device and left it for that; null: nobody, or somebody
   * from outside (CSTA's last redirection device).
   */
  readonly redirectedBy: string | null;
  /** For a coaching supervisor: the only connection that hears it. */
  readonly coach: string | null;
  readonly startedAt: number;
  readonly alertedAt: number | null;
  /** Until when it waits at a leg in another call. */
  readonly waitsUntil: number | null;
  readonly answeredAt: number | null;
  /** Since when it is a party of this call: it was answered then, or came in answered from another one. */
  readonly partySince: number | null;
  readonly heldAt: number | null;
  /**
   * On hold by its phone itself: on that leg nothing is said or heard until it is taken back. While the phone does so
   * it is the connection that the leg serves.
   */
  readonly heldThere?: HeldThere;
  /** Why it is in state `fail`. */
  readonly failure: Cause | null;
  /** What the dialled phone was shown; null: it called us. */
  readonly shown: CallerId | null;
  /**
   * Where its leg was dialled, whatever call it has come to since; null: it called us, or the event is from before this
   * was stored.
   */
  readonly target: DialTarget | null;
  readonly data: CallData;
  /** CorrelatorData (CSTA) of whoever asked for it, where it is not that of the call as a whole. */
  readonly correlator: string | null;
  /** Id of the extension that is charged for it, where it is not the one charged for the call as a whole. */
  readonly charged: string | null;
  /** Connections of one hunt ring together: the first to answer clears the others. */
  readonly hunt: string | null;
  /**
   * The call on hold for which its device consults here, by the id under which its user knows that call; null: there is
   * none, or `Call.parent` names it.
   */
  readonly parent: string | null;
  /**
   * The call that was merged into this one, under which its user still knows it: a scheduled conference stays the same
   * call whatever is merged into it, while those who were in the merged call go on in theirs.
   */
  readonly original: OriginalCall | null;
  /**
   * Unanswered, and in the room all the same: a phone whose sound comes before its answer, or the caller who hears it.
   */
  readonly early: boolean;
  /** A phone that rings and sends sound, heard (`early`) or not because another is. */
  readonly sounds: boolean;
  /**
   * Who sent the call on before it came to this device, oldest first: the first was called, the last is CSTA's
   * lastRedirectionDevice.
   */
  readonly redirections?: readonly Redirection[];
  /** Its phone rings, and can be had to answer without its user. */
  readonly answerable?: boolean;
  /**
   * The connection that leaves when this one answers: it has sent its call on, and has it back should this one fail.
   * While both are there, and this one has not answered, they count as one party.
   */
  readonly inPlaceOf?: string;
  /** It was called in for this extension's sake, whose calls it supervises; also when it takes part by now. */
  readonly supervises?: string;
}

/** A connection as it comes into a call, in the event that brings it. What is absent takes its default. */
export interface ConnectionSeed {
  readonly id: string;
  readonly legId: string;
  /** Default: it is. */
  readonly legHere?: boolean;
  readonly device: Device;
  readonly direction: Direction;
  readonly role: Role;
  /** When its device entered the server, if before this event: a leg that comes from another call keeps its times. */
  readonly startedAt?: number;
  readonly state?: ConnectionState;
  readonly muted?: boolean;
  readonly deaf?: boolean;
  readonly coach?: string;
  readonly invitedBy?: string;
  readonly redirectedBy?: string;
  readonly alertedAt?: number;
  readonly waitsUntil?: number;
  readonly answeredAt?: number;
  readonly heldThere?: HeldThere;
  readonly shown?: CallerId | null;
  readonly target?: DialTarget | null;
  readonly data?: CallData;
  readonly correlator?: string | null;
  readonly charged?: string | null;
  readonly hunt?: string | null;
  readonly parent?: string | null;
  readonly original?: OriginalCall | null;
  readonly redirections?: readonly Redirection[];
  readonly answerable?: boolean;
  readonly inPlaceOf?: string;
  readonly supervises?: string;
}
