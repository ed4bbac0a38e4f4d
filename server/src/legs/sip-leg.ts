import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Cause } from '../call/cause.ts';
import type { LegReport } from '../call/reports.ts';
import type { LegStats, MediaEngine } from '../media/engine.ts';
import { type ParsedSession, parseSession } from '../sdp/offer-answer.ts';
import { warningValue } from '../sip/dialog/warning.ts';
import type { IncomingInvite, InviteSession, OutgoingInvite, ReinviteReply, SessionEnd } from '../sip/user-agent.ts';
import { parseInfoDigit } from './info-digits.ts';
import { reasonOf, statusOf } from './leg-causes.ts';
import { LegDescription, legConfiguration, listenOnly } from './leg-description.ts';
import { MediaLeg } from './media-leg.ts';
import type { OwnPorts } from './own-ports.ts';

/** What a leg tells whoever keeps it. */
export interface LegOwner {
  report(leg: SipLeg, report: LegReport): void;
  /** One key, by RTP or INFO. */
  digit(leg: SipLeg, digit: string, durationMs: number): void;
  /** The last thing a leg says: signalling and media are closed. */
  closed(leg: SipLeg, stats: LegStats | null): void;
}

export interface LegContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engine: MediaEngine;
  readonly owner: LegOwner;
  readonly ports: OwnPorts;
}

/** How an outgoing leg places its call once it has an address to offer. */
export type PlaceCall = (
  offer: string,
  callbacks: {
    onProgress(status: number): void;
    onAccepted(session: InviteSession, sdp: string | null): null;
    onRejected(status: number): void;
  },
) => OutgoingInvite;

export type LegState = 'offered' | 'answering' | 'dialling' | 'accepted' | 'confirmed' | 'closed';

/** A leg whose media died is cleared by its call; should the call not come to it, the leg goes by itself after this. */
const lostGraceMs = 3000;
/** Questions in a row that could not be put to a phone; then it counts as gone. */
const unreachableLimit = 2;

/**
 * One phone: one INVITE session and one media leg, from the first message to the last. It owns both and closes both.
 *
 *   offered     an INVITE waits for our decision      → answering, closed
 *   answering   decided to answer, waiting for a port → accepted, closed
 *   dialling    our INVITE is out, or about to be     → confirmed, closed
 *   accepted    our 200 is out, no ACK yet            → confirmed, closed
 *   confirmed   the session stands                    → closed
 *   closed      nothing is reported any more
 */
export class SipLeg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly media: MediaLeg;
  readonly #context: LegContext;
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
  #delivered = false;
  #probing = false;
  #unreachable = 0;
  #lost: Timer | null = null;
  /** Once a key came by RTP, INFO only repeats it. */
  #digitsByRtp = false;
  #whenConfirmed: (() => void)[] = [];

  constructor(context: LegContext, id: string, organizationId: string, direction: 'incoming' | 'outgoing') {
    this.#context = context;
    this.id = id;
    this.organizationId = organizationId;
    this.direction = direction;
    this.#log = context.log.child({ leg: id });
    this.#state = direction === 'incoming' ? 'offered' : 'dialling';
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

  /** Runs at once when the session stands, else when it does; never when it does not come to that. */
  whenConfirmed(action: () => void): void {
    if (this.#state === 'confirmed') action();
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  // ── incoming ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The INVITE this leg is for; `offer` null when the caller leaves it to us. */
  receive(invite: IncomingInvite, offer: ParsedSession | null): void {
    this.#invite = invite;
    this.#offer = offer;
    invite.onCancelled = () => this.#gone('callCancelled');
  }

  ring(): void {
    if (this.#state === 'offered') this.#invite?.progress(180);
  }

  /** 200 as soon as there is a port. */
  answer(): void {
    if (this.#state === 'closed') this.#context.owner.report(this, { type: 'cleared', cause: 'callCancelled' });
    if (this.#state !== 'offered') return;
    this.#state = 'answering';
    this.media.opened.then(
      (address) => {
        if (this.#state !== 'answering') return;
        this.#description = new LegDescription(address, this.#context.random, this.#context.ports);
        this.#accept(this.#description);
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

  #accept(description: LegDescription): void {
    const invite = this.#invite!;
    let sdp: string;
    if (this.#offer === null) {
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
  dial(place: PlaceCall, causeOf: (status: number) => Cause): void {
    this.media.opened.then(
      (address) => {
        if (this.#state !== 'dialling') return;
        const description = new LegDescription(address, this.#context.random, this.#context.ports);
        this.#description = description;
        this.#outgoing = place(description.offer(), {
          onProgress: (status) => this.#progressed(status),
          onAccepted: (session, sdp) => this.#accepted(description, session, sdp),
          onRejected: (status) => this.#failed(causeOf(status)),
        });
      },
      () => {},
    );
  }

  /** Gives up an outgoing leg that can't be called. */
  unreachable(cause: Cause): void {
    this.#failed(cause);
  }

  #progressed(status: number): void {
    if (this.#state !== 'dialling' || this.#delivered || status < 180) return;
    this.#delivered = true;
    this.#context.owner.report(this, { type: 'delivered' });
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

  #failed(cause: Cause): void {
    if (this.#state !== 'dialling') return;
    this.#outgoing = null;
    this.#context.owner.report(this, { type: 'failed', cause });
    this.#finish();
  }

  // ── the session ──────────────────────────────────────────────────────────────────────────────────────────────────

  #bind(session: InviteSession): void {
    this.#session = session;
    this.#invite = null;
    session.onAck = (answer) => this.#acked(answer);
    session.onReinvite = (offer, reply) => this.#reinvited(offer, reply);
    session.onInfo = (contentType, body) => this.#info(contentType, body);
    session.onEnded = (end) => this.#gone(causeOfEnd(end));
  }

  /**
   * Tells the media process what was agreed. Until its ACK an INVITE could have come from anyone in anyone's name: sound
   * sent where it says would be a flood for the price of one packet.
   */
  #configure(): void {
    const negotiated = this.#description?.negotiated ?? null;
    const session = this.#session;
    if (negotiated === null || session === null) return;
    const configuration = legConfiguration(negotiated, session.signalledFrom);
    this.media.configure(this.#state === 'confirmed' ? configuration : listenOnly(configuration));
  }

  #confirm(): void {
    if (this.#state === 'confirmed' || this.#state === 'closed') return;
    this.#state = 'confirmed';
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
    const held = this.#description?.negotiated?.remoteHeld ?? false;
    if (held === this.#heldByPeer) return;
    this.#heldByPeer = held;
    this.#context.owner.report(this, { type: held ? 'heldByPeer' : 'retrievedByPeer' });
  }

  #info(contentType: string, body: string): void {
    const pressed = parseInfoDigit(contentType, body);
    if (pressed === null || this.#digitsByRtp || this.#state === 'closed') return;
    this.#context.owner.digit(this, pressed.digit, pressed.durationMs);
  }

  // ── media ────────────────────────────────────────────────────────────────────────────────────────────────────────

  rtpDigit(digit: string, durationMs: number): void {
    if (this.#state === 'closed') return;
    this.#digitsByRtp = true;
    this.#context.owner.digit(this, digit, durationMs);
  }

  /** Nothing was heard for long. On hold, or where we asked for nothing, that may be: then the phone is asked. */
  mediaSilent(silentMs: number): void {
    const negotiated = this.#description?.negotiated ?? null;
    if (negotiated === null) return;
    const { remoteHeld, direction } = negotiated;
    if (remoteHeld || direction === 'sendonly' || direction === 'inactive') void this.#probe();
    else this.mediaLost(`nothing was received for ${silentMs} ms`);
  }

  /** A phone that does not know the call, or does not answer, ends its session, and so the leg. */
  async #probe(): Promise<void> {
    if (this.#state !== 'confirmed' || this.#session === null || this.#probing) return;
    this.#probing = true;
    const status = await this.#session.probe();
    this.#probing = false;
    this.#unreachable = status === 503 ? this.#unreachable + 1 : 0;
    if (this.#unreachable >= unreachableLimit) this.#end('timeout');
  }

  /** The media leg is of no use any more: its call ends the leg, and if it does not, the leg ends itself. */
  mediaLost(reason: string): void {
    if (this.#state === 'closed' || this.#lost !== null) return;
    this.#log.warn({ reason }, 'the media of a leg is lost');
    this.#lost = this.#context.clock.setTimer(lostGraceMs, () => this.#end('mediaFailure'));
    this.#context.owner.report(this, { type: 'mediaLost' });
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

  /** Ends the leg from whatever state: refuses, cancels or says BYE. Idempotent, reports nothing. */
  close(cause: Cause): void {
    switch (this.#state) {
      case 'closed':
        return;
      case 'offered':
      case 'answering': {
        const status = statusOf(cause);
        this.#invite?.reject(status, undefined, status === 503 ? [['Retry-After', '5']] : []);
        break;
      }
      case 'dialling':
        this.#state = 'closed'; // First, since cancel() tells `onRejected` before it returns.
        this.#outgoing?.cancel(reasonOf(cause));
        break;
      case 'accepted':
      case 'confirmed':
        this.#state = 'closed';
        this.#session?.bye(reasonOf(cause));
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
    this.#lost?.cancel();
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

function causeOfEnd(end: SessionEnd): Cause {
  switch (end.by) {
    case 'remote':
    case 'local':
      return 'normal';
    case 'timeout':
      return 'timeout';
    case 'error':
      return 'networkNotObtainable';
  }
}
