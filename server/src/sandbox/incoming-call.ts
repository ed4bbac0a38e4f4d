import { coerceError } from '../base/app-error.ts';
import type { Headers } from '../sip/message/headers.ts';
import { hasOption } from '../sip/message/reliability.ts';
import { numberOrName } from '../sip/message/telephone-subscriber.ts';
import type { IncomingInvite } from '../sip/user-agent.ts';
import { type CallParts, CarrierCall } from './carrier-call.ts';
import type { Playable } from './sandbox-call.ts';

/** How a call to the sandbox may be treated from its beginning. */
export interface IncomingTreatment {
  /** Uses the shared pair of ports. */
  readonly quiet: boolean;
  /** Provisional responses only reliably (RFC 3262). */
  readonly reliable: boolean;
}

/** A call to the sandbox. */
export class IncomingCall extends CarrierCall {
  readonly direction = 'incoming';
  readonly dialled: string;
  readonly from: { readonly number: string; readonly name: string | null };
  readonly headers: Headers;
  readonly callId: string;
  treatment: IncomingTreatment = { quiet: false, reliable: false };
  /** Somebody does something with it: it is not to be handled otherwise. */
  taken = false;
  readonly #invite: IncomingInvite;
  /** Our answer or offer, once it was made. */
  #described: string | null = null;

  constructor(parts: CallParts, invite: IncomingInvite) {
    super(parts, `the call to ${invite.dialled}`);
    this.#invite = invite;
    this.dialled = invite.dialled;
    this.from = { number: numberOrName(invite.from.uri), name: invite.from.displayName };
    this.headers = invite.request.headers;
    this.callId = invite.request.callId;
    invite.onCancelled = (reason) => this.finish({ by: 'them', status: 487, reason });
    invite.onPrack = (answer) => {
      if (answer !== null) this.media.accept(answer);
    };
  }

  /** Whether the caller acknowledges provisional responses. */
  get supportsReliable(): boolean {
    const { request } = this.#invite;
    return hasOption(request, 'Require', '100rel') || hasOption(request, 'Supported', '100rel');
  }

  ring(): void {
    this.taken = true;
    if (!this.#invite.pending || this.state === 'connected') return;
    this.#invite.progress(180, undefined, this.treatment.reliable);
    this.reach('ringing');
  }

  early(sound: Playable = 'ringback'): void {
    this.taken = true;
    this.#whenReady(() => {
      const sdp = this.#describe();
      if (sdp === null) return;
      this.#invite.progress(183, sdp, this.treatment.reliable);
      this.reach('early');
      void this.play(sound);
    });
  }

  answer(): void {
    this.taken = true;
    this.#whenReady(() => {
      const sdp = this.#describe();
      if (sdp === null) return;
      this.media.stream.stop();
      this.attend(this.#invite.accept(sdp));
      this.reach('connected');
    });
  }

  refuse(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void {
    this.taken = true;
    if (!this.#invite.pending) return;
    this.#invite.reject(status, reason, headers);
    this.finish({ by: 'us', status, reason: reason ?? null });
  }

  hangUp(reason?: string): void {
    this.taken = true;
    if (this.session === null) this.refuse(480);
    else this.session.bye(reason);
  }

  override vanish(): void {
    this.taken = true;
    super.vanish();
  }

  protected abandon(): void {
    if (this.session === null) this.#invite.reject(480);
    else this.session.bye();
  }

  /** Null when there can be no sound between us; it is refused then. */
  #describe(): string | null {
    if (this.#described !== null) return this.#described;
    const { offer } = this.#invite;
    if (offer === null) {
      this.#described = this.media.offer();
      return this.#described;
    }
    const answer = this.media.answer(offer);
    if (!answer.ok) {
      this.refuse(488);
      return null;
    }
    this.#described = answer.sdp;
    return answer.sdp;
  }

  /**
   * Runs at once when there is a port, else in order when it has been had. Does nothing when the call is decided by
   * then.
   */
  #whenReady(act: () => void): void {
    if (this.treatment.quiet) this.media.share();
    const go = () => {
      if (this.#invite.pending && this.session === null && this.state !== 'ended') act();
    };
    if (this.media.ready) go();
    else this.media.take().then(go, (error) => this.refuse(503, coerceError(error).message.slice(0, 80)));
  }
}
