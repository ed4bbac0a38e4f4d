import type { Log } from '../../base/log.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Refusal } from '../../call/model/refusal.ts';
import type { LegReport } from '../../call/step/reports.ts';
import type { ParsedSession } from '../../sdp/offer-answer.ts';
import { addressOf, signalledFrom } from '../../sip/dialog/signalled-from.ts';
import { warningValue } from '../../sip/dialog/warning.ts';
import type { Replaces } from '../../sip/message/replaces.ts';
import type { IncomingInvite, InviteSession, OnRefer, ReinviteReply, SipUserAgent } from '../../sip/user-agent.ts';
import type { Leg, LegState, MediaNews } from '../leg.ts';
import type { MediaLeg } from '../media-leg.ts';
import type { MediaProfile } from '../media-profile.ts';
import { CalledPhone } from './called-phone.ts';
import { DescribedMedia } from './described-media.ts';
import { causeOfEnd, reasonOf, statusOf, toldAs } from './leg-causes.ts';
import { LegKeys } from './leg-keys.ts';
import { LegWatch } from './leg-watch.ts';
import { PhoneHold } from './phone-hold.ts';
import { PhoneTransfer } from './phone-transfer.ts';
import type { CallWay, CauseOf, SipLegContext, SipLegSeed } from './sip-leg-context.ts';
import { WaitingCaller } from './waiting-caller.ts';

/**
 * One phone by SIP: one INVITE session and its media, from the first message to the last. It owns both and closes both.
 * The states are those of `Leg`: `accepted` is from our 200 to its ACK. What the two sides say of their media is the
 * business of `DescribedMedia`.
 *
 * Sound may flow in `offered` and `dialling` too (early media): where our 183 answered a caller we trust, or a called
 * party's did.
 */
export class SipLeg implements Leg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly profile: MediaProfile;
  readonly media: MediaLeg;
  readonly heard: MediaNews;
  readonly transfer: PhoneTransfer;
  /** Its phone wants its call sent on. Set before there is a session. */
  onRefer: OnRefer = null;
  readonly #context: SipLegContext;
  readonly #described: DescribedMedia;
  readonly #caller: WaitingCaller;
  readonly #called: CalledPhone;
  readonly #watch: LegWatch;
  readonly #keys: LegKeys;
  readonly #hold: PhoneHold;
  #log: Log;
  #state: LegState;
  #invite: IncomingInvite | null = null;
  #session: InviteSession | null = null;
  #whenConfirmed: (() => void)[] = [];

  constructor(context: SipLegContext, { id, organizationId, direction, profile, srtp }: SipLegSeed) {
    const { clock, engine, owner, ports, formats, random } = context;
    this.#context = context;
    this.id = id;
    this.organizationId = organizationId;
    this.direction = direction;
    this.profile = profile;
    this.#log = context.log.child({ leg: id });
    this.#state = direction === 'incoming' ? 'offered' : 'dialling';
    this.#called = new CalledPhone(clock, {
      describedEarly: (sdp) => this.#describedEarly(sdp),
      news: (report) => this.#report(report),
      pressed: (key) => this.#pressed('info', key),
      accepted: (session, sdp) => this.#accepted(session, sdp),
      failed: (cause, refusal) => this.fail(cause, refusal),
    });
    this.#keys = new LegKeys(clock, (digit, durationMs) => owner.digit(this, digit, durationMs));
    this.#watch = new LegWatch({
      clock,
      silenceMs: context.silenceMs,
      session: () => (this.#state === 'confirmed' ? this.#session : null),
      lost: (reason) => {
        this.#log.warn({ reason }, 'the media of a leg is lost');
        this.#report({ type: 'mediaLost' });
      },
      end: (cause) => this.peerGone(cause),
    });
    this.transfer = new PhoneTransfer(clock);
    this.#hold = new PhoneHold({ session: () => this.#session, report: (report) => this.#report(report) });
    const onFailure = (error: Error) => this.#mediaLost(error.message);
    this.#described = new DescribedMedia({ engine, random, ports, formats, srtp, id, organizationId, onFailure });
    this.#caller = new WaitingCaller({
      described: this.#described,
      waits: () => this.#state === 'offered',
      describedEarly: () => this.#configure(),
    });
    this.media = this.#described.leg;
    this.#described.opened.catch((error) => this.#noMedia(error));
    this.heard = {
      digit: (digit, durationMs) => this.#pressed('rtp', { digit, durationMs }),
      talking: (talking) => this.#report({ type: 'talking', talking }),
      sounds: (sounds) => {
        if (this.#state === 'dialling') this.#called.sounds(sounds);
      },
      silent: (silentMs) => {
        // Before the answer a carrier need not say anything.
        const { negotiated } = this.#described;
        if (negotiated !== null && this.answered) this.#watch.silent(silentMs, negotiated);
      },
      lost: (reason) => this.#mediaLost(reason),
    };
  }

  get state(): LegState {
    return this.#state;
  }

  get answered(): boolean {
    return this.#state === 'accepted' || this.#state === 'confirmed';
  }

  /** Keys in the description are as secret as the signalling. */
  get isEncrypted(): boolean {
    return this.#described.negotiated?.srtp != null && this.#session?.isOverTls === true;
  }

  get log(): Log {
    return this.#log;
  }

  /** Under which id the call model knows it. */
  get knownAs(): string {
    return this.#context.owner.idOf(this);
  }

  /** Whether a Replaces names its dialog. */
  isNamed(replaces: Replaces): boolean {
    return (this.#session ?? this.#invite)?.isNamed(replaces) ?? false;
  }

  belongsTo(callId: string): void {
    this.#log = this.#context.log.child({ call: callId, leg: this.id });
  }

  whenHearing(action: () => void): void {
    if (this.#state === 'offered' && this.#caller.early) action();
    else this.whenConfirmed(action);
  }

  whenConfirmed(action: () => void): void {
    if (this.#state === 'confirmed') action();
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  // ── incoming ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The INVITE this leg is for; `offer` null when the caller leaves it to us. `trusted`: it may get sound before its
   * ACK.
   */
  receive(invite: IncomingInvite, offer: ParsedSession | null, trusted: boolean): void {
    this.#invite = invite;
    this.#caller.receive(invite, trusted);
    this.#described.receive(offer, trusted ? null : addressOf(invite.flow));
    invite.onCancelled = () => this.#gone('callCancelled');
    invite.onKey = (key) => this.#pressed('info', key);
  }

  ring(early: boolean): void {
    this.#caller.ring(early);
  }

  forwarded(): void {
    this.#caller.forwarded();
  }

  /** 200 as soon as there is a port; a phone that rings is told to answer. */
  answer(): void {
    if (this.#state === 'dialling') this.#called.answer();
    if (this.#state === 'closed') this.#report({ type: 'cleared', cause: 'callCancelled' });
    if (this.#state !== 'offered') return;
    this.#state = 'answering';
    this.#described.opened.then(
      () => {
        if (this.#state === 'answering') this.#accept();
      },
      () => {}, // #noMedia has refused the INVITE.
    );
  }

  takeBack(): void {
    this.#hold.takeBack();
  }

  refuse(cause: Cause, retryAfterMs: number | null = null): void {
    const seconds = retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / 1000));
    this.reject(statusOf(cause), seconds === null ? [] : [['Retry-After', String(seconds)]]);
  }

  /** As `refuse`, in SIP's own words. */
  reject(status: number, headers: readonly (readonly [string, string])[] = []): void {
    if (this.#state !== 'offered' && this.#state !== 'answering') return;
    this.#invite?.reject(status, undefined, headers);
    this.#finish();
  }

  #accept(): void {
    const invite = this.#invite!;
    const described = this.#described.answerCall();
    if (!described.ok) {
      this.reject(described.status, [['Warning', warningValue(described.warning)]]);
      this.#report({ type: 'cleared', cause: 'mediaFailure' });
      return;
    }
    this.#state = 'accepted';
    try {
      this.#bind(invite.accept(described.sdp));
    } catch (error) {
      // The caller gave up in this very moment.
      this.#log.debug({ err: error }, 'the invitation was over before it could be answered');
      this.#gone('callCancelled');
      return;
    }
    this.#configure();
    this.#hold.agreed(this.#described.held);
  }

  #acked(answer: string | null): void {
    if (this.#state === 'closed') return;
    const first = this.#state === 'accepted';
    const came = this.#described.acked(answer);
    if (came === 'unusable' && first) {
      this.#log.info('no usable answer to our offer');
      this.peerGone('mediaFailure');
      return;
    }
    this.#confirm();
    if (first || came === 'agreed') this.#configure();
    if (came === 'agreed') this.#hold.agreed(this.#described.held);
  }

  // ── outgoing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls as soon as there is a port; `causeOf` says what a refusal means. */
  dial(agent: Pick<SipUserAgent, 'invite'>, way: CallWay, causeOf: CauseOf): void {
    this.#described.opened.then(
      () => {
        if (this.#state === 'dialling') this.#called.call(agent, way, this.#described.offers(), causeOf);
      },
      () => {},
    );
  }

  #describedEarly(sdp: string | null): boolean | null {
    // The last of several that answer early is the one that is heard.
    if (this.#described.accept(sdp) === null) return null;
    this.#configure();
    return this.#described.mayBeHeard;
  }

  #accepted(session: InviteSession, sdp: string | null): void {
    if (this.#state !== 'dialling') {
      session.bye(reasonOf('callCancelled'));
      return;
    }
    if (this.#described.accept(sdp) === null) {
      session.bye(reasonOf('mediaFailure'));
      // As if it had refused what was offered, which is what it comes to for whoever waits.
      const why = sdp === null ? 'The answer has no session description' : 'The answer has nothing to talk with';
      this.fail('mediaFailure', { status: 488, warning: warningValue(why) });
      return;
    }
    this.#bind(session);
    this.#confirm();
    this.#configure();
    this.#report({ type: 'answered' });
    this.#hold.agreed(this.#described.held);
  }

  /** Nobody was reached. */
  fail(cause: Cause, refusal: Refusal | null = null): void {
    if (this.#state !== 'dialling') return;
    this.#report({ type: 'failed', cause, ...(refusal === null ? {} : { refusal }) });
    this.#finish();
  }

  // ── the session ──────────────────────────────────────────────────────────────────────────────────────────────────

  #bind(session: InviteSession): void {
    this.#session = session;
    this.#invite = null;
    session.onAck = (answer) => this.#acked(answer);
    session.onReinvite = (offer, reply) => this.#reinvited(offer, reply);
    session.onKey = (key) => this.#pressed('info', key);
    session.onRefer = this.onRefer;
    session.onEnded = (end) => this.#gone(causeOfEnd(end));
  }

  /** Whom we call ourselves is known; who calls is once its ACK has come, or when it has proved itself. */
  #configure(): void {
    const invite = this.#invite;
    const from = this.#session?.signalledFrom ?? (invite === null ? null : signalledFrom(invite.request, invite.flow));
    const watched = this.#state === 'dialling';
    this.#described.configure(from, { known: watched || this.#state === 'confirmed' || this.#caller.early, watched });
  }

  #confirm(): void {
    if (this.#state === 'confirmed' || this.#state === 'closed') return;
    this.#state = 'confirmed';
    this.#described.stand();
    for (const action of this.#whenConfirmed.splice(0)) action();
  }

  #reinvited(offer: string | null, reply: ReinviteReply): void {
    if (this.#state === 'closed') {
      reply.reject(481);
    } else if (offer === null) {
      reply.accept(this.#described.offerForAck());
    } else {
      const described = this.#described.answerAgain(offer);
      if (!described.ok) {
        reply.reject(described.status, described.warning);
        return;
      }
      this.#configure();
      reply.accept(described.sdp);
      this.#hold.agreed(this.#described.held);
    }
  }

  #pressed(way: 'rtp' | 'info', { digit, durationMs }: { readonly digit: string; readonly durationMs: number }): void {
    if (this.#state !== 'closed') this.#keys.told(way, digit, durationMs);
  }

  #report(report: LegReport): void {
    this.#context.owner.report(this, report);
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #mediaLost(reason: string): void {
    if (this.#state !== 'closed') this.#watch.lost(reason);
  }

  #noMedia(error: Error): void {
    if (this.#state === 'closed') return;
    this.#log.warn({ err: error }, 'a leg got no media');
    if (this.#state === 'dialling') {
      this.fail('resourcesNotAvailable');
      return;
    }
    this.refuse('resourcesNotAvailable', 5000);
    this.#report({ type: 'cleared', cause: 'resourcesNotAvailable' });
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Refuses, cancels or says BYE. */
  close(cause: Cause, refusal: Refusal | null = null): void {
    switch (this.#state) {
      case 'closed':
        return;
      case 'offered':
      case 'answering': {
        const { status, headers } = toldAs(cause, refusal);
        this.#invite?.reject(status, undefined, headers);
        break;
      }
      case 'dialling':
        this.#state = 'closed'; // First, since cancel() tells `onRejected` before it returns.
        this.#called.cancel(reasonOf(cause));
        break;
      case 'accepted':
      case 'confirmed':
        this.#state = 'closed';
        this.transfer.leave(cause, () => this.#session?.bye(refusal?.reason ?? reasonOf(cause)));
    }
    this.#finish();
  }

  /** Ended by us without having been asked to: nobody may be at the other end any more. */
  peerGone(cause: Cause): void {
    if (this.#state === 'closed') return;
    const type = this.#state === 'dialling' ? 'failed' : 'cleared';
    this.close(cause);
    this.#report({ type, cause });
  }

  /** Ended by the other side. */
  #gone(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.#finish();
    this.#report({ type: 'cleared', cause });
  }

  #finish(): void {
    this.#state = 'closed';
    this.#whenConfirmed = [];
    this.#watch.close();
    if (this.#invite !== null) this.#invite.onCancelled = null;
    this.#invite = null;
    void this.#described.close().then((stats) => this.#context.owner.closed(this, stats));
  }
}
