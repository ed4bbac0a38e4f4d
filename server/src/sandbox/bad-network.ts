import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

export interface BadNetworkOptions {
  /** Of 100 packets. */
  readonly lossPercent: number;
  /** Each packet is late by 0 to this many ms, so that some overtake others. */
  readonly delayMs: number;
}

/** Loses and delays packets. What happens to the n-th packet depends on `random` and n alone. */
export class BadNetwork {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: BadNetworkOptions;
  lost = 0;
  passed = 0;

  constructor(clock: Clock, random: Random, options: BadNetworkOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#options = options;
  }

  /** Calls `deliver` with a copy of the packet, now, later or never. */
  pass(packet: Uint8Array, deliver: (packet: Buffer) => void): void {
    const { lossPercent, delayMs } = this.#options;
    // Both are drawn for every packet: the pattern must not shift with what was lost.
    const lost = this.#random.int(10_000) < lossPercent * 100;
    const lateMs = this.#random.int(delayMs + 1);
    if (lost) {
      this.lost++;
      return;
    }
    this.passed++;
    const copy = Buffer.from(packet);
    if (lateMs === 0) deliver(copy);
    else this.#clock.setTimer(lateMs, () => deliver(copy));
  }
}
