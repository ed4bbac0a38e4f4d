import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Direction } from '../../call/model/connection.ts';
import type { IceRestarted, MediaEngine, WebRtcLocal } from '../../media/engine.ts';
import type { IceCredentials } from '../../sdp/ice-fragment.ts';
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

export interface WebLegSeed {
  readonly id: string;
  readonly organizationId: string;
  /** `incoming`: the browser calls; its offer is there. */
  readonly direction: Direction;
}

/** What the browser is to be told of a leg, by whoever speaks with it. */
export type WebLegNews =
  /** Whom it calls is told; `early`: and may be heard. */
  | { readonly type: 'ringing'; readonly early: boolean }
  /** Its call was answered. */
  | { readonly type: 'answered' }
  /** It rings, and is to answer now. */
  | { readonly type: 'pickUp' }
  /** It is over; nothing follows. */
  | { readonly type: 'closed'; readonly cause: Cause };

/** Until the browser has found us and keys are agreed, ms; else there is no way between us. */
const connectMs = 20_000;
/**
 * A browser that sends nothing for this long, though it sent before and should, is gone, ms. Muted it sends silence,
 * and who only listens answers when it is asked.
 */
const silenceMs = 8000;
/** Sound is missed at most so long after it stopped, ms: a reloaded page may have shown itself by then. */
const missedLateMs = 2000;

/**
 * A browser, as a leg. The offer of its sound is always its own: with its call, or when it picks up. What it is told
 * besides, and what it asks for, goes another way (`BrowserCall`, `WebPhone`).
 *
 *   offered → accepted    answer()
 *   dialling → accepted   pickUp()
 *   offered, accepted → confirmed   answered, and its sound has come
 *   any → closed          close(), gone()
 */
export class WebLeg implements Leg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: Direction;
  readonly profile = 'dtls';
  readonly isEncrypted = true;
  readonly media: MediaLeg<WebRtcLocal>;
  readonly heard: MediaNews;
  readonly #context: WebLegContext;
  readonly #sound = Promise.withResolvers<WebRtcLocal>();
  #offered = false;
  #log: Log;
  #state: LegState;
  #sounded = false;
  /** Its sound stopped, and whether its page has shown itself since. */
  #missed: 'no' | 'yes' | 'pageIsThere' = 'no';
  /** When its page showed itself while no sound was missed. */
  #pageCameMs = Number.NEGATIVE_INFINITY;
  /** `offered`: whom it calls is heard already. */
  #early = false;
  #timer: Timer | null = null;
  #whenConfirmed: (() => void)[] = [];
  /** Told until it is over. */
  onNews: ((news: WebLegNews) => void) | null = null;

  constructor(context: WebLegContext, { id, organizationId, direction }: WebLegSeed) {
    this.id = id;
    this.organizationId = organizationId;
    this.direction = direction;
    this.#state = direction === 'incoming' ? 'offered' : 'dialling';
    this.#context = context;
    const { engine, log } = context;
    this.#log = log.child({ leg: id });
    this.media = new MediaLeg(engine, id, this.#sound.promise, (error) => this.#noMedia(error));
    this.heard = {
      digit: (digit, durationMs) => this.press(digit, durationMs),
      talking: (talking) => {
        if (this.#state !== 'closed') this.#context.owner.report(this, { type: 'talking', talking });
      },
      sounds: (sounds) => this.#sounds(sounds),
      silent: () => {},
      lost: () => this.gone('mediaFailure'),
    };
  }

  /** Opens its sound by what the browser offers, once. Rejects when there is no process or no port. */
  offer(offer: WebOffer, agreed: Agreed): Promise<WebRtcLocal> {
    const { engine } = this.#context;
    const { id, organizationId } = this;
    this.#offered = true;
    engine.openWebRtcLeg(id, organizationId, openingOf(offer)).then((local) => {
      // First of all that waits for the leg to be open.
      engine
        .performOnLeg(id, 'configureLeg', configurationOf(offer, agreed))
        .catch((error) => this.#noMedia(coerceError(error)));
      this.#sound.resolve(local);
    }, this.#sound.reject);
    this.#wait(connectMs, 'mediaFailure');
    return this.media.opened;
  }

  /**
   * The browser comes another way now, with an offer of it: the way before is broken, or it has another network.
   * Nothing else of the leg changes. Null: it is over, or has no way yet. Rejects as `offer`; it stays as it was then.
   */
  async move(offer: WebOffer, agreed: Agreed): Promise<WebRtcLocal | null> {
    if (!this.#offered) return null;
    await this.media.opened;
    if (this.#state === 'closed') return null;
    const local = await this.#context.engine.openWebRtcLeg(this.id, this.organizationId, openingOf(offer));
    if (this.state === 'closed') return null;
    this.media.perform('configureLeg', configurationOf(offer, agreed));
    this.#wait(connectMs, 'mediaFailure');
    return local;
  }

  /**
   * ICE begins anew on the way that there is, by what the browser names itself. Null: it is over, or has no way yet.
   * Rejects when that cannot be; it goes on as before then.
   */
  async restart(theirs: IceCredentials): Promise<IceRestarted | null> {
    if (!this.#offered) return null;
    await this.media.opened;
    if (this.#state === 'closed') return null;
    const restarted = await this.#context.engine.restartIce(this.id, theirs).catch((error) => {
      this.#log.warn({ err: error }, 'ICE of a browser cannot be restarted');
      throw error;
    });
    if (this.state === 'closed') return null;
    // Who asks for that has lost its network, perhaps, and its sound is missed until the other is found.
    this.pageIsThere();
    return restarted;
  }

  /** It rings: until it is picked up, or for `timeoutMs`. */
  rings(timeoutMs: number): void {
    if (this.#state !== 'dialling') return;
    this.#wait(timeoutMs, 'noAnswer');
    this.#context.owner.report(this, { type: 'delivered', answerable: true });
  }

  /** Its user answers, with an offer. Null: it rings no more. Rejects as `offer`; the leg is gone then. */
  async pickUp(offer: WebOffer, agreed: Agreed): Promise<WebRtcLocal | null> {
    if (this.#state !== 'dialling' || this.#offered) return null;
    try {
      const local = await this.offer(offer, agreed);
      if (this.#left) return null;
      this.#accept();
      this.#context.owner.report(this, { type: 'answered' });
      return local;
    } catch (error) {
      this.gone('resourcesNotAvailable');
      throw error;
    }
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

  /** Nothing to tell: a page is told of nothing before somebody rings. */
  forwarded(): void {}

  ring(early: boolean): void {
    if (this.#state !== 'offered' || this.#early) return;
    this.#early = early;
    this.onNews?.({ type: 'ringing', early });
  }

  answer(): void {
    if (this.#state === 'closed') {
      this.#context.owner.report(this, { type: 'cleared', cause: 'callCancelled' });
      return;
    }
    if (this.#state === 'dialling') this.onNews?.({ type: 'pickUp' });
    if (this.#state !== 'offered') return;
    this.#accept();
    this.onNews?.({ type: 'answered' });
  }

  /** Nothing to do: the events of the call tell its page, which retrieves the call itself. */
  takeBack(): void {}

  refuse(cause: Cause): void {
    this.close(cause);
  }

  close(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#whenConfirmed = [];
    this.#timer?.cancel();
    this.#timer = null;
    // Otherwise the media would wait for an offer for ever.
    if (!this.#offered) this.#sound.reject(new AppError('unavailable', 'closed before it was picked up'));
    const tell = this.onNews;
    this.onNews = null;
    tell?.({ type: 'closed', cause });
    void this.media.close().then((stats) => this.#context.owner.closed(this, stats));
  }

  whenConfirmed(action: () => void): void {
    if (this.#state === 'confirmed') action();
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  whenHearing(action: () => void): void {
    if (this.#state === 'offered' && this.#early) action();
    else this.whenConfirmed(action);
  }

  /** A key, however it was told. */
  press(digit: string, durationMs: number): void {
    if (this.#state !== 'closed') this.#context.owner.digit(this, digit, durationMs);
  }

  /** The browser ended it, or is not there any more. */
  gone(cause: Cause): void {
    if (this.#state === 'closed') return;
    const type = this.#state === 'dialling' ? 'failed' : 'cleared';
    this.close(cause);
    this.#context.owner.report(this, { type, cause });
  }

  /**
   * Its page has shown itself, perhaps after a reload. If its sound is missed, the leg waits for it as long as for a
   * new browser's: once only, since a page that opens one socket after the other would otherwise never count as gone.
   */
  pageIsThere(): void {
    if (this.#state === 'closed') return;
    if (this.#missed === 'no') this.#pageCameMs = this.#context.clock.monotonic();
    if (this.#missed === 'yes') this.#waitForItsPage();
  }

  /** The browser holds, or talks again: music for the others is the call model's business. */
  hold(held: boolean): void {
    if (this.#state === 'accepted' || this.#state === 'confirmed') {
      this.#context.owner.report(this, held ? { type: 'heldByPeer', back: 'atOnce' } : { type: 'retrievedByPeer' });
    }
  }

  /** Its sound has come, also while it waits to be let in. */
  get sounded(): boolean {
    return this.#sounded;
  }

  get #left(): boolean {
    return this.#state !== 'dialling';
  }

  #accept(): void {
    this.#state = 'accepted';
    if (this.#sounded) this.#confirm();
  }

  #sounds(sounds: boolean): void {
    if (this.#state === 'closed') return;
    if (!sounds) {
      // A connection that is closed is told once more by the sound that stops.
      if (this.#missed === 'pageIsThere') return;
      this.#missed = 'yes';
      if (this.#context.clock.monotonic() - this.#pageCameMs <= missedLateMs) this.#waitForItsPage();
      else this.#wait(silenceMs, 'timeout');
      return;
    }
    this.#missed = 'no';
    this.#sounded = true;
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#state === 'accepted') this.#confirm();
  }

  #waitForItsPage(): void {
    this.#missed = 'pageIsThere';
    this.#wait(connectMs, 'timeout');
  }

  #confirm(): void {
    if (this.#state !== 'accepted') return;
    this.#state = 'confirmed';
    for (const action of this.#whenConfirmed.splice(0)) action();
  }

  #wait(ms: number, cause: Cause): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.setTimer(ms, () => {
      const why = this.#sounded ? 'a browser fell silent' : 'a browser was not heard';
      this.#log.info({ cause }, cause === 'noAnswer' ? 'nobody picked up' : why);
      this.gone(cause);
    });
  }

  #noMedia(error: Error): void {
    if (this.#state === 'closed') return;
    this.#log.warn({ err: error }, 'a browser got no media');
    this.gone('resourcesNotAvailable');
  }
}
