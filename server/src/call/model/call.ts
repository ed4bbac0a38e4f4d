import type { CallData } from './call-data.ts';
import type { Cause, Unreached } from './cause.ts';
import type { ConferencePolicy } from './conference-policy.ts';
import type { Connection } from './connection.ts';
import type { CallerId, Device, DialTarget } from './device.ts';
import type { Redirection } from './redirection.ts';

export type { CallData } from './call-data.ts';

/**
 * - `call`        devices that hear each other; ends when fewer than two are left
 * - `access`      a dial-in on its way to a conference: number and PIN are asked for; one connection
 * - `conference`  a scheduled conference; ends when nobody is left
 */
export const callKinds = ['call', 'access', 'conference'] as const;
export type CallKind = (typeof callKinds)[number];

/** What a recording is called, by who began it. */
export interface RecordingLabel {
  readonly name?: string;
  readonly description?: string;
}

/** A device and how it is to be dialled. */
export interface Dial {
  readonly device: Device;
  readonly target: DialTarget;
  /** What it is shown. */
  readonly callerId: CallerId;
  /** How long it rings, ms. */
  readonly timeoutMs: number;
  /** Who sent the call on before it comes to this device, oldest first. */
  readonly redirections?: readonly Redirection[];
  /**
   * Its user has asked for this call: it rings whatever is set for it, and is asked to answer by itself, where it does
   * that.
   */
  readonly autoAnswer?: boolean;
  /** The device's leg in another call: nothing is dialled, the call waits at that leg until it is answered there. */
  readonly atLeg?: string;
}

/**
 * What MakeCall dials once the originating device has answered: where the call comes to was found out when it was made.
 */
export interface Destination extends Dial {
  /** Who sent it on, and whereto. */
  readonly diverted?: readonly { readonly by: Device; readonly to: string }[];
  /** Nothing is dialled: it takes no calls. */
  readonly refused?: Cause;
  /** The leg it will get; the budget is asked for it when the call is made. */
  readonly legId: string;
}

/** A party that waits, with music, for somebody to fetch it. */
export interface Parking {
  /** Its place among the parked calls of the organization, from 1. */
  readonly position: number;
  readonly by: Device;
  readonly at: number;
  /** ms since the epoch: then `returnTo` is dialled. */
  readonly until: number;
  readonly returnTo: Dial;
  /** Hunt of the phones that are dialled to fetch it: the first to answer has it. */
  readonly hunt: string;
}

/**
 * The relation between devices that hear each other. Immutable: a change gives a new object that shares what did not
 * change, so a conference of a thousand costs no copy of its roster. Made only by `evolve` from events.
 */
export interface Call {
  /** 20 hex digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly kind: CallKind;
  readonly conference: ConferencePolicy | null;
  /** Who called whom, where that is fixed: kinds `call` and `access`. */
  readonly from: Device | null;
  readonly to: Device | null;
  /** The call this one consults for. */
  readonly parent: string | null;
  /** By connection id; iterates in order of joining. Cleared connections are not in it. */
  readonly connections: ReadonlyMap<string, Connection>;
  /** Number of the last event. */
  readonly seq: number;
  /** ms since the epoch: first event, last event. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /**
   * When the phone call, as those in it see it, entered the server: earlier than `createdAt` where the first party came
   * from another call.
   */
  readonly enteredAt: number;
  /** When two could first hear each other. As `enteredAt` it never changes again, whoever comes and goes. */
  readonly answeredAt: number | null;
  /** When a phone first rang in it. */
  readonly alertedAt: number | null;
  readonly data: CallData;
  /** Id of the extension that is charged (in the sense of CSTA's AccountInfo), where one was named. */
  readonly charged: string | null;
  /** CorrelatorData (CSTA) of whoever asked for it. */
  readonly correlator: string | null;
  /** Whether a party may be transferred to a number outside. */
  readonly publicTransfer: boolean;
  /** Kind `access`: the number of the conference, as far as it was given with the invitation. */
  readonly conferenceNumber: string | null;
  readonly locked: boolean;
  /** A conference that waits for its first moderator: participants hear music, not each other. */
  readonly waiting: boolean;
  readonly recording: boolean;
  readonly recordingId: string | null;
  readonly recordingPaused: boolean;
  /** It is recorded, or was. */
  readonly recorded: boolean;
  /**
   * Kind `call`: the connection that made it a call of more than two, by merging another call into it or having a third
   * party dialled. Null: that connection is gone, or the call has two parties.
   */
  readonly controller: string | null;
  /** A tone reminds those in the call that they are recorded. */
  readonly recordingTone: boolean;
  /** What the running recording is called; null: nothing. */
  readonly recordingLabel: RecordingLabel | null;
  readonly parked: Parking | null;
  /** How long it may last once two are connected, ms; `endsAt`: when that is over, ms since the epoch. */
  readonly durationMs: number | null;
  readonly endsAt: number | null;
  /** The hunt of the phones that were to begin the call. */
  readonly originHunt: string | null;
  /** Why phones of a hunt were not reached: the most telling. */
  readonly unreached: Unreached | null;
  /** A mixing room is open for it. */
  readonly room: boolean;
  readonly ended: boolean;
  readonly destination: Destination | null;
  /**
   * Counts kept by `evolve`, supervisors left out: connections in state `connected`; in `connected` or `hold`;
   * moderators among the latter.
   */
  readonly connected: number;
  readonly answered: number;
  readonly moderators: number;
  /**
   * Phones that ring (`alerting`), and unanswered connections that can be heard, or hear, already; supervisors left
   * out.
   */
  readonly ringing: number;
  readonly early: number;
  /** Connections with that role, in whatever state. */
  readonly supervisors: readonly string[];
  /** Connections that wait at a leg in another call. */
  readonly lines: readonly string[];
  /** Connections that ever came in; gives the next ordinal. */
  readonly joins: number;
}

/** A call as its first event opens it. */
export interface CallSeed {
  readonly organizationId: string;
  readonly kind: CallKind;
  readonly conference: ConferencePolicy | null;
  readonly from: Device | null;
  readonly to: Device | null;
  readonly parent: string | null;
  readonly data: CallData;
  readonly destination: Destination | null;
  readonly charged?: string | null;
  readonly correlator?: string | null;
  /** Default: it may. */
  readonly publicTransfer?: boolean;
  readonly conferenceNumber?: string | null;
  readonly durationMs?: number | null;
  /** Of the phone call that goes on in this one. */
  readonly enteredAt?: number;
  readonly answeredAt?: number;
}

/** One connection of one call. */
export interface CallRef {
  readonly callId: string;
  readonly connectionId: string;
}
