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
  /** Whether its sound is encrypted now, with keys that nobody between us and the far end could read. */
  readonly isEncrypted: boolean;
  readonly state: LegState;
  readonly media: LegMedia;
  /** Each line names the leg and, once it is known, the call. */
  readonly log: Log;
  belongsTo(callId: string): void;
  /**
   * `offered`: the caller is told that the called phone rings. `early`: the caller also hears what that phone sends
   * before it answers, where it may.
   */
  ring(early: boolean): void;
  /** `offered`: the caller is told that the call is sent on to somebody else. */
  forwarded(): void;
  /**
   * `offered`: answers. Reports cleared{mediaFailure} when that fails, cleared{callCancelled} when it is closed
   * already. `dialling`, and it has reported that its phone is `answerable` (a browser, or a phone that takes `Event:
   * talk`): makes the phone answer.
   */
  answer(): void;
  /** Asks its phone to retrieve what it holds itself, where the leg has reported that this can be `asked`. */
  takeBack(): void;
  /**
   * `offered`, `answering`: refuses the caller before any call knows of the leg, and reports nothing. `retryAfterMs`:
   * after how long the caller may try again.
   */
  refuse(cause: Cause, retryAfterMs?: number | null): void;
  /** Ends it in any state. Idempotent, reports nothing. `refusal`: how the phone that the caller waited for refused. */
  close(cause: Cause, refusal?: Refusal | null): void;
  /** Runs `action` at once if the leg is confirmed, else when it becomes so; never if it is closed before. */
  whenConfirmed(action: () => void): void;
  /** As `whenConfirmed`, and at once also for a caller who hears sound before the answer. */
  whenHearing(action: () => void): void;
  /** What the media process tells of it. */
  readonly heard: MediaNews;
}

/** What becomes known of a leg by what it sends. */
export interface MediaNews {
  /** One key. */
  digit(digit: string, durationMs: number): void;
  talking(talking: boolean): void;
  /** Packets have begun to come, or have stopped. */
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
  /** The id under which the call model knows it: its own, or that of the hunt in which it was dialled. */
  idOf(leg: Leg): string;
  report(leg: Leg, report: LegReport): void;
  /** One key, however it was told. */
  digit(leg: Leg, digit: string, durationMs: number): void;
  /** The last thing a leg says: signalling and media are closed. */
  closed(leg: Leg, stats: LegStats | null): void;
}
