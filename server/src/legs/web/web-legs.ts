import { AppError } from '../../base/app-error.ts';
import { newId } from '../../base/id.ts';
import { SharedPlaces } from '../../base/shared-places.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Device, DialTarget } from '../../call/model/device.ts';
import { enterConference } from '../../call/services/enter-conference.ts';
import type { Leg } from '../leg.ts';
import type { LegDesk, LegHouse, LegKind, PhoneRegistration, Way } from '../leg-kind.ts';
import type { BrowserCall, BrowserEntry, BrowserRight } from './browser-call.ts';
import type { BrowserPhoneEntry } from './browser-phone.ts';
import { WebLeg, type WebLegSeed } from './web-leg.ts';
import { answerTo, readOffer, readRestart, restartedAs } from './web-offer.ts';
import type { PhoneDirectory, WebPhone } from './web-phone.ts';
import { WebPhones } from './web-phones.ts';

const keyMs = 100;

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
  async join({
    offer: text,
    name,
    conference,
    admitted,
    guest,
    callerKey,
    address,
    listens = false,
    mayKnock = false,
  }: BrowserEntry): Promise<BrowserCall> {
    const desk = this.#openDesk();
    let read = readOffer(text, listens);
    const { random } = this.#house;
    const { organizationId } = conference.device;
    const id = newId(random);
    if (!this.#unheard.mayCome(address)) throw new AppError('unavailable', 'Too many browsers are on their way.');
    const leg = this.#newLeg({ id, organizationId, direction: 'incoming' });
    const unheard: Unheard = { leg, address };
    this.#unheard.add(unheard, true);
    leg.whenConfirmed(() => this.#unheard.remove(unheard));
    let ended: Cause | null = null;
    let tell: ((cause: Cause) => void) | null = null;
    leg.onNews = (news) => {
      if (news.type !== 'closed') return;
      ended = news.cause;
      this.#unheard.remove(unheard);
      tell?.(news.cause);
    };
    try {
      const local = await leg.offer(read.offer, read.agreed);
      // It has no number, as a caller who hides it.
      const device: Device = { kind: 'external', number: 'anonymous', name };
      let waits = false;
      let right = admitted;
      let atDoor = () => {};
      const enter = async (invited: boolean) => {
        const ref = await desk.runtime.do(enterConference, { legId: id, device, ...right!, invited });
        leg.belongsTo(ref.callId);
        waits = false;
      };
      const wait = (as: BrowserRight) => {
        right = as;
        waits = true;
        atDoor();
      };
      const mayWait = () =>
        mayKnock &&
        guest !== undefined &&
        desk.receptions.of(leg) !== null &&
        desk.runtime.callOfConference(guest.policy.conferenceId)?.locked === true;
      if (admitted !== null) {
        const { conferenceId } = admitted.policy;
        await seated(desk.receptions.seats, conferenceId, () => enter(false)).catch((error) => {
          waits = mayKnock && error instanceof AppError && error.code === 'conferenceLocked';
          if (!waits) throw error;
        });
      } else {
        const { extensionId } = conference.device;
        const to = { conferenceNumber: conference.number, pin: null };
        const route = { kind: 'conference', device: conference.device, organizationId, extensionId, ...to } as const;
        const whereLocked = mayKnock ? { atDoor: wait } : {};
        desk.receptions.receive({ leg, from: device, route, callerKey, ...whereLocked });
      }
      const answer = answerTo(read, local, id, random);
      return {
        legId: id,
        answer,
        onEnded(told) {
          tell = told;
          if (ended !== null) told(ended);
        },
        get waits() {
          return waits;
        },
        onWaits(told) {
          atDoor = told;
        },
        get mayWait() {
          return mayWait();
        },
        wait() {
          if (guest === undefined || !mayWait()) return false;
          // From now on nothing is asked, and nothing is said.
          desk.receptions.of(leg)?.end();
          wait(guest);
          return true;
        },
        async enter() {
          if (waits && leg.state !== 'closed') await enter(true);
        },
        async move(again) {
          const next = readOffer(again, listens);
          const local = await leg.move(next.offer, next.agreed);
          if (local === null) throw new AppError('unavailable', 'The call is over.');
          read = next;
          return answerTo(next, local, id, random);
        },
        async restart(fragment) {
          const now = read;
          const restarted = await leg.restart(readRestart(fragment, now));
          if (restarted === null) throw new AppError('unavailable', 'The call is over.');
          return restartedAs(now, restarted);
        },
        hold: (held) => leg.hold(held),
        pageIsThere: () => leg.pageIsThere(),
        givePasscode: (passcode) => this.#givePasscode(leg, passcode),
        press: (digits) => {
          for (const digit of digits) leg.press(digit, keyMs);
        },
        end: () => leg.gone('normal'),
      };
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

  /** As typed on a phone, once the dialogue has begun. */
  #givePasscode(leg: WebLeg, passcode: string): boolean {
    const receptions = this.#desk?.receptions;
    if (receptions === undefined || receptions.of(leg) === null) return false;
    leg.whenConfirmed(() => {
      for (const digit of `${passcode}#`) receptions.of(leg)?.digit(digit);
    });
    return true;
  }
}

/** Where it is full, one who was never heard of gives its seat up. */
async function seated(seats: LegDesk['receptions']['seats'], conferenceId: string, enter: () => Promise<void>) {
  for (;;) {
    try {
      await enter();
      return;
    } catch (error) {
      const isFull = error instanceof AppError && error.code === 'conferenceFull';
      if (!isFull || !(await seats.free(conferenceId))) throw error;
    }
  }
}
