import type { Log } from '../base/log.ts';
import type { Cause } from '../call/model/cause.ts';
import type { Direction } from '../call/model/connection.ts';
import type { Refusal } from '../call/model/refusal.ts';
import type { LegReport } from '../call/step/reports.ts';
import type { LegAsk, LegCommand, LegStats, PlayEnd, PlayItem, PlayOptions } from '../media/engine.ts';
import type { MediaProfile } from './media-profile.ts';

/**
 *   offered     somebody calls, and waits for our decision      → answering, closed
 *   answering   decided to answer, the means are being prepared → accepted, closed
 *   dialling    we call, or are about to                        → confirmed, closed
 *   accepted    answered, not yet acknowledged                  → confirmed, closed
 *   confirmed   both sides know that it stands                  → closed
 *   closed      nothing is reported any more
 */
export type LegState = 'offered' | 'answering' | 'dialling' | 'accepted' | 'confirmed' | 'closed';

/**
 * Signalling and sound of one endpoint, of whatever kind, from the first message to the last: what reception, controls,
 * invitees and the ports of the call model know of it. Each kind of leg (`sip/`) is one implementation. It speaks in
 * causes of the call model; what these are on the wire is its own business.
 */
export interface Leg {
  readonly id: string;
  /** Its media process is that of this organization. */
  readonly organizationId: string;
  /** `incoming`: it called us. */
  readonly direction: Direction;
  readonly profile: MediaProfile;
  /** Whether nobody on the way can listen now: its sound is encrypted, under keys that nobody there could read. */
  readonly isEncrypted: boolean;
  readonly state: LegState;
  readonly media: LegMedia;
  /** Its lines name the leg and, once that is known, the call. */
  readonly log: Log;
  belongsTo(callId: string): void;
  /**
   * `offered`: who calls is told that it rings; `early`: and hears what the called party's side sends already, if it
   * may.
   */
  ring(early: boolean): void;
  /** `offered`: who calls is told that the call is sent on to somebody else. */
  forwarded(): void;
  /**
   * `offered`: answers. Reports cleared{mediaFailure} when that cannot be, cleared{callCancelled} when it is closed
   * already. `dialling`, where it has reported that its phone is `answerable` (a browser, a phone that takes `Event:
   * talk`): has the phone answer.
   */
  answer(): void;
  /** Where it has reported that it holds and can be asked to take back (`asked`): asks its phone. */
  takeBack(): void;
  /**
   * `offered`, `answering`: turns away before any call knows of it, reporting nothing. `retryAfterMs`: when it may be
   * tried again.
   */
  refuse(cause: Cause, retryAfterMs?: number | null): void;
  /** Ends it from whatever state. Idempotent, reports nothing. `refusal`: how the phone refused that it waited for. */
  close(cause: Cause, refusal?: Refusal | null): void;
  /** Runs at once when it is confirmed, else when it comes to that; never when it does not. */
  whenConfirmed(action: () => void): void;
  /** As `whenConfirmed`, but at once too for a caller who hears sound before the answer. */
  whenHearing(action: () => void): void;
  /** What the media process tells of it. */
  readonly heard: MediaNews;
}

/** What becomes known of a leg by what it sends. */
export interface MediaNews {
  /** One key. */
  digit(digit: string, durationMs: number): void;
  talking(talking: boolean): void;
  /** Packets come, or do so no longer. */
  sounds(sounds: boolean): void;
  silent(silentMs: number): void;
  /** Its media process is gone. */
  lost(reason: string): void;
}

/** A play that was asked for and may not have begun yet. */
export interface Playing {
  /** Never rejects. */
  readonly finished: Promise<PlayEnd>;
  /** Idempotent; also before it began. */
  stop(): void;
}

/**
 * The sound of a leg: what is asked for is done in order, as soon as it can be; what is asked for too late is
 * forgotten.
 */
export interface LegMedia {
  /** Its name in the media process. */
  readonly id: string;
  perform<Name extends LegCommand>(command: Name, ask: LegAsk<Name>): void;
  /** A newer play ends the older. */
  play(items: readonly PlayItem[], options?: PlayOptions): Playing;
}

/** What a leg tells whoever keeps it. */
export interface LegOwner {
  /** Under which id the call model knows it: its own, or that of the hunt in which it was dialled. */
  idOf(leg: Leg): string;
  report(leg: Leg, report: LegReport): void;
  /** One key, however it was told. */
  digit(leg: Leg, digit: string, durationMs: number): void;
  /** The last thing a leg says: signalling and media are closed. */
  closed(leg: Leg, stats: LegStats | null): void;
}
