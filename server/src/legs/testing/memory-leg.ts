import type { Log } from '../../base/log.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Direction } from '../../call/model/connection.ts';
import type { LegReport } from '../../call/step/reports.ts';
import type { RtpPhone } from '../../media/testing/rtp-phone.ts';
import type { Leg, LegOwner, LegState, MediaNews } from '../leg.ts';
import type { LegHouse } from '../leg-kind.ts';
import { MediaLeg } from '../media-leg.ts';
import type { MediaProfile } from '../media-profile.ts';

export interface MemoryLegSeed {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: Direction;
  readonly profile: MediaProfile;
}

/** What the phone of a leg is told. */
export type Told = 'rings' | 'answered' | { readonly ended: Cause };

/**
 * A leg whose signalling is method calls: no message, no address, no status. Its sound is plain RTP to a phone of the
 * media tests. For tests, of whatever speaks only to `Leg`.
 */
export class MemoryLeg implements Leg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: Direction;
  readonly profile: MediaProfile;
  readonly isEncrypted = false;
  readonly media: MediaLeg;
  readonly heard: MediaNews;
  /** Its phone can be had to answer without its user. */
  answerable = false;
  readonly #house: LegHouse;
  readonly #owner: LegOwner;
  readonly #tellPhone: (told: Told) => void;
  #log: Log;
  #state: LegState;
  #whenConfirmed: (() => void)[] = [];

  constructor(house: LegHouse, owner: LegOwner, seed: MemoryLegSeed, sound: RtpPhone, tell: (told: Told) => void) {
    this.#house = house;
    this.#owner = owner;
    this.#tellPhone = tell;
    this.id = seed.id;
    this.organizationId = seed.organizationId;
    this.direction = seed.direction;
    this.profile = seed.profile;
    this.#log = house.log.child({ leg: seed.id });
    this.#state = seed.direction === 'incoming' ? 'offered' : 'dialling';
    this.media = new MediaLeg(house.engine, seed.id, house.engine.openLeg(seed.id, seed.organizationId), () =>
      this.#report({ type: 'mediaLost' }),
    );
    this.media.perform('configureLeg', {
      remote: { kind: 'udp', address: '127.0.0.1', port: sound.port },
      send: { payloadType: sound.payloadType, codec: sound.codec.name, ptime: sound.ptime },
      receive: [{ payloadType: sound.payloadType, codec: sound.codec.name }],
      telephoneEvents: { send: null, receive: [] },
      direction: 'sendrecv',
    });
    this.media.opened.then(
      ({ port }) => sound.start(port),
      () => this.#report({ type: 'mediaLost' }),
    );
    this.heard = {
      digit: (digit, durationMs) => this.press(digit, durationMs),
      talking: (talking) => this.#report({ type: 'talking', talking }),
      sounds: () => {},
      silent: () => {},
      lost: () => this.#report({ type: 'mediaLost' }),
    };
    house.legs.add(this);
  }

  get state(): LegState {
    return this.#state;
  }

  get log(): Log {
    return this.#log;
  }

  belongsTo(callId: string): void {
    this.#log = this.#house.log.child({ call: callId, leg: this.id });
  }

  forwarded(): void {}

  ring(): void {
    if (this.#state === 'offered') this.#tellPhone('rings');
  }

  answer(): void {
    if (this.#state === 'closed') this.#report({ type: 'cleared', cause: 'callCancelled' });
    if (this.answerable) this.pickUp();
    if (this.#state !== 'offered') return;
    this.#state = 'accepted';
    this.#tellPhone('answered');
    // As everywhere, whoever called says later that it has heard of the answer.
    queueMicrotask(() => this.#confirm());
  }

  takeBack(): void {
    if (this.answerable) this.hold(false);
  }

  refuse(cause: Cause): void {
    if (this.#state === 'offered' || this.#state === 'answering') this.close(cause);
  }

  close(cause: Cause): void {
    if (this.#state === 'closed') return;
    this.#tellPhone({ ended: cause });
    this.#finish();
  }

  whenHearing(action: () => void): void {
    this.whenConfirmed(action);
  }

  whenConfirmed(action: () => void): void {
    if (this.#state === 'confirmed') action();
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  // ── what its phone does ──────────────────────────────────────────────────────────────────────────────────────────

  /** It rings; `early`: and sends sound, or does so no longer. */
  rings(early?: boolean): void {
    if (this.#state !== 'dialling') return;
    const more = {
      ...(early === undefined ? {} : { early }),
      ...(this.answerable ? { answerable: true } : {}),
    };
    this.#report({ type: 'delivered', ...more });
  }

  pickUp(): void {
    if (this.#state !== 'dialling') return;
    this.#confirm();
    this.#report({ type: 'answered' });
  }

  reject(cause: Cause): void {
    if (this.#state !== 'dialling') return;
    this.#finish();
    this.#report({ type: 'failed', cause });
  }

  hangUp(): void {
    if (this.#state === 'closed') return;
    const cause = this.#state === 'offered' ? 'callCancelled' : 'normal';
    this.#finish();
    this.#report({ type: 'cleared', cause });
  }

  hold(on: boolean): void {
    this.#report(
      on ? { type: 'heldByPeer', ...(this.answerable ? { back: 'asked' } : {}) } : { type: 'retrievedByPeer' },
    );
  }

  press(digit: string, durationMs = 100): void {
    if (this.#state !== 'closed') this.#owner.digit(this, digit, durationMs);
  }

  #confirm(): void {
    if (this.#state === 'closed') return;
    this.#state = 'confirmed';
    for (const action of this.#whenConfirmed.splice(0)) action();
  }

  #report(report: LegReport): void {
    this.#owner.report(this, report);
  }

  #finish(): void {
    this.#state = 'closed';
    this.#whenConfirmed = [];
    void this.media.close().then((stats) => this.#owner.closed(this, stats));
  }
}
