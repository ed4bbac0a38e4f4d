import { AppError } from '../../base/app-error.ts';
import { newId } from '../../base/id.ts';
import { SharedPlaces } from '../../base/shared-places.ts';
import type { DialTarget } from '../../call/model/device.ts';
import type { Leg } from '../leg.ts';
import type { LegDesk, LegHouse, LegKind, PhoneRegistration, Way } from '../leg-kind.ts';
import type { BrowserCall, BrowserEntry } from './browser-call.ts';
import type { BrowserPhoneEntry } from './browser-phone.ts';
import { WebConferenceCall } from './web-conference-call.ts';
import { WebLeg, type WebLegSeed } from './web-leg.ts';
import { readOffer } from './web-offer.ts';
import type { PhoneDirectory, WebPhone } from './web-phone.ts';
import { WebPhones } from './web-phones.ts';

/** Browsers whose offer was answered and that were not heard yet. */
const unheardLimits = { most: 1000, yieldingPerSource: 100, yieldingPerNetwork: 200 };

interface Unheard {
  readonly leg: WebLeg;
  readonly address: string;
}

/** Legs that are browsers. They come in by `join`; those that are phones of an extension can be dialled. */
export class WebLegs implements LegKind {
  readonly #house: LegHouse;
  readonly #open = new Set<Leg>();
  readonly #phones: WebPhones;
  /** Who offers and does not come gives way to who offers next: first of those of its own address. */
  readonly #unheard = new SharedPlaces<Unheard>(unheardLimits, {
    addressOf: ({ address }) => address,
    standing: ({ leg }) => (leg.sounded ? 'stays' : 'yields'),
    end: ({ leg }) => leg.gone('timeout'),
  });
  #desk: LegDesk | null = null;
  #closed = false;

  constructor(house: LegHouse, directory: PhoneDirectory) {
    this.#house = house;
    const newLeg = this.#newLeg.bind(this);
    this.#phones = new WebPhones({ house, directory, newLeg, desk: () => this.#openDesk() });
  }

  /** From now on a browser is a phone of an extension. Errors: limitExceeded, unavailable. */
  phone(entry: BrowserPhoneEntry): WebPhone {
    this.#openDesk();
    return this.#phones.register(entry);
  }

  /** Whether this leg is a browser. */
  has(legId: string): boolean {
    const leg = this.#house.legs.get(legId);
    return leg !== null && this.#open.has(leg);
  }

  /**
   * Takes an offer: the browser is in the conference, or asked for a passcode, when this resolves. Errors:
   * invalidArgument (details.code says `badOffer` or `noAudio`), notAcceptableMedia, conferenceFull, conferenceLocked,
   * unavailable.
   */
  async join(entry: BrowserEntry): Promise<BrowserCall> {
    const desk = this.#openDesk();
    const read = readOffer(entry.offer, entry.listens);
    const { random } = this.#house;
    const { address, conference } = entry;
    if (!this.#unheard.mayCome(address)) {
      throw new AppError('unavailable', 'Too many browsers are joining at once; try again shortly.');
    }
    const { organizationId } = conference.device;
    const leg = this.#newLeg({ id: newId(random), organizationId, direction: 'incoming' });
    const unheard: Unheard = { leg, address };
    const forget = () => this.#unheard.remove(unheard);
    this.#unheard.add(unheard, true);
    leg.whenConfirmed(forget);
    const call = new WebConferenceCall({ desk, random, leg, entry, read, closed: forget });
    try {
      await call.begin();
      return call;
    } catch (error) {
      leg.refuse('resourcesNotAvailable');
      throw error;
    }
  }

  start(desk: LegDesk): void {
    this.#desk = desk;
  }

  close(): void {
    this.#closed = true;
    this.#phones.close();
  }

  closed(leg: Leg): void {
    this.#open.delete(leg);
  }

  /** None of them comes over a trunk. */
  trunkGone(): number {
    return 0;
  }

  ways(to: DialTarget): readonly Way[] {
    return to.kind === 'terminal' && !this.#closed ? this.#phones.ways(to.aor) : [];
  }

  registrations(extensionId: string): PhoneRegistration[] {
    return this.#phones.registrations(extensionId);
  }

  #openDesk(): LegDesk {
    if (this.#desk === null || this.#closed) throw new AppError('unavailable', 'The server takes no calls.');
    return this.#desk;
  }

  #newLeg(seed: WebLegSeed, owner = this.#house.owner): WebLeg {
    const { clock, engine, legs, log } = this.#house;
    const leg = new WebLeg({ clock, engine, log, owner }, seed);
    legs.add(leg);
    this.#open.add(leg);
    return leg;
  }
}
