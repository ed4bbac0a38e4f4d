import { AppError } from '../../base/app-error.ts';
import type { Random } from '../../base/random.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Device } from '../../call/model/device.ts';
import { enterConference } from '../../call/services/enter-conference.ts';
import type { LegDesk } from '../leg-kind.ts';
import type { BrowserCall, BrowserEntry, BrowserRight } from './browser-call.ts';
import type { WebLeg } from './web-leg.ts';
import { answerTo, type ReadOffer, readOffer, readRestart, restartedAs } from './web-offer.ts';

/** How long a key of a browser sounds for others, ms. */
const keyMs = 100;

interface WebConferenceCallParts {
  readonly desk: LegDesk;
  readonly random: Random;
  readonly leg: WebLeg;
  readonly entry: BrowserEntry;
  /** The offer of `entry`. */
  readonly read: ReadOffer;
  /** The leg is closed. */
  readonly closed: () => void;
}

/**
 * A browser's call to a conference:
 *
 *   asked     a passcode is asked for (an access call)              → waiting, entered
 *   waiting   at the door of a locked conference, hearing nothing   → entered
 *   entered   in the conference
 *
 * Whose right is established begins with `entered`, or with `waiting` where the conference is locked. The leg may be
 * closed in any of them.
 */
export class WebConferenceCall implements BrowserCall {
  readonly legId: string;
  /** SDP, once it has begun. */
  answer = '';
  readonly #parts: WebConferenceCallParts;
  /** The last offer that was answered. */
  #read: ReadOffer;
  #right: BrowserRight | null;
  #waits = false;
  #ended: Cause | null = null;
  #onEnded: ((cause: Cause) => void) | null = null;
  #onWaits: () => void = () => {};

  constructor(parts: WebConferenceCallParts) {
    this.#parts = parts;
    this.#read = parts.read;
    this.#right = parts.entry.admitted;
    this.legId = parts.leg.id;
    parts.leg.onNews = (news) => {
      if (news.type === 'closed') this.#closed(news.cause);
    };
  }

  /**
   * Opens the sound, then goes in, or has a passcode asked for. Errors: conferenceFull, conferenceLocked, unavailable.
   */
  async begin(): Promise<void> {
    const { entry, leg, random } = this.#parts;
    const local = await leg.offer(this.#read.offer, this.#read.agreed);
    if (entry.admitted === null) this.#askForPasscode();
    else await this.#enterOrWait(entry.admitted);
    this.answer = answerTo(this.#read, local, leg.id, random);
  }

  get waits(): boolean {
    return this.#waits;
  }

  get mayWait(): boolean {
    const { desk, entry, leg } = this.#parts;
    return (
      entry.mayKnock === true &&
      entry.guest !== undefined &&
      desk.receptions.of(leg) !== null &&
      desk.runtime.callOfConference(entry.guest.policy.conferenceId)?.locked === true
    );
  }

  onEnded(told: (cause: Cause) => void): void {
    this.#onEnded = told;
    if (this.#ended !== null) told(this.#ended);
  }

  onWaits(told: () => void): void {
    this.#onWaits = told;
  }

  wait(): boolean {
    const { desk, entry, leg } = this.#parts;
    if (entry.guest === undefined || !this.mayWait) return false;
    // From now on nothing is asked, and nothing is said.
    desk.receptions.of(leg)?.end();
    this.#waitAs(entry.guest);
    return true;
  }

  async enter(): Promise<void> {
    if (this.#waits && this.#right !== null && this.#parts.leg.state !== 'closed') await this.#enter(this.#right, true);
  }

  async move(offer: string): Promise<string> {
    const { entry, leg, random } = this.#parts;
    const next = readOffer(offer, entry.listens);
    const local = await leg.move(next.offer, next.agreed);
    if (local === null) throw callOver();
    this.#read = next;
    return answerTo(next, local, leg.id, random);
  }

  async restart(fragment: string): Promise<string> {
    const read = this.#read;
    const restarted = await this.#parts.leg.restart(readRestart(fragment, read));
    if (restarted === null) throw callOver();
    return restartedAs(read, restarted);
  }

  hold(held: boolean): void {
    this.#parts.leg.hold(held);
  }

  pageIsThere(): void {
    this.#parts.leg.pageIsThere();
  }

  /** As typed on a phone, once the dialogue has begun. */
  givePasscode(passcode: string): boolean {
    const { leg, desk } = this.#parts;
    if (desk.receptions.of(leg) === null) return false;
    leg.whenConfirmed(() => {
      for (const digit of `${passcode}#`) desk.receptions.of(leg)?.digit(digit);
    });
    return true;
  }

  press(digits: string): void {
    for (const digit of digits) this.#parts.leg.press(digit, keyMs);
  }

  end(): void {
    this.#parts.leg.gone('normal');
  }

  /** It has no number, as a caller who hides it. */
  get #device(): Device {
    return { kind: 'external', number: 'anonymous', name: this.#parts.entry.name };
  }

  async #enterOrWait(right: BrowserRight): Promise<void> {
    const { desk, entry } = this.#parts;
    try {
      await seated(desk.receptions.seats, right.policy.conferenceId, () => this.#enter(right, false));
    } catch (error) {
      this.#waits = entry.mayKnock === true && error instanceof AppError && error.code === 'conferenceLocked';
      if (!this.#waits) throw error;
    }
  }

  async #enter(right: BrowserRight, invited: boolean): Promise<void> {
    const { desk, leg } = this.#parts;
    const ref = await desk.runtime.do(enterConference, { legId: leg.id, device: this.#device, ...right, invited });
    leg.belongsTo(ref.callId);
    this.#waits = false;
  }

  #askForPasscode(): void {
    const { desk, entry, leg } = this.#parts;
    const { device, number: conferenceNumber } = entry.conference;
    const { extensionId, organizationId } = device;
    const route = { kind: 'conference', device, organizationId, extensionId, conferenceNumber, pin: null } as const;
    const whereLocked = entry.mayKnock === true ? { atDoor: (right: BrowserRight) => this.#waitAs(right) } : {};
    desk.receptions.receive({ leg, from: this.#device, route, callerKey: entry.callerKey, ...whereLocked });
  }

  #waitAs(right: BrowserRight): void {
    this.#right = right;
    this.#waits = true;
    this.#onWaits();
  }

  #closed(cause: Cause): void {
    this.#ended = cause;
    this.#parts.closed();
    this.#onEnded?.(cause);
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

function callOver(): AppError {
  return new AppError('unavailable', 'The call is over.');
}
