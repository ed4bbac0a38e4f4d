import type { Clock } from '../../base/clock.ts';
import { type Bucket, TokenBucket } from '../../base/token-bucket.ts';

/** Faster than any thumb and any dialler (RFC 4733 §2.5.1.4 has 40 ms for a key and 40 ms of pause). */
const keysPerSecond = 20;

const rule = new TokenBucket({ perSecond: keysPerSecond, burst: keysPerSecond });

interface Pace {
  readonly bucket: Bucket;
  dropped: number;
}

/**
 * Each key is a stored event, so one leg may press only so many: 20 at once, 20 a second. What comes faster is counted
 * and dropped.
 */
export class KeyPace {
  readonly #clock: Clock;
  readonly #paces = new Map<string, Pace>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one key; not taken, `dropped` says how many were not on this leg. */
  press(legId: string): { readonly taken: boolean; readonly dropped: number } {
    const now = this.#clock.monotonic();
    const pace = this.#paces.get(legId) ?? { bucket: rule.full(now), dropped: 0 };
    this.#paces.set(legId, pace);
    const taken = rule.take(pace.bucket, now);
    if (!taken) pace.dropped++;
    return { taken, dropped: pace.dropped };
  }

  /** The leg is gone; gives how many keys were dropped. */
  closed(legId: string): number {
    const dropped = this.#paces.get(legId)?.dropped ?? 0;
    this.#paces.delete(legId);
    return dropped;
  }
}
