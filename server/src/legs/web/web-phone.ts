import { AppError } from '../../base/app-error.ts';
import { newId } from '../../base/id.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { CallerId } from '../../call/model/device.ts';
import type { Caller, DirectoryPort } from '../../call/ports.ts';
import { receiveCall } from '../../call/services/receive-call.ts';
import { deviceOf, organizationOf, receiveDevice } from '../begun-call.ts';
import type { Leg, LegOwner } from '../leg.ts';
import type { DialOrder, LegDesk, LegHouse } from '../leg-kind.ts';
import type { BrowserPhone, BrowserPhoneCall, BrowserPhoneEntry } from './browser-phone.ts';
import type { WebLeg, WebLegNews, WebLegSeed } from './web-leg.ts';
import { answerTo, readOffer } from './web-offer.ts';

/** What a browser that is a phone asks of the directory. */
export interface PhoneDirectory extends Pick<DirectoryPort, 'route'> {
  callerOf(extensionId: string): Extract<Caller, { kind: 'extension' }> | null;
  /** The extension that is dialled under this address-of-record; null when there is none. */
  callerOfAor(aor: string): Extract<Caller, { kind: 'extension' }> | null;
  /** What called phones are shown for this extension. */
  callerIdOf(extensionId: string): CallerId | null;
}

export interface WebPhoneParts {
  readonly house: LegHouse;
  readonly directory: PhoneDirectory;
  /** Throws AppError unavailable. */
  readonly desk: () => LegDesk;
  readonly newLeg: (seed: WebLegSeed, owner?: LegOwner) => WebLeg;
}

interface PhoneCall {
  readonly leg: WebLeg;
  call: BrowserPhoneCall;
}

const mostCalls = 8;
const ringTimeoutMs = 60_000;
const keyMs = 100;
const longestDialled = 64;

/**
 * A browser that is a phone of an extension, from its registration until it signs out, is displaced or does not come
 * back: what a registered phone by SIP is, with an offer and an answer of its own for each call.
 */
export class WebPhone implements BrowserPhone {
  readonly entry: BrowserPhoneEntry;
  readonly #parts: WebPhoneParts;
  readonly #ended: () => void;
  readonly #calls = new Map<string, PhoneCall>();
  readonly #dials = new RateLimit({ perSecond: 2, burst: 10 });
  #over = false;
  #reachable = false;

  constructor(parts: WebPhoneParts, entry: BrowserPhoneEntry, ended: () => void) {
    this.#parts = parts;
    this.entry = entry;
    this.#ended = ended;
  }

  get calls(): BrowserPhoneCall[] {
    return [...this.#calls.values()].map(({ call }) => call);
  }

  /** Somebody listens there: else it does not ring. Set by whoever speaks with the browser. */
  get reachable(): boolean {
    return this.#reachable;
  }

  set reachable(reachable: boolean) {
    this.#reachable = reachable;
    if (reachable) for (const { leg } of this.#calls.values()) leg.pageIsThere();
  }

  /** Signs out; its calls end. Idempotent. */
  end(cause: Cause = 'normal'): void {
    if (this.#over) return;
    this.#over = true;
    this.#reachable = false;
    for (const { leg } of [...this.#calls.values()]) leg.gone(leg.state === 'dialling' ? 'destNotObtainable' : cause);
    this.#ended();
  }

  /** A call to it. */
  ring(legId: string, order: DialOrder, owner: LegOwner): Leg {
    const { organizationId, callId, callerId, timeoutMs, autoAnswer } = order;
    const leg = this.#parts.newLeg({ id: legId, organizationId, direction: 'outgoing' }, owner);
    leg.belongsTo(callId);
    if (this.#calls.size >= mostCalls) {
      leg.gone('busy');
      return leg;
    }
    this.#keep(leg, { state: 'ringing', party: callerId, autoAnswer });
    leg.rings(timeoutMs);
    return leg;
  }

  /**
   * Calls what was dialled, as a phone does. Gives the answer to its offer at once; what becomes of the call is told.
   * Errors: those of an offer, notFound, destinationNotAllowed, limitExceeded, tooManyRequests, unavailable.
   */
  async dial(dialled: string, text: string): Promise<{ readonly callId: string; readonly answer: string }> {
    const { directory, house } = this.#parts;
    const { extensionId } = this.entry;
    const { receptions, runtime } = this.#parts.desk();
    const caller = this.#over || !this.entry.allowed() ? null : directory.callerOf(extensionId);
    if (caller === null) throw new AppError('forbidden', 'This browser is no longer a phone of that extension.');
    if (dialled === '' || dialled.length > longestDialled)
      throw new AppError('invalidArgument', 'That is not a number that can be dialled.');
    if (this.#calls.size >= mostCalls) throw new AppError('limitExceeded', 'This phone is in too many calls.');
    if (!this.#dials.admit('', house.clock.monotonic())) {
      throw new AppError('tooManyRequests', 'This phone dials too fast.');
    }
    const read = readOffer(text);
    const route = directory.route(dialled, caller);
    if (route.kind === 'refused') {
      if (route.status === 404) throw new AppError('notFound', 'There is nothing at that number.');
      throw new AppError('destinationNotAllowed', 'That number cannot be called.', {}, 403);
    }
    const id = newId(house.random);
    const leg = this.#parts.newLeg({ id, organizationId: organizationOf(caller, route), direction: 'incoming' });
    this.#keep(leg, { state: 'dialling', party: { name: '', number: dialled }, autoAnswer: false });
    try {
      const local = await leg.offer(read.offer, read.agreed);
      // A leg that is over reports nothing more: whom it calls would ring for nobody.
      if (leg.state === 'closed') throw new AppError('unavailable', 'The call is over.');
      if (route.kind === 'conference') {
        receptions.receive({ leg, from: deviceOf(caller), route, callerKey: `extension:${extensionId}` });
      } else {
        const callerId = directory.callerIdOf(extensionId) ?? { name: caller.name, number: caller.number };
        const request = receiveDevice(leg, caller, route, { callerId, timeoutMs: ringTimeoutMs });
        const ref = await runtime.do(receiveCall, request);
        leg.belongsTo(ref.callId);
      }
      return { callId: id, answer: answerTo(read, local, id, house.random) };
    } catch (error) {
      leg.refuse('resourcesNotAvailable');
      throw error;
    }
  }

  /** Answers what rings. Errors: those of an offer, notFound, conflict (picked up already), unavailable. */
  async pickUp(callId: string, text: string): Promise<string> {
    const own = this.#find(callId);
    const read = readOffer(text);
    const local = await own.leg.pickUp(read.offer, read.agreed);
    if (local === null) throw new AppError('conflict', 'This call does not ring any more.');
    this.#change(own, { state: 'established' });
    return answerTo(read, local, callId, this.#parts.house.random);
  }

  /**
   * The browser comes another way in this call, with an offer of it: it has another network, or what was is broken. The
   * call stays as it is. Errors: those of an offer, notFound (it only rings, or is over, also), unavailable.
   */
  async move(callId: string, text: string): Promise<string> {
    const { leg } = this.#find(callId);
    const read = readOffer(text);
    const local = await leg.move(read.offer, read.agreed);
    if (local === null) throw new AppError('notFound', 'This call has no sound.');
    return answerTo(read, local, callId, this.#parts.house.random);
  }

  /** Turns away what rings, `busy` or not, or hangs up. */
  hangUp(callId: string, busy = false): void {
    const { leg } = this.#find(callId);
    leg.gone(leg.state === 'dialling' ? (busy ? 'busy' : 'callRejected') : 'normal');
  }

  /** The others hear music meanwhile. */
  hold(callId: string, held: boolean): void {
    this.#find(callId).leg.hold(held);
  }

  press(callId: string, digits: string): void {
    const { leg } = this.#find(callId);
    for (const digit of digits) leg.press(digit, keyMs);
  }

  #find(callId: string): PhoneCall {
    const own = this.#calls.get(callId);
    if (own === undefined) throw new AppError('notFound', 'This phone has no such call.');
    return own;
  }

  #keep(
    leg: WebLeg,
    { state, party, autoAnswer }: { state: BrowserPhoneCall['state']; party: CallerId; autoAnswer: boolean },
  ): void {
    const { id, direction } = leg;
    const own: PhoneCall = { leg, call: { id, direction, state, party, autoAnswer, early: false, reason: null } };
    this.#calls.set(id, own);
    leg.onNews = (news) => this.#told(own, news);
    this.entry.tell(own.call);
  }

  #told(own: PhoneCall, news: WebLegNews): void {
    switch (news.type) {
      case 'ringing':
        this.#change(own, { state: 'ringing', early: news.early });
        break;
      case 'answered':
        this.#change(own, { state: 'established' });
        break;
      case 'pickUp':
        this.entry.pickUp(own.call.id);
        break;
      case 'closed':
        this.#calls.delete(own.call.id);
        this.#change(own, { state: 'ended', reason: news.cause });
    }
  }

  #change(own: PhoneCall, change: Partial<BrowserPhoneCall>): void {
    own.call = { ...own.call, ...change };
    this.entry.tell(own.call);
  }
}
