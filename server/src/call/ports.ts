import type { Secret } from '../base/secret.ts';
import type { Call } from './model/call.ts';
import type { CallRecord } from './model/call-record.ts';
import type { CallSummary } from './model/call-summary.ts';
import type { Cause } from './model/cause.ts';
import type { ConferencePolicy } from './model/conference-policy.ts';
import type { Role } from './model/connection.ts';
import type { CallerId, ConferenceDevice, Device, DialTarget } from './model/device.ts';
import type { FeedEntry, LoggedEvent, LogStep, StreamEnd, StreamEvent } from './model/event-log.ts';
import type { CallEvent } from './model/events.ts';
import type { PhoneCallPage, PhoneCallQuery, PhoneCallRecord, PhoneCallsById } from './model/phone-call-record.ts';
import type { Redirection } from './model/redirection.ts';
import type { Refusal } from './model/refusal.ts';

export type { CallSummary } from './model/call-summary.ts';
export type { FeedEntry } from './model/event-log.ts';

/** What signalling has to do for a leg; plain data. */
export type SignallingEffect =
  /**
   * Calls out on a new leg. Later reports: delivered?, then answered | failed. Not answered after `timeoutMs`:
   * failed{noAnswer}.
   */
  | {
      readonly do: 'dial';
      readonly legId: string;
      readonly to: DialTarget;
      readonly callerId: CallerId;
      readonly timeoutMs: number;
      readonly call: DialledFor;
      /** The phone is asked to answer by itself; a phone that cannot do that rings. */
      readonly autoAnswer?: true;
      /** Who sent the call on before, oldest first. */
      readonly redirections?: readonly Redirection[];
    }
  /**
   * Incoming, unanswered leg: the caller is told that the called phone rings. `early`: the caller also hears what that
   * phone sends before it answers. May follow once more, with `early`, after one without.
   */
  | { readonly do: 'ring'; readonly legId: string; readonly early?: boolean }
  /** Incoming, unanswered leg: its call is sent on to somebody else. */
  | { readonly do: 'forwarded'; readonly legId: string }
  /**
   * Incoming, unanswered leg: answers it; the report cleared{mediaFailure} follows if that fails. Outgoing leg that
   * rings and has reported `answerable`: makes the phone answer; the report `answered` follows.
   */
  | { readonly do: 'answer'; readonly legId: string }
  /**
   * Asks a phone that holds the call itself to retrieve it, where it has reported `asked`; what it does is reported.
   */
  | { readonly do: 'takeBack'; readonly legId: string }
  /**
   * Ends the leg whatever its state: refuses an unanswered incoming one, gives up an unanswered outgoing one, else
   * hangs up. `refusal`: how the phone that the caller waited for refused. No report follows (a late one is ignored).
   */
  | { readonly do: 'clear'; readonly legId: string; readonly cause: Cause; readonly refusal?: Refusal };

/**
 * Signalling of legs, done by `legs/`. Returns at once, never throws, and ignores an unknown leg; what comes of it is
 * told by `CallRuntime.report`.
 */
export interface SignallingPort {
  perform(effect: SignallingEffect): void;
}

/** How a phone is to ring. */
export interface RingOptions {
  /** The phone is asked to answer by itself; a phone that cannot do that rings. */
  readonly autoAnswer: boolean;
}

/** What a device does with a call to it, by what is set for it. */
export type CallHandling =
  | { readonly does: 'ring' }
  | { readonly does: 'refuse'; readonly cause: Cause }
  /** Another device is dialled instead; `number`: as the user of the forwarded device has set it. */
  | { readonly does: 'forward'; readonly number: string; readonly device: Device; readonly target: DialTarget };

/** The call that a leg is dialled for. */
export type DialledFor = Pick<Call, 'id' | 'organizationId' | 'kind'>;

/** What is to be heard, by meaning; `legs/` turns it into prompts. */
export type Announcement =
  /** How many others are there already; 0 = alone. */
  | { readonly say: 'participant-count'; readonly count: number }
  | { readonly say: 'waiting-for-moderator' }
  | { readonly say: 'pins-guessed' }
  /** `ringback` goes on until `hush`. */
  | { readonly tone: 'entry' | 'ringback' };

export type AnnouncementTarget =
  | { readonly legId: string }
  /** Everybody in the room, but not `except`. */
  | { readonly callId: string; readonly except?: string };

/** What is to be done with the sound of a leg or a call's room; plain data. */
export type MediaEffect =
  | { readonly do: 'openRoom'; readonly callId: string; readonly organizationId: string }
  | { readonly do: 'closeRoom'; readonly callId: string }
  /** Into the call's room; from another room it moves in one step. */
  | { readonly do: 'join'; readonly legId: string; readonly callId: string }
  | { readonly do: 'leave'; readonly legId: string }
  | { readonly do: 'set'; readonly legId: string; readonly change: SoundChange }
  /** Music in the room while one is alone. Off when the room opens. */
  | { readonly do: 'music'; readonly callId: string; readonly on: boolean }
  | { readonly do: 'announce'; readonly target: AnnouncementTarget; readonly items: readonly Announcement[] }
  /** Stops what `announce` plays there. */
  | { readonly do: 'hush'; readonly target: AnnouncementTarget }
  /** Of an open room, until `stopRecording`. `tone`: the recorded hear now and then that they are. */
  | { readonly do: 'startRecording'; readonly callId: string; readonly recordingId: string; readonly tone: boolean }
  /** `paused`: what is said now is left out of the recording, which goes on without a gap. */
  | { readonly do: 'pauseRecording'; readonly callId: string; readonly recordingId: string; readonly paused: boolean }
  | { readonly do: 'stopRecording'; readonly callId: string; readonly recordingId: string }
  /** Towards the leg's far end. `durationMs` per digit. */
  | { readonly do: 'sendDigits'; readonly legId: string; readonly digits: string; readonly durationMs: number };

/**
 * Only what is present changes. `held`: out of the mix, hearing music or nothing; null: back in it. `heardBy`: the only
 * leg that hears this one; null: all. Defaults: not muted, not deaf, not held, heard by all.
 */
export interface SoundChange {
  readonly muted?: boolean;
  readonly deaf?: boolean;
  readonly held?: 'music' | 'silence' | null;
  readonly heardBy?: string | null;
}

/**
 * Sound of legs and rooms, done by `legs/` over `media/`. As `SignallingPort`: returns at once, never throws,
 * idempotent.
 */
export interface MediaPort {
  perform(effect: MediaEffect): void;
}

/** A call that was open when the store was last written. */
export interface OpenCall {
  readonly callId: string;
  readonly lastSeq: number;
  /** All its events in order of seq. */
  readonly events: readonly CallEvent[];
}

/** How far a call had got. */
export interface CallAt {
  readonly callId: string;
  readonly seq: number;
}

export interface RecentCallsQuery {
  readonly organizationId?: string;
  /** Only this one. */
  readonly callId?: string;
  /** Only calls that have ended. */
  readonly ended?: boolean;
  /** Only calls with a party whose number or name contains this, in upper or lower case. */
  readonly party?: string;
  /** Only calls that ended for this cause, or that a party left for it. */
  readonly cause?: Cause;
  /** Only calls that ran at some time between these moments, ms since the epoch. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  /** Only calls with a smaller position. */
  readonly before?: number;
}

export interface RecentCalls {
  /** May be fewer than were asked for although there are more: only a part of a long log is read at once. */
  readonly calls: readonly CallSummary[];
  /** Value of `before` for the next page; null: there are no more. */
  readonly next: number | null;
}

export interface RecordQuery {
  readonly organizationId?: string;
  readonly callId?: string;
  /** By endedAt; default descending: newest first. */
  readonly order?: 'ascending' | 'descending';
  readonly limit?: number;
  readonly offset?: number;
  /**
   * Only what follows the record with this id, in the order asked for: the next page of a long list. An unknown id has
   * nothing after it.
   */
  readonly after?: string;
}

export interface RecordingsQuery {
  readonly organizationId: string;
  readonly callId?: string;
  readonly recordingId?: string;
  readonly limit: number;
  /** Only recordings with a smaller position. */
  readonly before?: number;
}

/** One recording of one call. Times are ms since the epoch. */
export interface RecordingSummary {
  readonly recordingId: string;
  readonly callId: string;
  readonly organizationId: string;
  /** Its place among all recordings: grows with each that begins. */
  readonly position: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface AttemptsQuery {
  readonly organizationId: string;
  readonly limit: number;
  /** Only attempts with a smaller position. */
  readonly before?: number;
}

/** An attempt, and its place among all histories: grows with each that begins. */
export interface LoggedAttempt {
  readonly position: number;
  readonly event: StreamEvent;
}

/** The event log and the call records. */
export interface CallStore {
  /** `appendSteps` of one step. */
  append(events: readonly LoggedEvent[], records: readonly CallRecord[]): Promise<void>;
  /**
   * Durable when resolved, all or nothing; rejects when it could not be. Many appends may be under way at once and are
   * committed together; those of one stream are made one after the other. A step may hold
   * events of several streams, mixed; those of one stream in order. A seq already there is an error.
   */
  appendSteps(steps: readonly LogStep[]): Promise<void>;
  /** In order of seq; `after`: only those with a greater seq. Empty for an unknown call. */
  eventsOf(callId: string, options?: { readonly after?: number; readonly limit?: number }): Promise<CallEvent[]>;
  /**
   * As `eventsOf`, for lists, at most 1000 at a time. Of all that concerns one connection only what is about these, of
   * the whole call without who talks; null: all.
   */
  eventsAbout(
    callId: string,
    query: { readonly connectionIds: readonly string[] | null; readonly after: number; readonly limit: number },
  ): Promise<CallEvent[]>;
  /** Calls whose last event is not callCleared. */
  openCalls(): Promise<OpenCall[]>;
  /** Newest first. */
  recentCalls(query: RecentCallsQuery): Promise<RecentCalls>;
  records(query: RecordQuery): Promise<CallRecord[]>;
  /** Phone calls of which something was recorded: how many, and a page of them. Rejects what takes too long. */
  phoneCallPage(query: PhoneCallQuery): Promise<PhoneCallPage>;
  /** In the order of the ids; at most 200 at once. What is gone, or another organization's, is left out. */
  phoneCalls(asked: PhoneCallsById): Promise<PhoneCallRecord[]>;
  /** Every record of connections that this leg carried, oldest first. */
  recordsOfLeg(legId: string): Promise<CallRecord[]>;
  /** The same, and the record of a connection with this id. For lists. */
  recordsNamed(id: string): Promise<CallRecord[]>;
  /** Streams of a kind that is not calls: what there is to be replayed. */
  streams(kind: StreamEvent['stream']['kind']): Promise<StreamEnd[]>;
  /** The last event of every stream of that kind: where each event says all, what is now. */
  lastEvents(kind: StreamEvent['stream']['kind']): Promise<StreamEvent[]>;
  /** As `eventsOf`, of a stream that is no call. */
  streamEvents(
    stream: StreamEvent['stream'],
    options?: { readonly after?: number; readonly limit?: number },
  ): Promise<StreamEvent[]>;
  /**
   * Events of all streams after that position, in one total order: the order of commit, that of seq within a stream.
   */
  feed(query: { readonly after: number; readonly limit: number }): Promise<FeedEntry[]>;
  /** Of the last event; 0: there is none. */
  lastPosition(): Promise<number>;
  /**
   * The calls of an organization that had begun, and not ended, with the event at that position, and the last event
   * that each had by then. For lists.
   */
  runningAt(query: { readonly organizationId: string; readonly position: number }): Promise<readonly CallAt[]>;
  /** Attempts that came to no call, newest first. */
  attempts(query: AttemptsQuery): Promise<LoggedAttempt[]>;
  /** Newest first. */
  recordings(query: RecordingsQuery): Promise<RecordingSummary[]>;
}

/** One call over a trunk, asked for before it is dialled. */
export interface DialOut {
  readonly legId: string;
  readonly organizationId: string;
  /** The conference that it is dialled into. */
  readonly conferenceId: string | null;
  readonly target: Extract<DialTarget, { readonly kind: 'trunk' }>;
}

/** What calls over trunks may cost. Synchronous: it is asked in the very step that decides to dial. */
export interface DialBudget {
  /** Throws AppError limitExceeded or destinationNotAllowed; then nothing was taken. */
  take(dial: DialOut): void;
  /** To be called once for each leg that was taken, when it is gone; one that was never `dialled` costs nothing. */
  release(legId: string, dialled: boolean): void;
  /** How long a dial counts, ms. */
  readonly windowMs: number;
  /**
   * Counts a dial of an earlier run, made `at` (ms since the epoch), whose leg is gone. To be called oldest first and
   * before any `take`; never refuses.
   */
  remember(dial: DialOut, at: number): void;
}

/** Who asks the directory where a number leads. */
export type Caller =
  | {
      readonly kind: 'extension';
      readonly organizationId: string;
      readonly extensionId: string;
      readonly number: string;
      readonly name: string;
      /** Who is charged for what it dials, `<organizationId>-<userId>`. */
      readonly account?: string | null;
    }
  /** A program that calls on behalf of a user. */
  | {
      readonly kind: 'application';
      readonly organizationId: string;
      readonly account: string | null;
      readonly number: string;
      readonly name: string;
    }
  | { readonly kind: 'trunk'; readonly trunk: string; readonly number: string; readonly name: string }
  | { readonly kind: 'guest'; readonly number: string; readonly name: string };

export type Route =
  | { readonly kind: 'terminal'; readonly device: Device; readonly aor: string }
  | {
      readonly kind: 'conference';
      readonly device: ConferenceDevice;
      readonly organizationId: string;
      readonly extensionId: string;
      /** Given behind the number, e.g. `211*3*2233`. */
      readonly conferenceNumber: string | null;
      readonly pin: Secret | null;
    }
  | { readonly kind: 'trunk'; readonly trunk: string; readonly number: string; readonly account: string | null }
  | { readonly kind: 'refused'; readonly status: 403 | 404; readonly why: string };

export interface AdmissionRequest {
  readonly extensionId: string;
  readonly conferenceNumber: string | null;
  readonly pin: Secret | null;
  /** Whose wrong PINs are counted for the lock-out; the same when the caller hangs up and dials again. */
  readonly callerKey: string;
  /**
   * An extension of ours, proven by its password: only its own wrong PINs lock it out, not those of all callers
   * together.
   */
  readonly authenticated: boolean;
  /**
   * Asked on behalf of the user whose conference it is, who could read the PIN elsewhere: locked out only after ten
   * times as many wrong PINs.
   */
  readonly owner?: boolean;
  /** Asked by somebody who is in the conference, and stays in it after its time. */
  readonly inside?: boolean;
}

export type Admission =
  | { readonly result: 'admitted'; readonly policy: ConferencePolicy; readonly role: Role }
  | { readonly result: 'numberNeeded' }
  | { readonly result: 'pinNeeded' }
  | { readonly result: 'unknownNumber' }
  | { readonly result: 'wrongPin' }
  | { readonly result: 'closed' }
  /** `untilMs`: ms since the epoch. */
  | { readonly result: 'lockedOut'; readonly untilMs: number };

/** Numbers, conferences and PINs. Synchronous, in memory. */
export interface DirectoryPort {
  route(dialled: string, caller: Caller): Route;
  admit(request: AdmissionRequest): Admission;
}
