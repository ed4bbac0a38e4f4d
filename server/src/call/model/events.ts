import type { CallData, CallSeed, Destination, Parking, RecordingLabel } from './call.ts';
import type { Disposition } from './call-record.ts';
import type { Cause } from './cause.ts';
import type { ConferencePolicy } from './conference-policy.ts';
import type { ConnectionSeed, HeldThere, OriginalCall, Role } from './connection.ts';
import type { Device, DialTarget } from './device.ts';
import type { RedirectionReason } from './redirection.ts';
import type { Refusal } from './refusal.ts';

/**
 * What each event carries besides its call, number, time, connection and cause: all that `replay` needs, and no secret.
 * JSON-safe plain data. Events about the whole call have connectionId null.
 */
export interface EventData {
  /**
   * Connections come into being (`initiated` unless their seed says otherwise). The first event of every call has
   * `call`.
   */
  originated: {
    readonly call?: CallSeed;
    readonly connections: readonly ConnectionSeed[];
    readonly destination?: Destination;
  };
  /**
   * Its phone rings; `early`: and is heard already; `sounds`: it sends sound too, but another is heard. `answerable`:
   * see Connection.
   */
  delivered: { readonly early?: boolean; readonly sounds?: boolean; readonly answerable?: true };
  /**
   * Answered. `connection` when it comes in by this event (a leg handed over from an access call). `legHere`: and has
   * its leg now.
   */
  established: { readonly connection?: ConnectionSeed; readonly legHere?: true };
  /** Could not be reached; the cause says why, and `refusal` how it was said, if it was. */
  failed: { readonly refusal?: Refusal };
  /**
   * This device put the call on hold. `legHere` false: its leg serves another connection meanwhile. `there`: its phone
   * did that itself.
   */
  held: { readonly legHere?: false; readonly there?: HeldThere };
  /** `legHere`: and has its leg again. `leg`: or goes on with another one of its phone. */
  retrieved: { readonly legHere?: true; readonly leg?: LegChange };
  /** Connections came in from another call that merged into this one. */
  conferenced: {
    readonly fromCall: string;
    readonly connections: readonly ConnectionSeed[];
    /** What was attached to that call, and is now to this one. */
    readonly data?: CallData;
    /** Who merged goes on with the leg that it had there. */
    readonly leg?: LegChange;
    /** As what who merged knows this call from now on. */
    readonly original?: OriginalCall;
  };
  /** This connection's leg went on to another call. Followed by its connectionCleared. */
  transferred: { readonly toCall: string; readonly toConnection: string };
  /**
   * Sent on to another number before the answer: by who rang (deflected), or, with `by`, this connection was dialled in
   * place of that device.
   */
  diverted: Diversion;
  connectionCleared: { readonly disposition: Disposition };
  /** The last event of every call. `by`: the name of who ended it for all; without it nobody did. */
  callCleared: { readonly by?: string };
  /**
   * `digits` is null, and has been something else only in logs of earlier versions: it may be a PIN. `count`: how many.
   */
  digitsGenerated: { readonly digits: string | null; readonly count: number; readonly by: 'device' | 'service' };
  dataChanged: DataChange;
  recordingStarted: { readonly recordingId: string; readonly tone?: boolean; readonly label?: RecordingLabel };
  recordingStopped: { readonly recordingId: string };
  /**
   * A conference did not let in this connection. `conference`: the number asked for; null: it was no number, and may
   * have been a PIN. `until` (ms since the epoch): it lets nobody in from there before.
   */
  entryRefused: { readonly why: EntryRefusal; readonly conference: string | null; readonly until?: number };
  /**
   * `failures` wrong PINs were given for this conference of late. `until` (ms since the epoch): it takes no PIN from
   * outside before.
   */
  pinsGuessed: { readonly failures: number; readonly until?: number };
  /** Somebody wrote to all in the conference, or to one (`to`: a connection). */
  messageSent: { readonly text: string; readonly to: string | null };
  /** Who began and who stopped talking since the last one: connection ids. See TalkingWindows for how often. */
  talking: { readonly started: readonly string[]; readonly stopped: readonly string[] };
}

/** Another leg of the same phone, and where that was dialled. */
export interface LegChange {
  readonly legId: string;
  readonly target: DialTarget | null;
}

/** A call was sent on. */
export interface Diversion {
  /** The number as it was given. */
  readonly to: string;
  /** The device that is forwarded, or whose phone sent the call on. */
  readonly by?: Device;
  /** Default: unconditional. */
  readonly reason?: RedirectionReason;
}

/** Why a conference lets somebody not in. */
export type EntryRefusal =
  | 'unknownNumber'
  | 'wrongPin'
  /** Too many wrong PINs. */
  | 'lockedOut'
  | 'closed'
  | 'full'
  | 'locked'
  | 'unavailable';

/**
 * Only what changed is there. Of the connection: muted, mutedBy, deaf, handRaised, role, coach, hunt, early, sounds,
 * answerable, legHere, heldThere, parent, data. Of the call (connectionId null, or who did it): locked, waiting,
 * policy, parked, recordingPaused, recordingLabel; its data when connectionId is null.
 */
export interface DataChange {
  readonly muted?: boolean;
  /** See Connection. */
  readonly mutedBy?: 'moderator' | null;
  readonly deaf?: boolean;
  readonly handRaised?: boolean;
  readonly role?: Role;
  readonly coach?: string | null;
  readonly hunt?: string;
  readonly early?: boolean;
  readonly sounds?: boolean;
  /** See Connection. */
  readonly answerable?: boolean;
  /** A connection on hold gives its leg to another; true: has it from one that is gone, held by the phone as it is. */
  readonly legHere?: boolean;
  /** See Connection. */
  readonly heldThere?: HeldThere;
  /** What it consults for has become part of this call, by the id under which its user knows that. */
  readonly parent?: string;
  readonly parked?: Parking | null;
  readonly recordingPaused?: boolean;
  readonly recordingLabel?: RecordingLabel;
  readonly locked?: boolean;
  readonly waiting?: boolean;
  readonly policy?: ConferencePolicy;
  /** Attached data: keys set, keys removed. */
  readonly set?: CallData;
  readonly removed?: readonly string[];
}

export const eventTypes = [
  'originated',
  'delivered',
  'established',
  'failed',
  'held',
  'retrieved',
  'conferenced',
  'transferred',
  'diverted',
  'connectionCleared',
  'callCleared',
  'digitsGenerated',
  'dataChanged',
  'recordingStarted',
  'recordingStopped',
  'entryRefused',
  'pinsGuessed',
  'messageSent',
  'talking',
] as const satisfies readonly (keyof EventData)[];

export type EventType = (typeof eventTypes)[number];

/** One event of one type: `EventOf<'held'>`. */
export interface EventOf<Type extends EventType> {
  readonly callId: string;
  /** 1, 2 … without a gap per call. */
  readonly seq: number;
  /** ms since the epoch; never goes back within a call. */
  readonly at: number;
  readonly type: Type;
  readonly connectionId: string | null;
  readonly cause: Cause;
  readonly data: EventData[Type];
}

/** One change of one call. Stored before anything else happens because of it. */
export type CallEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** Whose call it is, from the first event of its log; null when that does not say. */
export function organizationOf(first: CallEvent | undefined): string | null {
  return first?.type === 'originated' ? (first.data.call?.organizationId ?? null) : null;
}

const noSeeds: readonly ConnectionSeed[] = [];

/** The connections that an event brings in. */
export function seedsOf(event: CallEvent): readonly ConnectionSeed[] {
  if (event.type === 'originated' || event.type === 'conferenced') return event.data.connections;
  if (event.type === 'established' && event.data.connection !== undefined) return [event.data.connection];
  return noSeeds;
}
