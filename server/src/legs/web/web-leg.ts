import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { MediaEngine, WebRtcLocal } from '../../media/engine.ts';
import type { WebOffer } from '../../sdp/web-session.ts';
import type { Leg, LegOwner, LegState, MediaNews } from '../leg.ts';
import { MediaLeg } from '../media-leg.ts';
import { type Agreed, configurationOf, openingOf } from './agreement.ts';

interface WebLegContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly engine: MediaEngine;
  readonly owner: LegOwner;
}

interface WebLegSeed {
  readonly id: string;
  readonly organizationId: string;
  readonly offer: WebOffer;
  readonly agreed: Agreed;
}

/** Until the browser has found us and keys are agreed, ms; else there is no way between us. */
const connectMs = 20_000;
/**
 * A browser that sends nothing for this long, though it sent before and should, is gone, ms. Muted it sends silence.
 */
const silenceMs = 8000;
/** A listener never shows itself by sound: it is taken to hear after this time, ms. */
const listenerMs = 1000;

/**
 * A browser that offers its sound, as a leg. Its signalling is one offer and one answer over HTTP; what it is told
 * besides, and what it asks for, goes another way (`WebSession`).
 *
 *   offered → accepted    answer()
 *   offered, accepted → confirmed   answered, and its sound has come
 *   any → closed          close(), gone()
 */
export class WebLeg implements Leg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction = 'incoming';
  readonly profile = 'dtls';
  readonly media: MediaLeg<WebRtcLocal>;
  readonly heard: MediaNews;
  readonly #context: WebLegContext;
  readonly #sends: boolean;
  #log: Log;
  #state: LegState = 'offered';
  #sounded = false;
  #timer: Timer | null = null;
  #whenConfirmed: (() => void)[] = [];
  /** Told once, when it is over. */
  onClosed: ((cause: Cause) => void) | null = null;

  constructor(context: WebLegContext, { id, organizationId, offer, agreed }: WebLegSeed) {
    this.id = id;
    this.organizationId = organizationId;
    this.#context = context;
    const { engine, log } = context;
    this.#log = log.child({ leg: id });
    this.#sends = offer.direction === 'sendrecv' || offer.direction === 'sendonly';
    const opening = engine.openWebRtcLeg(id, organizationId, openingOf(offer));
    this.media = new MediaLeg(engine, id, opening, (error) => this.#noMedia(error));
    this.media.perform('configureLeg', configurationOf(offer, agreed));
    this.heard = {
      digit: (digit, durationMs) => this.press(digit, durationMs),
      talking: (talking) => {
        if (this.#state !== 'closed') this.#context.owner.report(this, { type: 'talking', talking });
      },
      sounds: (sounds) => this.#sounds(sounds),
      silent: () => {},
      lost: () => this.gone('mediaFailure'),
    };
    this.#wait(connectMs, 'mediaFailure');
  }

  get state(): LegState {
    return this.#state;
  }

  get log(): Log {
    return this.#log;
  }

  belongsTo(callId: string): void {
    this.#log = this.#context.log.child({ call: callId, leg: this.id });
  }

  /** It is told by its session. */
  ring(): void {}

  answer(): void {
    if (this.#state === 'closed') {
      this.#context.owner.report(this, { type: 'cleared', cause: 'callCancelled' });
      return;
    }
    if (this.#state !== 'offered') return;
    this.#state = 'accepted';
    if (this.#sounded) this.#confirm();
    else if (!this.#sends) {
      this.#timer?.cancel();
      this.#timer = this.#context.clock.setTimer(listenerMs, () => this.#confirm());
    }
  }

  refuse(cause: Cause): void {
    this.close(cause);
  }

  close(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#whenConfirmed = [];
    this.#timer?.cancel();
    this.#timer = null;
    this.onClosed?.(cause);
    this.onClosed = null;
    void this.media.close().then((stats) => this.#context.owner.closed(this, stats));
  }

  whenConfirmed(action: () => void): void {
    if (this.#state === 'confirmed') action();
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  whenHearing(action: () => void): void {
    this.whenConfirmed(action);
  }

  /** A key, however it was told. */
  press(digit: string, durationMs: number): void {
    if (this.#state !== 'closed') this.#context.owner.digit(this, digit, durationMs);
  }

  /** The browser ended it, or is not there any more. */
  gone(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.close(cause);
    this.#context.owner.report(this, { type: 'cleared', cause });
  }

  #sounds(sounds: boolean): void {
    if (this.#state === 'closed') return;
    if (!sounds) {
      this.#wait(silenceMs, 'timeout');
      return;
    }
    this.#sounded = true;
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#state === 'accepted') this.#confirm();
  }

  #confirm(): void {
    if (this.#state !== 'accepted') return;
    this.#state = 'confirmed';
    for (const action of this.#whenConfirmed.splice(0)) action();
  }

  #wait(ms: number, cause: Cause): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.setTimer(ms, () => {
      this.#log.info({ cause }, this.#sounded ? 'a browser fell silent' : 'a browser was not heard');
      this.gone(cause);
    });
  }

  #noMedia(error: Error): void {
    if (this.#state === 'closed') return;
    this.#log.warn({ err: error }, 'a browser got no media');
    this.gone('resourcesNotAvailable');
  }
}
