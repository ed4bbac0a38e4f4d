import type { DialTarget } from '../../call/model/device.ts';
import type { AudioFormat } from '../../sdp/offer-answer.ts';
import { formatUri } from '../../sip/message/uri.ts';
import type { SipUserAgent } from '../../sip/user-agent.ts';
import type { Leg, LegOwner } from '../leg.ts';
import type { LegDesk, LegHouse, LegKind, PhoneRegistration, Way } from '../leg-kind.ts';
import type { Trunks } from '../trunks/trunks.ts';
import { clean, type LegsDirectory, longestName } from './caller.ts';
import { Destinations, type PhoneGroup } from './destinations.ts';
import type { DialogNames, RefusalNotes } from './dialog-names.ts';
import { Inbound } from './inbound.ts';
import { spokenFormats } from './leg-description.ts';
import { type SrtpPolicy, srtpTerms } from './leg-srtp.ts';
import { isSpoken } from './offered-profile.ts';
import { Outbound } from './outbound.ts';
import { OwnPorts } from './own-ports.ts';
import { Refers } from './refers.ts';
import { SipLeg } from './sip-leg.ts';
import type { SipLegSeed } from './sip-leg-context.ts';
import { TrunkLegs } from './trunk-legs.ts';

export interface SipLegsOptions {
  readonly agent: SipUserAgent;
  readonly directory: LegsDirectory;
  /** Host part of our addresses; a From in it that is an extension must prove it. */
  readonly domain: string;
  /** INVITEs outside dialogs; more are refused with 503. Default 200. */
  readonly callsPerSecond?: number;
  /** Legs of guests that may wait for their ACK at once; default 1000. Fewer than there are port pairs. */
  readonly mostUnproven?: number;
  /** How long a phone that should send may be silent although it answers when asked, ms; default null: for ever. */
  readonly silenceMs?: number | null;
  /** What phones and carriers are spoken to in, preferred ones first. Default: PCMU, PCMA. */
  readonly formats?: readonly AudioFormat[];
  /** Whether phones' sound travels under keys that are in the description (SDES). Default: where they speak it. */
  readonly srtp?: SrtpPolicy;
  /** How long a phone rings, ms. Default 60 000. */
  readonly ringTimeoutMs?: number;
  /** The ways to the carriers; started and closed by whoever made them. */
  readonly trunks: Trunks;
  readonly names?: DialogNames;
  readonly refusals?: RefusalNotes;
  /**
   * Whether this leg may be called once more, at what a carrier's 3xx names; counts it. Default: whatever the dial plan
   * allows.
   */
  readonly mayRedirectTo?: (legId: string, target: Extract<DialTarget, { kind: 'trunk' }>) => boolean;
}

/** Legs that are phones by SIP: registered ones, guests, and whoever is at the other end of a trunk. */
export class SipLegs implements LegKind {
  readonly #house: LegHouse;
  #options: SipLegsOptions;
  readonly #ports = new OwnPorts();
  readonly #formats: readonly AudioFormat[];
  readonly #trunkLegs = new TrunkLegs();
  readonly #destinations: Destinations;
  readonly #outbound: Outbound;
  /** What makes a wall-clock time of a monotonic one: taken once, so that the same moment is always told alike, ms. */
  readonly #wallClockBehind: number;
  #inbound: Inbound | null = null;
  #refers: Refers | null = null;

  constructor(house: LegHouse, options: SipLegsOptions) {
    this.#house = house;
    this.#wallClockBehind = house.clock.now() - house.clock.monotonic();
    this.#options = options;
    this.#formats = options.formats ?? spokenFormats;
    const { agent, directory, domain, names, trunks, mayRedirectTo = () => true } = options;
    agent.isCarrier = (flow) => trunks.ofSource(flow) !== null;
    const destinations = new Destinations({
      registrar: agent.registrar,
      directory,
      trunks,
      domain,
      srtp: this.#srtp,
      mayRedirectTo,
    });
    this.#destinations = destinations;
    this.#outbound = new Outbound({ agent, destinations, trunks, trunkLegs: this.#trunkLegs, domain, names });
  }

  start({ receptions, runtime }: LegDesk): void {
    const { clock, log, owner, random } = this.#house;
    const { agent, directory, domain, names, refusals, trunks } = this.#options;
    this.#inbound = new Inbound({
      agent,
      clock,
      directory,
      domain,
      log,
      random,
      trunks,
      trunkLegs: this.#trunkLegs,
      names,
      refusals,
      receptions,
      runtime,
      callsPerSecond: this.#options.callsPerSecond ?? 200,
      mostUnproven: this.#options.mostUnproven ?? 1000,
      ringTimeoutMs: this.#options.ringTimeoutMs ?? 60_000,
      formats: this.#formats,
      srtp: this.#srtp,
      newLeg: (id, organizationId, { profile, srtp }) =>
        this.#newLeg({ id, organizationId, profile, srtp, direction: 'incoming' }, owner),
    });
    agent.onInvite = this.#inbound.receive;
    this.#refers = new Refers({
      agent,
      clock,
      directory,
      domain,
      legs: this.#house.legs,
      runtime,
      ringTimeoutMs: this.#options.ringTimeoutMs ?? 60_000,
    });
  }

  /** New calls a second, and when a call whose phone is silent ends (ms, or null), from here on. */
  limit({ callsPerSecond, silenceMs }: { readonly callsPerSecond: number; readonly silenceMs: number | null }): void {
    this.#options = { ...this.#options, callsPerSecond, silenceMs };
    this.#inbound?.limit(callsPerSecond);
  }

  close(): void {
    this.#options.agent.onInvite = (invite) => invite.reject(503);
    this.#refers?.close();
    this.#refers = null;
  }

  closed(leg: Leg): void {
    this.#inbound?.closed(leg);
    this.#trunkLegs.closed(leg);
  }

  trunkGone(name: string): number {
    return this.#trunkLegs.gone(name);
  }

  /** A carrier is spoken to in plain RTP; an extension is reached by a leg for each offer that its phones need. */
  ways(to: DialTarget): readonly Way[] {
    if (to.kind === 'trunk') return [this.#way({ profile: 'rtp', only: null }, true)];
    return this.#destinations.groupsOf(to.aor).map((group) => this.#way(group, false));
  }

  registrations(extensionId: string): PhoneRegistration[] {
    const { agent, directory } = this.#options;
    const aor = directory.extensionById(extensionId)?.aor ?? null;
    if (aor === null) return [];
    return agent.registrar.contacts(aor).map((binding) => ({
      agent: clean(binding.userAgent, longestName),
      contact: formatUri(binding.contact),
      expiresAt: Math.round(this.#wallClockBehind + binding.expiresAt),
    }));
  }

  #way({ profile, only }: PhoneGroup, carrier: boolean): Way {
    const srtp = srtpTerms(this.#srtp, profile, carrier);
    return {
      profile,
      spoken: isSpoken(profile),
      dial: (id, order, owner) => {
        const { callId, organizationId } = order;
        const leg = this.#newLeg({ id, organizationId, profile, srtp, direction: 'outgoing' }, owner);
        leg.belongsTo(callId);
        this.#outbound.dial(leg, order, only);
        return leg;
      },
    };
  }

  get #srtp(): SrtpPolicy {
    return this.#options.srtp ?? 'optional';
  }

  #newLeg(seed: SipLegSeed, owner: LegOwner): SipLeg {
    const { clock, engine, legs, log, random } = this.#house;
    const silenceMs = this.#options.silenceMs ?? null;
    const leg = new SipLeg(
      { clock, engine, log, random, owner, ports: this.#ports, formats: this.#formats, silenceMs },
      seed,
    );
    leg.onRefer = (refer) => {
      if (this.#refers === null) refer.reject(503);
      else this.#refers.receive(leg, refer);
    };
    legs.add(leg);
    return leg;
  }
}
