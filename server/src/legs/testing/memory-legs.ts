import { newId } from '../../base/id.ts';
import type { CallRef } from '../../call/model/call.ts';
import type { Device, DialTarget } from '../../call/model/device.ts';
import type { Route } from '../../call/ports.ts';
import { receiveCall } from '../../call/services/receive-call.ts';
import { RtpPhone } from '../../media/testing/rtp-phone.ts';
import type { Leg, LegOwner } from '../leg.ts';
import type { LegDesk, LegHouse, LegKind, PhoneRegistration, Way } from '../leg-kind.ts';
import type { MediaProfile } from '../media-profile.ts';
import { MemoryLeg, type Told } from './memory-leg.ts';

export interface MemoryPhoneSeed {
  readonly device: Extract<Device, { readonly kind: 'extension' }>;
  /** How it is dialled; default: its number. */
  readonly aor?: string;
  /** Hz, what it says. */
  readonly tone: number;
  /** What it registered with; default plain RTP. */
  readonly profile?: MediaProfile;
}

/** A phone without a protocol: it says a tone, and knows how loud a tone is in what it hears. */
export class MemoryPhone {
  readonly device: Extract<Device, { readonly kind: 'extension' }>;
  readonly aor: string;
  readonly profile: MediaProfile;
  readonly sound: RtpPhone;
  /** Of all its legs, in order. */
  readonly told: Told[] = [];
  leg: MemoryLeg | null = null;
  /** Dialled; default: it rings until it is picked up. */
  onDialled: (leg: MemoryLeg) => void = (leg) => leg.rings();

  constructor({ device, aor = device.number, profile = 'rtp' }: MemoryPhoneSeed, sound: RtpPhone) {
    this.device = device;
    this.aor = aor;
    this.profile = profile;
    this.sound = sound;
  }

  press(digits: string): void {
    for (const digit of digits) this.leg?.press(digit);
  }

  /** Of a tone in the last second heard, 0 to 1 of full scale. */
  hears(tone: number): number {
    return this.sound.hears(tone);
  }
}

/** Phones without a protocol, dialled by their address. For tests. */
export class MemoryLegs implements LegKind {
  readonly phones: MemoryPhone[] = [];
  readonly #house: LegHouse;
  #desk: LegDesk | null = null;

  constructor(house: LegHouse) {
    this.#house = house;
  }

  async phone(seed: MemoryPhoneSeed): Promise<MemoryPhone> {
    const phone = new MemoryPhone(seed, await RtpPhone.open({ tone: seed.tone, amplitude: 0.25 }));
    this.phones.push(phone);
    return phone;
  }

  /** The phone calls a conference extension. */
  callConference(phone: MemoryPhone, route: Extract<Route, { kind: 'conference' }>, from: Device = phone.device): void {
    const leg = this.#incoming(phone, route.organizationId);
    this.#desk!.receptions.receive({ leg, from, route, callerKey: `memory:${phone.aor}` });
  }

  /** The phone calls another. */
  async callPhone(phone: MemoryPhone, to: MemoryPhone): Promise<CallRef> {
    const { organizationId, name, number } = phone.device;
    const leg = this.#incoming(phone, organizationId);
    const ref = await this.#desk!.runtime.do(receiveCall, {
      kind: 'call',
      legId: leg.id,
      organizationId,
      from: phone.device,
      to: to.device,
      target: { kind: 'terminal', aor: to.aor },
      callerId: { name, number },
      timeoutMs: 20_000,
    });
    leg.belongsTo(ref.callId);
    return ref;
  }

  start(desk: LegDesk): void {
    this.#desk = desk;
  }

  close(): void {
    for (const { sound } of this.phones) sound.close();
  }

  closed(leg: Leg): void {
    for (const phone of this.phones) if (phone.leg === leg) phone.leg = null;
  }

  /** None of them comes over a trunk. */
  trunkGone(): number {
    return 0;
  }

  ways(to: DialTarget): readonly Way[] {
    if (to.kind !== 'terminal') return [];
    return this.phones.filter(({ aor }) => aor === to.aor).map((phone) => this.#way(phone));
  }

  registrations(): PhoneRegistration[] {
    return [];
  }

  #way(phone: MemoryPhone): Way {
    const { profile } = phone;
    return {
      profile,
      spoken: profile !== 'dtls',
      dial: (id, { callId, organizationId }, owner) => {
        const seed = { id, organizationId, profile, direction: 'outgoing' } as const;
        const leg = this.#leg(phone, seed, owner);
        leg.belongsTo(callId);
        phone.onDialled(leg);
        return leg;
      },
    };
  }

  #incoming(phone: MemoryPhone, organizationId: string): MemoryLeg {
    const { profile } = phone;
    const id = newId(this.#house.random);
    return this.#leg(phone, { id, organizationId, profile, direction: 'incoming' }, this.#house.owner);
  }

  #leg(phone: MemoryPhone, seed: ConstructorParameters<typeof MemoryLeg>[2], owner: LegOwner): MemoryLeg {
    const leg = new MemoryLeg(this.#house, owner, seed, phone.sound, (told) => phone.told.push(told));
    phone.leg = leg;
    return leg;
  }
}
