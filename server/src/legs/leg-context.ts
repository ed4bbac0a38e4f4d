import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Cause } from '../call/cause.ts';
import type { LegReport } from '../call/reports.ts';
import type { LegStats, MediaEngine } from '../media/engine.ts';
import type { SaidInRefusal } from '../sip/dialog/refusal.ts';
import type { InviteSession, OutgoingInvite } from '../sip/user-agent.ts';
import type { OwnPorts } from './own-ports.ts';

/** What a leg tells whoever keeps it. */
export interface LegOwner<Leg> {
  report(leg: Leg, report: LegReport): void;
  /** One key, by RTP or INFO. */
  digit(leg: Leg, digit: string, durationMs: number): void;
  /** The last thing a leg says: signalling and media are closed. */
  closed(leg: Leg, stats: LegStats | null): void;
}

export interface LegContext<Leg> {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engine: MediaEngine;
  readonly owner: LegOwner<Leg>;
  readonly ports: OwnPorts;
  /** See `LegsOptions`. */
  readonly silenceMs: number | null;
}

/** What a refusal means; `rang`: something had come before it. */
export type CauseOf = (status: number, rang: boolean) => Cause;

/** How an outgoing leg places its call once it has an address to offer. */
export type PlaceCall = (
  offer: string,
  callbacks: {
    onProgress(status: number, sdp: string | null): void;
    onAccepted(session: InviteSession, sdp: string | null): null;
    onRejected(status: number, reason: string, said: SaidInRefusal | null): void;
  },
) => OutgoingInvite;
