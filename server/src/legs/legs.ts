import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';
import { inTraceOf } from '../base/tracing.ts';
import type { DirectoryPort, MediaPort, SignallingPort } from '../call/ports.ts';
import type { CallRuntime } from '../call/runtime/runtime.ts';
import type { LegReport } from '../call/step/reports.ts';
import type { LegStats, MediaEngine } from '../media/engine.ts';
import { promptItems } from './announcements.ts';
import type { Leg, LegOwner } from './leg.ts';
import type { LegDesk, LegHouse, LegKind, PhoneRegistration } from './leg-kind.ts';
import { LegTable } from './leg-table.ts';
import { EngineMediaPort } from './media-port.ts';
import { ConferenceControls } from './reception/conference-controls.ts';
import { Invitees } from './reception/invitees.ts';
import { KeyPace } from './reception/key-pace.ts';
import { Receptions } from './reception/receptions.ts';
import { UnprovenSeats } from './reception/unproven-seats.ts';
import { Recordings } from './recordings.ts';
import { LegSignallingPort } from './signalling-port.ts';

export interface LegsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engine: MediaEngine;
  readonly directory: Pick<DirectoryPort, 'admit'>;
  /** Recordings are made in folders of their own below this one. */
  readonly recordingsFolder: string;
  /** What kinds of legs there are; where several reach a target they ring together. */
  readonly kinds: readonly ((house: LegHouse) => LegKind)[];
  /** How long a seat is kept for who has not shown itself; default 8 s. */
  readonly seatGraceMs?: number;
}

/** What there is once legs may come. */
interface Started extends LegDesk {
  readonly controls: ConferenceControls;
}

/**
 * Where signalling meets media. Make it, give its ports to the call runtime, then `start` it with that runtime; from
 * then on it takes calls. It knows no kind of leg, only `Leg`.
 */
export class Legs {
  readonly signalling: SignallingPort;
  readonly media: MediaPort;
  readonly #options: LegsOptions;
  readonly #table = new LegTable();
  readonly #kinds: readonly LegKind[];
  readonly #keys: KeyPace;
  readonly #invitees: Invitees;
  readonly #recordings: Recordings;
  #started: Started | null = null;
  #unsubscribe: (() => void)[] = [];

  constructor(options: LegsOptions) {
    this.#options = options;
    const { clock, engine, kinds, log, random, recordingsFolder } = options;
    const legs = this.#table;
    const owner: LegOwner = {
      idOf: (leg) => leg.id,
      report: (leg, report) => inTraceOf(leg.id, () => this.#reported(leg, report)),
      digit: (leg, digit, durationMs) => inTraceOf(leg.id, () => this.#digit(leg, digit, durationMs)),
      closed: (leg, stats) => this.#closed(leg, stats),
    };
    const house: LegHouse = { clock, random, log, engine, legs, owner };
    const report = (legId: string, said: LegReport) => this.#started?.runtime.report(legId, said);
    this.#kinds = kinds.map((make) => make(house));
    this.#keys = new KeyPace(clock);
    this.#invitees = new Invitees(clock);
    this.#recordings = new Recordings({
      engine,
      folder: recordingsFolder,
      log,
      onFailed: (callId, recordingId) => this.#started?.runtime.recordingFailed(callId, recordingId),
    });
    this.media = new EngineMediaPort({ engine, legs, recordings: this.#recordings, log, report });
    this.signalling = new LegSignallingPort({ house, kinds: this.#kinds, invitees: this.#invitees, report });
  }

  start(runtime: CallRuntime): void {
    const { clock, directory, engine, seatGraceMs } = this.#options;
    const controls = new ConferenceControls(clock, runtime, (room, prompt) => {
      // Should it not be heard, the recording is none the less what was asked for.
      void engine.play({ room }, promptItems([prompt])).catch(() => {});
    });
    const seats = new UnprovenSeats(clock, runtime, (legId) => this.#table.get(legId) ?? null, seatGraceMs);
    const receptions = new Receptions({ clock, directory, runtime, seats });
    this.#started = { runtime, receptions, controls };
    const heard = (legId: string) => this.#table.get(legId)?.heard;
    this.#unsubscribe = [
      engine.on('digit', ({ leg, digit, durationMs }) => heard(leg)?.digit(digit, durationMs)),
      engine.on('talking', ({ leg, talking }) => heard(leg)?.talking(talking)),
      engine.on('sounds', ({ leg, sounds }) => heard(leg)?.sounds(sounds)),
      engine.on('mediaTimeout', ({ leg, silentMs }) => heard(leg)?.silent(silentMs)),
      engine.on('legLost', ({ leg, reason }) => heard(leg)?.lost(reason)),
      engine.on('recordingFailed', ({ recording, reason }) => this.#recordings.failed(recording, reason)),
    ];
    for (const kind of this.#kinds) kind.start(this.#started);
  }

  /**
   * Keeps a PIN that was given for an invitee whose conference is not known yet, until the invitee of this leg has
   * answered and been asked; in memory only. Call it before the leg is dialled; it is forgotten when the leg is gone,
   * or does not come.
   */
  keepPin(legId: string, pin: Secret): void {
    this.#invitees.keepPin(legId, pin);
  }

  /** Whether nobody on the way can listen to this leg now; before it stands that is not known, so it is false. */
  isEncrypted(legId: string): boolean {
    return this.#table.get(legId)?.isEncrypted ?? false;
  }

  /** As `Leg.whenConfirmed`; never of a leg that is not there. */
  whenConfirmed(legId: string, action: () => void): void {
    this.#table.get(legId)?.whenConfirmed(action);
  }

  /** The phones registered for this extension, of each kind the preferred first. */
  registrations(extensionId: string): PhoneRegistration[] {
    return this.#kinds.flatMap((kind) => kind.registrations(extensionId));
  }

  /** Whoever is behind this trunk is known to be gone: its legs end now. How many there were. */
  trunkGone(name: string): number {
    return this.#kinds.reduce((ended, kind) => ended + kind.trunkGone(name), 0);
  }

  /** Legs not yet closed on both sides, and callers being asked for something: all 0 when nobody calls. */
  counts(): { readonly incoming: number; readonly outgoing: number; readonly receptions: number } {
    return { ...this.#table.counts(), receptions: this.#started?.receptions.size ?? 0 };
  }

  /** Ends every leg and resolves when all are closed. End the calls first, so that their logs say why. */
  async close(): Promise<void> {
    for (const kind of this.#kinds) kind.close();
    for (const leg of this.#table.all()) {
      leg.close('shutdown');
      this.#started?.runtime.report(leg.id, { type: 'cleared', cause: 'shutdown' });
    }
    await this.#table.empty();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #reported(leg: Leg, report: LegReport): void {
    const started = this.#started;
    if (started === null) return;
    started.runtime.report(leg.id, report);
    if (report.type === 'answered') this.#invitees.answered(leg, started);
  }

  /** A caller at reception types a number or a PIN: that goes nowhere else. */
  #digit(leg: Leg, digit: string, durationMs: number): void {
    const { taken, dropped } = this.#keys.press(leg.id);
    if (!taken) {
      if (dropped === 1) leg.log.warn('keys come too fast, the rest is dropped');
      return;
    }
    const started = this.#started;
    if (started === null) return;
    const reception = started.receptions.of(leg);
    if (reception !== null) {
      reception.digit(digit);
      return;
    }
    started.runtime.report(leg.id, { type: 'digit', digit, durationMs });
    started.controls.digit(leg, digit);
  }

  #closed(leg: Leg, stats: LegStats | null): void {
    this.#table.remove(leg);
    for (const kind of this.#kinds) kind.closed(leg);
    this.#started?.receptions.closed(leg);
    this.#started?.controls.closed(leg);
    this.#invitees.closed(leg);
    const dropped = this.#keys.closed(leg.id);
    if (dropped > 0) leg.log.warn({ dropped }, 'keys were dropped');
    leg.log.info({ direction: leg.direction, media: summary(stats) }, 'leg closed');
  }
}

function summary(stats: LegStats | null): Record<string, number | null> | null {
  if (stats === null) return null;
  const { packetsReceived, packetsSent, lost, jitterMs, roundTripMs, mos } = stats;
  return { packetsReceived, packetsSent, lost, jitterMs, roundTripMs, mos };
}
