import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { CallerId, DialTarget } from '../call/model/device.ts';
import type { Redirection } from '../call/model/redirection.ts';
import type { RingOptions } from '../call/ports.ts';
import type { CallRuntime } from '../call/runtime/runtime.ts';
import type { MediaEngine } from '../media/engine.ts';
import type { Leg, LegOwner } from './leg.ts';
import type { LegTable } from './leg-table.ts';
import type { MediaProfile } from './media-profile.ts';
import type { Receptions } from './reception/receptions.ts';

/** What every kind of leg is made with. */
export interface LegHouse {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engine: MediaEngine;
  /** Whoever makes a leg adds it. */
  readonly legs: LegTable;
  /** Told by the legs that come in by themselves, and by those that are dialled unless somebody else asks to be. */
  readonly owner: LegOwner;
}

/** Where legs that come in go. */
export interface LegDesk {
  readonly runtime: CallRuntime;
  readonly receptions: Receptions;
}

/** What is to be dialled. */
export interface DialOrder extends RingOptions {
  /** The call that it is dialled for. */
  readonly callId: string;
  readonly organizationId: string;
  readonly to: DialTarget;
  readonly callerId: CallerId;
  readonly timeoutMs: number;
  /** Who sent the call on before, oldest first. */
  readonly redirections: readonly Redirection[];
}

/** How one leg can be dialled to a target. */
export interface Way {
  readonly profile: MediaProfile;
  /** Whether legs of this kind speak the profile. */
  readonly spoken: boolean;
  /** Makes the leg and has it call; what becomes of it is told to `owner`. */
  dial(legId: string, order: DialOrder, owner: LegOwner): Leg;
}

/** A phone that is registered. */
export interface PhoneRegistration {
  /** What the phone calls itself; '' when it does not say. */
  readonly agent: string;
  /** The URI it registered. */
  readonly contact: string;
  /** When it ends unless the phone registers again, ms since the epoch; the same whenever it is asked for. */
  readonly expiresAt: number;
}

/** One kind of leg: how such legs come in, and how they are dialled. */
export interface LegKind {
  /** From now on legs may come in. */
  start(desk: LegDesk): void;
  /** No more come in. */
  close(): void;
  /** Nobody is behind this trunk any more: ends the legs that lead over it, and says how many. */
  trunkGone(name: string): number;
  /** A leg of whatever kind is gone. */
  closed(leg: Leg): void;
  /**
   * How this target can be reached by this kind of leg: a way for each offer that its phones need; [] when it cannot.
   */
  ways(to: DialTarget): readonly Way[];
  /** The phones registered for this extension, the preferred first. */
  registrations(extensionId: string): PhoneRegistration[];
}
