import type { Log } from '../base/log.ts';
import type { Cause } from '../call/cause.ts';
import type { Refusal } from '../call/refusal.ts';
import type { LegReport } from '../call/reports.ts';
import { type ParsedSession, parseSession } from '../sdp/offer-answer.ts';
import { addressOf, signalledFrom } from '../sip/dialog/signalled-from.ts';
import { warningValue } from '../sip/dialog/warning.ts';
import type { IncomingInvite, InviteSession, OutgoingInvite, ReinviteReply } from '../sip/user-agent.ts';
import { CalledProgress } from './called-progress.ts';
import { causeOfEnd, reasonOf, refusalOf, toldAs } from './leg-causes.ts';
import type { CauseOf, LegContext, PlaceCall } from './leg-context.ts';
import { LegDescription, legConfiguration, listenOnly, type MediaAddress, mayBeHeard } from './leg-description.ts';
import { LegKeys } from './leg-keys.ts';
import { LegWatch } from './leg-watch.ts';
import { MediaLeg } from './media-leg.ts';

export type LegState = 'offered' | 'answering' | 'dialling' | 'accepted' | 'confirmed' | 'closed';

/**
 * One phone: one INVITE session and one media leg, from the first message to the last. It owns both and closes both.
 *
 *   offered     an INVITE waits for our decision      → answering, closed
 *   answering   decided to answer, waiting for a port → accepted, closed
 *   dialling    our INVITE is out, or about to be     → confirmed, closed
 *   accepted    our 200 is out, no ACK yet            → confirmed, closed
 *   confirmed   the session stands                    → closed
 *   closed      nothing is reported any more
 *
 * Sound may flow in `offered` and `dialling` too (early media): where our 183 answered a caller we trust, or a called party's did.
 */
export class SipLeg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly media: MediaLeg;
  readonly #context: LegContext<SipLeg>;
  #log: Log;
  #state: LegState;
  #invite: IncomingInvite | null = null;
  #offer: ParsedSession | null = null;
  #outgoing: OutgoingInvite | null = null;
  #session: InviteSession | null = null;
  #description: LegDescription | null = null;
  /** An offer of ours is out whose answer comes in the ACK. */
  #offered = false;
  #heldByPeer = false;
  readonly #progress = new CalledProgress();
  /** The caller is known, not merely claims to be somebody. */
  #trusted = false;
  /** Where the INVITE of a caller who is not known came from; its ACK has shown that it is there. */
  #provenHost: string | null = null;
  /** `offered`: the answer that our 183 gave, or is about to. */
  #early: 'none' | 'opening' | { readonly answer: string } = 'none';
  readonly #watch: LegWatch;
  readonly #keys: LegKeys;
  #whenConfirmed: (() => void)[] = [];

  constructor(context: LegContext<SipLeg>, id: string, organizationId: string, direction: 'incoming' | 'outgoing') {
    this.#context = context;
    this.id = id;
    this.organizationId = organizationId;
    this.direction = direction;
    this.#log = context.log.child({ leg: id });
    this.#state = direction === 'incoming' ? 'offered' : 'dialling';
    this.#keys = new LegKeys(context.clock, (digit, durationMs) => context.owner.digit(this, digit, durationMs));
    this.#watch = new LegWatch({
      clock: context.clock,
      silenceMs: context.silenceMs,
      session: () => (this.#state === 'confirmed' ? this.#session : null),
      lost: (reason) => {
        this.#log.warn({ reason }, 'the media of a leg is lost');
        context.owner.report(this, { type: 'mediaLost' });
      },
      end: (cause) => this.#end(cause),
    });
    this.media = new MediaLeg(context.engine, id, organizationId, (error) => this.mediaLost(error.message));
    this.media.opened.then(
      (address) => context.ports.add(address),
      (error) => this.#noMedia(error),
    );
  }

  get state(): LegState {
    return this.#state;
  }

  get log(): Log {
    return this.#log;
  }

  /** From here on log lines carry the call's id. */
  belongsTo(callId: string): void {
    this.#log = this.#context.log.child({ call: callId, leg: this.id });
  }

  /** As `whenConfirmed`, but at once too for a caller who hears sound before the answer. */
  whenHearing(action: () => void): void {
    if (this.#state === 'offered' && this.#early !== 'none') action();
    else this.whenConfirmed(action);
  }

  /** Runs at once when the session stands, else when it does; never when it does not come to that. */
  whenConfirmed(action: () => void): void {
    if (this.#state === 'confirmed') action();
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  // ── incoming ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The INVITE this leg is for; `offer` null when the caller leaves it to us. `trusted`: it may get sound before its ACK. */
  receive(invite: IncomingInvite, offer: ParsedSession | null, trusted: boolean): void {
    this.#invite = invite;
    this.#offer = offer;
    this.#trusted = trusted;
    this.#provenHost = trusted ? null : addressOf(invite.flow);
    invite.onCancelled = () => this.#gone('callCancelled');
    invite.onKey = (key) => this.#pressed('info', key);
  }

  /** 180; `early`: 183 with SDP as soon as there is a port, so that the caller hears what the called party's network says. */
  ring(early: boolean): void {
    if (this.#state !== 'offered' || this.#early !== 'none') return;
    if (!early || !this.#trusted || this.#offer === null) {
      this.#invite?.progress(180);
      return;
    }
    this.#early = 'opening';
    this.media.opened.then(
      (address) => this.#ringEarly(address),
      () => {},
    );
  }

  #ringEarly(address: MediaAddress): void {
    const offer = this.#offer;
    if (this.#state !== 'offered' || offer === null) return;
    const description = this.#describe(address);
    const result = description.answer(offer);
    if (result.ok) {
      this.#early = { answer: result.sdp };
      this.#invite?.progress(183, result.sdp);
      this.#configure();
    } else this.#invite?.progress(180);
  }

  /** 200 as soon as there is a port. */
  answer(): void {
    if (this.#state === 'closed') this.#context.owner.report(this, { type: 'cleared', cause: 'callCancelled' });
    if (this.#state !== 'offered') return;
    this.#state = 'answering';
    this.media.opened.then(
      (address) => {
        if (this.#state === 'answering') this.#accept(this.#describe(address));
      },
      () => {}, // #noMedia has refused the INVITE.
    );
  }

  /** Refuses before any call knows of the leg. */
  refuse(status: number, headers: readonly (readonly [string, string])[] = []): void {
    if (this.#state !== 'offered' && this.#state !== 'answering') return;
    this.#invite?.reject(status, undefined, headers);
    this.#finish();
  }

  #describe(address: MediaAddress): LegDescription {
    this.#description ??= new LegDescription(address, this.#context.random, this.#context.ports);
    return this.#description;
  }

  #accept(description: LegDescription): void {
    const invite = this.#invite!;
    let sdp: string;
    if (typeof this.#early === 'object') {
      sdp = this.#early.answer;
    } else if (this.#offer === null) {
      sdp = description.offer();
      this.#offered = true;
    } else {
      const result = description.answer(this.#offer);
      if (!result.ok) {
        this.refuse(result.status, [['Warning', warningValue(result.warning)]]);
        this.#context.owner.report(this, { type: 'cleared', cause: 'mediaFailure' });
        return;
      }
      sdp = result.sdp;
    }
    this.#offer = null;
    this.#state = 'accepted';
    try {
      this.#bind(invite.accept(sdp));
    } catch (error) {
      // The caller gave up in this very moment.
      this.#log.debug({ err: error }, 'the invitation was over before it could be answered');
      this.#gone('callCancelled');
      return;
    }
    this.#configure();
    this.#reportHold();
  }

  #acked(answer: string | null): void {
    if (this.#state === 'closed') return;
    const first = this.#state === 'accepted';
    if (this.#offered) {
      this.#offered = false;
      const negotiated = answer === null ? null : (this.#description?.accept(answer) ?? null);
      if (negotiated !== null) {
        this.#confirm();
        this.#configure();
        this.#reportHold();
        return;
      }
      if (this.#state === 'accepted') {
        this.#log.info('no usable answer to our offer');
        this.#end('mediaFailure');
        return;
      }
    }
    this.#confirm();
    if (first) this.#configure();
  }

  // ── outgoing ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Calls as soon as there is a port; `causeOf` says what a refusal means. */
  dial(place: PlaceCall, causeOf: CauseOf): void {
    this.media.opened.then(
      (address) => {
        if (this.#state !== 'dialling') return;
        const description = this.#describe(address);
        this.#outgoing = place(description.offer(), {
          onProgress: (status, sdp) => this.#progressed(description, status, sdp),
          onAccepted: (session, sdp) => this.#accepted(description, session, sdp),
          onRejected: (status, _reason, said) => {
            const refusal = said === null ? null : refusalOf(status, said);
            this.#failed(causeOf(status, this.#progress.began), refusal);
          },
        });
      },
      () => {},
    );
  }

  /** Gives up an outgoing leg that can't be called. */
  unreachable(cause: Cause): void {
    this.#failed(cause);
  }

  #progressed(description: LegDescription, status: number, sdp: string | null): void {
    // 199: one of several called gave up (RFC 6228).
    if (this.#state !== 'dialling' || status < 180 || status === 199) return;
    // The last of several that answer early is the one that is heard.
    const negotiated = sdp === null ? null : description.accept(sdp);
    if (negotiated !== null) this.#configure();
    this.#tell(this.#progress.said(status, negotiated && mayBeHeard(negotiated), this.#context.clock.monotonic()));
  }

  /** Packets come, or do so no longer. */
  sounds(sounds: boolean): void {
    if (this.#state === 'dialling') this.#tell(this.#progress.sounds(sounds, this.#context.clock.monotonic()));
  }

  #tell(report: LegReport | null): void {
    if (report !== null) this.#context.owner.report(this, report);
  }

  #accepted(description: LegDescription, session: InviteSession, sdp: string | null): null {
    if (this.#state !== 'dialling') {
      session.bye(reasonOf('callCancelled'));
      return null;
    }
    const negotiated = sdp === null ? null : description.accept(sdp);
    if (negotiated === null) {
      session.bye(reasonOf('mediaFailure'));
      this.#failed('mediaFailure');
      return null;
    }
    this.#outgoing = null;
    this.#bind(session);
    this.#confirm();
    this.#configure();
    this.#context.owner.report(this, { type: 'answered' });
    this.#reportHold();
    return null;
  }

  #failed(cause: Cause, refusal: Refusal | null = null): void {
    if (this.#state !== 'dialling') return;
    this.#outgoing = null;
    this.#context.owner.report(this, { type: 'failed', cause, ...(refusal === null ? {} : { refusal }) });
    this.#finish();
  }

  // ── the session ──────────────────────────────────────────────────────────────────────────────────────────────────

  #bind(session: InviteSession): void {
    this.#session = session;
    this.#invite = null;
    session.onAck = (answer) => this.#acked(answer);
    session.onReinvite = (offer, reply) => this.#reinvited(offer, reply);
    session.onKey = (key) => this.#pressed('info', key);
    session.onEnded = (end) => this.#gone(causeOfEnd(end));
  }

  /**
   * Tells the media process what was agreed. Until its ACK an INVITE could have come from anyone in anyone's name: sound
   * sent where it says would be a flood for the price of one packet. Whom we call ourselves is known.
   */
  #configure(): void {
    const negotiated = this.#description?.negotiated ?? null;
    if (negotiated === null) return;
    const invite = this.#invite;
    const from = this.#session?.signalledFrom ?? (invite === null ? null : signalledFrom(invite.request, invite.flow));
    const agreed = legConfiguration(negotiated, from, this.#provenHost);
    const configuration = this.#state === 'dialling' ? { ...agreed, watched: true } : agreed;
    const known = this.#state === 'confirmed' || this.#state === 'dialling' || this.#early !== 'none';
    this.media.configure(known ? configuration : listenOnly(configuration));
  }

  #confirm(): void {
    if (this.#state === 'confirmed' || this.#state === 'closed') return;
    this.#state = 'confirmed';
    this.#description?.stand();
    for (const action of this.#whenConfirmed.splice(0)) action();
  }

  /** New address, new codec, hold, or a mere refresh: all are an offer to answer. */
  #reinvited(offer: string | null, reply: ReinviteReply): void {
    const description = this.#description;
    if (this.#state === 'closed' || description === null) {
      reply.reject(481);
    } else if (offer === null) {
      this.#offered = true;
      reply.accept(description.offer());
    } else {
      this.#answerOffer(description, offer, reply);
    }
  }

  #answerOffer(description: LegDescription, offer: string, reply: ReinviteReply): void {
    const parsed = parseSession(offer);
    const result = parsed.ok ? description.answer(parsed) : null;
    if (!parsed.ok) reply.reject(400, parsed.reason);
    else if (result?.ok) {
      this.#configure();
      reply.accept(result.sdp);
      this.#reportHold();
    } else if (result !== null) reply.reject(result.status, result.warning);
  }

  #reportHold(): void {
    const held = this.#description?.held ?? false;
    if (held === this.#heldByPeer) return;
    this.#heldByPeer = held;
    this.#context.owner.report(this, { type: held ? 'heldByPeer' : 'retrievedByPeer' });
  }

  #pressed(way: 'rtp' | 'info', { digit, durationMs }: { readonly digit: string; readonly durationMs: number }): void {
    if (this.#state !== 'closed') this.#keys.told(way, digit, durationMs);
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────────────

  rtpDigit(digit: string, durationMs: number): void {
    this.#pressed('rtp', { digit, durationMs });
  }

  /** Before the answer a carrier need not say anything. */
  mediaSilent(silentMs: number): void {
    const negotiated = this.#description?.negotiated ?? null;
    const answered = this.#state === 'accepted' || this.#state === 'confirmed';
    if (answered && negotiated !== null) this.#watch.silent(silentMs, negotiated);
  }

  mediaLost(reason: string): void {
    if (this.#state !== 'closed') this.#watch.lost(reason);
  }

  #noMedia(error: Error): void {
    if (this.#state === 'closed') return;
    this.#log.warn({ err: error }, 'a leg got no media');
    if (this.#state === 'dialling') {
      this.#failed('resourcesNotAvailable');
      return;
    }
    this.refuse(503, [['Retry-After', '5']]);
    this.#context.owner.report(this, { type: 'cleared', cause: 'resourcesNotAvailable' });
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Ends the leg from whatever state: refuses, cancels or says BYE. Idempotent, reports nothing. `refusal`: what came from the phone
   * that this one waited for.
   */
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
        this.#outgoing?.cancel(reasonOf(cause));
        break;
      case 'accepted':
      case 'confirmed':
        this.#state = 'closed';
        this.#session?.bye(refusal?.reason ?? reasonOf(cause));
    }
    this.#finish();
  }

  /** Ended by us without having been asked to. */
  #end(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.close(cause);
    this.#context.owner.report(this, { type: 'cleared', cause });
  }

  /** Ended by the other side. */
  #gone(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.#finish();
    this.#context.owner.report(this, { type: 'cleared', cause });
  }

  #finish(): void {
    this.#state = 'closed';
    this.#whenConfirmed = [];
    this.#watch.close();
    if (this.#invite !== null) this.#invite.onCancelled = null;
    this.#invite = null;
    this.#outgoing = null;
    this.#offer = null;
    const { owner, ports } = this.#context;
    // Forgotten first: once it is closed another leg may have the port.
    void this.media.opened.then((address) => ports.remove(address)).catch(() => {});
    void this.media.close().then((stats) => owner.closed(this, stats));
  }
}
