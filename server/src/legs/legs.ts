import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';
import type { DialTarget } from '../call/device.ts';
import type { MediaPort, SignallingPort } from '../call/ports.ts';
import type { LegReport } from '../call/reports.ts';
import type { CallRuntime } from '../call/runtime.ts';
import type { LegStats, MediaEngine } from '../media/engine.ts';
import { formatUri } from '../sip/message/uri.ts';
import type { SipUserAgent } from '../sip/user-agent.ts';
import { promptItems } from './announcements.ts';
import { clean, type LegsDirectory, longestName } from './caller.ts';
import { ConferenceControls } from './conference-controls.ts';
import { Destinations } from './destinations.ts';
import { Inbound } from './inbound.ts';
import { Invitees } from './invitees.ts';
import { KeyPace } from './key-pace.ts';
import type { LegOwner } from './leg-context.ts';
import { LegTable } from './leg-table.ts';
import { EngineMediaPort } from './media-port.ts';
import { Outbound } from './outbound.ts';
import { OwnPorts } from './own-ports.ts';
import { Receptions } from './receptions.ts';
import { Recordings } from './recordings.ts';
import { SipSignallingPort } from './signalling-port.ts';
import { SipLeg } from './sip-leg.ts';
import type { Trunks } from './trunks.ts';

export type { LegsDirectory } from './caller.ts';

export interface LegsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly agent: SipUserAgent;
  readonly engine: MediaEngine;
  readonly directory: LegsDirectory;
  /** Host part of our addresses; a From in it that is an extension must prove it. */
  readonly domain: string;
  /** INVITEs outside dialogs; more are refused with 503. Default 200. */
  readonly callsPerSecond?: number;
  /** Legs of guests that may wait for their ACK at once; default 1000. Fewer than there are port pairs. */
  readonly mostUnproven?: number;
  /** How long a phone that should send may be silent although it answers when asked, ms; default null: for ever. */
  readonly silenceMs?: number | null;
  /** How long a phone rings, ms. Default 60 000. */
  readonly ringTimeoutMs?: number;
  /** The ways to the carriers; started and closed by whoever made them. */
  readonly trunks: Trunks;
  /** Recordings are made in folders of their own below this one. */
  readonly recordingsFolder: string;
  /** Whether this leg may be called once more, at what a carrier's 3xx names; counts it. Default: whatever the dial plan allows. */
  readonly mayRedirectTo?: (legId: string, target: Extract<DialTarget, { kind: 'trunk' }>) => boolean;
}

/** A phone that is registered. */
export interface PhoneRegistration {
  /** What the phone calls itself; '' when it does not say. */
  readonly agent: string;
  /** The URI it registered. */
  readonly contact: string;
  /** Seconds until it ends unless the phone registers again. */
  readonly expiresS: number;
}

/**
 * Where signalling meets media. Make it, give its ports to the call runtime, then `start` it with that runtime; from
 * then on it takes calls.
 */
export class Legs {
  readonly signalling: SignallingPort;
  readonly media: MediaPort;
  readonly #options: LegsOptions;
  readonly #table = new LegTable();
  readonly #ports = new OwnPorts();
  readonly #keys: KeyPace;
  readonly #receptions = new Receptions();
  readonly #invitees: Invitees;
  readonly #recordings: Recordings;
  readonly #owner: LegOwner<SipLeg>;
  #runtime: CallRuntime | null = null;
  #inbound: Inbound | null = null;
  #controls: ConferenceControls | null = null;
  #unsubscribe: (() => void)[] = [];

  constructor(options: LegsOptions) {
    this.#options = options;
    const { agent, clock, directory, domain, engine, log, trunks } = options;
    const legs = this.#table;
    const runtime = () => this.#started();
    this.#keys = new KeyPace(clock);
    this.#owner = {
      report: (leg, report) => this.#reported(leg, report),
      digit: (leg, digit, durationMs) => this.#digit(leg, digit, durationMs),
      closed: (leg, stats) => this.#closed(leg, stats),
    };
    agent.isCarrier = (flow) => trunks.ofSource(flow) !== null;
    const mayRedirectTo = options.mayRedirectTo ?? (() => true);
    const destinations = new Destinations({ registrar: agent.registrar, directory, trunks, domain, mayRedirectTo });
    const outbound = new Outbound({ agent, destinations, trunks, domain });
    const invitees = new Invitees({ clock, directory, receptions: this.#receptions, runtime });
    const recordings = new Recordings({ engine, folder: options.recordingsFolder, log, runtime });
    this.#invitees = invitees;
    this.#recordings = recordings;
    const report = (legId: string, said: LegReport) => this.#report(legId, said);
    this.media = new EngineMediaPort({ engine, legs, recordings, log, report });
    const newLeg = (id: string, organizationId: string) => this.#newLeg(id, organizationId, 'outgoing');
    this.signalling = new SipSignallingPort({ legs, outbound, invitees, runtime, newLeg });
  }

  start(runtime: CallRuntime): void {
    const { agent, clock, directory, domain, engine, log, random, trunks } = this.#options;
    this.#runtime = runtime;
    this.#controls = new ConferenceControls(clock, runtime, (room, prompt) => {
      // Should it not be heard, the recording is none the less what was asked for.
      void engine.play({ room }, promptItems([prompt])).catch(() => {});
    });
    const inbound = new Inbound({
      agent,
      clock,
      directory,
      domain,
      log,
      random,
      trunks,
      receptions: this.#receptions,
      runtime,
      callsPerSecond: this.#options.callsPerSecond ?? 200,
      mostUnproven: this.#options.mostUnproven ?? 1000,
      ringTimeoutMs: this.#options.ringTimeoutMs ?? 60_000,
      newLeg: (id, organizationId) => this.#newLeg(id, organizationId, 'incoming'),
    });
    this.#inbound = inbound;
    this.#unsubscribe = [
      engine.on('digit', ({ leg, digit, durationMs }) => this.#table.get(leg)?.rtpDigit(digit, durationMs)),
      engine.on('talking', ({ leg, talking }) => this.#report(leg, { type: 'talking', talking })),
      engine.on('sounds', ({ leg, sounds }) => this.#table.get(leg)?.sounds(sounds)),
      engine.on('mediaTimeout', ({ leg, silentMs }) => this.#table.get(leg)?.mediaSilent(silentMs)),
      engine.on('recordingFailed', ({ recording, reason }) => this.#recordings.failed(recording, reason)),
      engine.on('legLost', ({ leg, reason }) => this.#table.get(leg)?.mediaLost(reason)),
    ];
    agent.onInvite = (invite) => inbound.receive(invite);
  }

  /**
   * Keeps a PIN that was given for an invitee whose conference is not known yet, until the invitee of this leg has answered and
   * been asked; in memory only. Call it before the leg is dialled; it is forgotten when the leg is gone, or does not come.
   */
  keepPin(legId: string, pin: Secret): void {
    this.#invitees.keepPin(legId, pin);
  }

  /** The phones registered for this extension, the preferred first. */
  registrations(extensionId: string): PhoneRegistration[] {
    const { agent, clock, directory } = this.#options;
    const aor = directory.extensionById(extensionId)?.aor ?? null;
    if (aor === null) return [];
    return agent.registrar.contacts(aor).map((binding) => ({
      agent: clean(binding.userAgent, longestName),
      contact: formatUri(binding.contact),
      expiresS: Math.max(0, Math.round((binding.expiresAt - clock.monotonic()) / 1000)),
    }));
  }

  /** Legs not yet closed on both sides, and callers being asked for something: all 0 when nobody calls. */
  counts(): { readonly incoming: number; readonly outgoing: number; readonly receptions: number } {
    return { ...this.#table.counts(), receptions: this.#receptions.size };
  }

  /** Ends every leg and resolves when all are closed. End the calls first, so that their logs say why. */
  async close(): Promise<void> {
    this.#options.agent.onInvite = (invite) => invite.reject(503);
    for (const leg of this.#table.all()) {
      leg.close('shutdown');
      this.#report(leg.id, { type: 'cleared', cause: 'shutdown' });
    }
    await this.#table.empty();
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #started(): CallRuntime {
    if (this.#runtime === null) throw new Error('legs are used before start()');
    return this.#runtime;
  }

  #newLeg(id: string, organizationId: string, direction: 'incoming' | 'outgoing'): SipLeg {
    const { clock, engine, log, random } = this.#options;
    const silenceMs = this.#options.silenceMs ?? null;
    const context = { clock, engine, log, random, owner: this.#owner, ports: this.#ports, silenceMs };
    const leg = new SipLeg(context, id, organizationId, direction);
    this.#table.add(leg);
    return leg;
  }

  #reported(leg: SipLeg, report: LegReport): void {
    this.#report(leg.id, report);
    if (report.type === 'answered') this.#invitees.answered(leg);
  }

  #report(legId: string, report: LegReport): void {
    this.#runtime?.report(legId, report);
  }

  /** A caller at reception types a number or a PIN: that goes nowhere else. */
  #digit(leg: SipLeg, digit: string, durationMs: number): void {
    const { taken, dropped } = this.#keys.press(leg.id);
    if (!taken) {
      if (dropped === 1) leg.log.warn('keys come too fast, the rest is dropped');
      return;
    }
    const reception = this.#receptions.of(leg);
    if (reception !== null) {
      reception.digit(digit);
      return;
    }
    this.#report(leg.id, { type: 'digit', digit, durationMs });
    this.#controls?.digit(leg, digit);
  }

  #closed(leg: SipLeg, stats: LegStats | null): void {
    this.#table.remove(leg);
    this.#inbound?.closed(leg);
    this.#receptions.closed(leg);
    this.#invitees.closed(leg);
    this.#controls?.closed(leg);
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
