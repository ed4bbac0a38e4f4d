import type { Clock } from '../../base/clock.ts';
import { asked, type TracedWork } from '../../base/tracing.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Refusal } from '../../call/model/refusal.ts';
import type { LegReport } from '../../call/step/reports.ts';
import type { InfoDigit } from '../../sip/dialog/info-digits.ts';
import { numberOrName } from '../../sip/message/telephone-subscriber.ts';
import type { InviteSession, OutgoingInvite, SipUserAgent } from '../../sip/user-agent.ts';
import { CalledProgress } from './called-progress.ts';
import { clean, longestNumber } from './caller.ts';
import { refusalOf } from './leg-causes.ts';
import { talk } from './phone-hold.ts';
import type { CallWay, CauseOf } from './sip-leg-context.ts';

type Delivered = Extract<LegReport, { readonly type: 'delivered' }>;
type SentOn = Extract<LegReport, { readonly type: 'sentOn' }>;

/** Not with this description (RFC 3261 §21.4.26, §21.6.4): with another one perhaps. */
const notAcceptable: readonly number[] = [488, 606];

export interface CalledPhoneOwner {
  /** A description before the answer. Whether it lets the phone send; null when it cannot be used. */
  describedEarly(sdp: string | null): boolean | null;
  news(report: Delivered | SentOn): void;
  /** A key that an INFO told. */
  pressed(key: InfoDigit): void;
  accepted(session: InviteSession, sdp: string | null): void;
  /** Nobody was reached. */
  failed(cause: Cause, refusal: Refusal | null): void;
}

/**
 * The phone, or the several of one extension, that a leg calls, until one has answered: our INVITE, and what is told of
 * its progress.
 */
export class CalledPhone {
  readonly #clock: Clock;
  readonly #owner: CalledPhoneOwner;
  readonly #progress = new CalledProgress();
  #invite: OutgoingInvite | null = null;
  #span: TracedWork | null = null;
  /** It was told that it rings or is heard. */
  #told = false;
  #answerable = false;

  constructor(clock: Clock, owner: CalledPhoneOwner) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** `offers`: what is offered, and what else when that is not acceptable; `causeOf` says what a refusal means. */
  call(agent: Pick<SipUserAgent, 'invite'>, way: CallWay, offers: () => string | null, causeOf: CauseOf): void {
    const offer = offers();
    if (offer !== null) this.#call(agent, way, [offer, offers], causeOf);
  }

  #call(
    agent: Pick<SipUserAgent, 'invite'>,
    way: CallWay,
    [offer, others]: readonly [string, () => string | null],
    causeOf: CauseOf,
  ): void {
    const span = asked('INVITE', { 'rpc.system': 'sip' });
    this.#span = span;
    this.#invite = agent.invite({
      ...way,
      offer,
      onProgress: (status, sdp) => {
        span.note(String(status));
        this.#progressed(status, sdp);
      },
      onKey: (key) => this.#owner.pressed(key),
      onRedirected: (uri) => this.#owner.news({ type: 'sentOn', to: clean(numberOrName(uri), longestNumber) }),
      onFewer: () => this.#tell(null),
      onAccepted: (session, sdp) => {
        this.#invite = null;
        span.end({ 'sip.response.status_code': 200 });
        this.#owner.accepted(session, sdp);
        // We have offered, so the ACK needs no description.
        return null;
      },
      onRejected: (status, _reason, said) => {
        this.#invite = null;
        span.end({ 'sip.response.status_code': status }, String(status));
        const other = notAcceptable.includes(status) ? others() : null;
        if (other !== null) {
          this.#call(agent, way, [other, others], causeOf);
          return;
        }
        const refusal = said === null ? null : refusalOf(status, said);
        this.#owner.failed(causeOf(status, this.#progress.began), refusal);
      },
    });
  }

  /** Packets come from there, or do so no longer. */
  sounds(sounds: boolean): void {
    this.#tell(this.#progress.sounds(sounds, this.#clock.monotonic()));
  }

  /** Has the phone answer, if it takes that. */
  answer(): void {
    this.#invite?.notify(talk);
  }

  /** `reason`: value of a Reason header. Idempotent. */
  cancel(reason: string): void {
    const invite = this.#invite;
    this.#invite = null;
    invite?.cancel(reason);
    this.#span?.end({}, 'cancelled');
  }

  #progressed(status: number, sdp: string | null): void {
    // 199: one of several called gave up (RFC 6228).
    if (this.#invite === null || status < 180 || status === 199) return;
    const maySend = this.#owner.describedEarly(sdp);
    this.#tell(this.#progress.said(status, maySend, this.#clock.monotonic()));
  }

  #tell(news: Delivered | null): void {
    this.#told ||= news !== null;
    const answerable = this.#invite?.takes(talk) ?? false;
    const changed = answerable !== this.#answerable;
    if (!this.#told || (news === null && !changed)) return;
    this.#answerable = answerable;
    this.#owner.news({ ...(news ?? { type: 'delivered' }), ...(changed ? { answerable } : {}) });
  }
}
