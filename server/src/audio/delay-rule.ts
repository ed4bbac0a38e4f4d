/** Beyond the margin on both sides, so that starting, shortening and lengthening don't take turns; ms. */
const slackMs = 4;
/** Pulls between two looks at an adaptation that is wanted, and how many pulls it may wait for a good place. */
const lookEvery = 4;
const patience = 100;
/** Pulls for which the delay stays wide after a loss that can be repaired: 30 s of frames of 20 ms. */
const repairPulls = 1500;

/** What `DelayRule.judge` wants done to the waiting sound. `shortenAhead`: no more than lies ahead of the frame. */
export const adaptation = { none: 0, lengthen: 1, shorten: 2, shortenAhead: 3 } as const;
export type Adaptation = (typeof adaptation)[keyof typeof adaptation];

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/**
 * How early the slowest recent packet should be: when to start, when to add and when to take out sound. All in samples.
 *
 * Frames are cut at moments of their own: a packet is needed when the frame begins in which it begins. Its *margin* is
 * what is left of its earliness after that; it is kept from `minDelayMs / 4` up to one frame and a little more.
 *
 * What is lost can be told by the packet behind it (in-band FEC) only when that is there before its own turn: while
 * such losses happen, all packets are kept earlier by the length of one.
 */
export class DelayRule {
  /** More than this waiting is too much. */
  readonly maxDelay: number;
  /**
   * How much later than others a packet may be and still be waited for; leaves room for the margin and for whole
   * frames.
   */
  readonly reach: number;
  /** Likeness that a place must have for the adaptation that is wanted: falls while it waits. */
  likeness = 1;
  readonly #frame: number;
  readonly #margin: number;
  readonly #slack: number;
  /** Length of the packets, and what it has in common with a frame. */
  #spacing: number;
  #grain: number;
  /** How long an adaptation has been wanted, in pulls, urgent ones counted more. */
  #waited = 0;
  /** Pulls for which there is still to be room for repair. */
  #repairs = 0;

  constructor(perMs: number, frameMs: number, minDelayMs: number, maxDelayMs: number) {
    this.#frame = frameMs * perMs;
    this.#margin = (minDelayMs / 4) * perMs;
    this.#slack = slackMs * perMs;
    // Below this there would be no room to adapt.
    this.maxDelay = Math.max(maxDelayMs, minDelayMs + 3 * frameMs) * perMs;
    this.reach = this.maxDelay - this.#margin - 2 * this.#frame;
    this.#spacing = this.#frame;
    this.#grain = this.#frame;
  }

  get spacing(): number {
    return this.#spacing;
  }

  set spacing(samples: number) {
    if (samples === this.#spacing || samples <= 0) return;
    this.#spacing = samples;
    this.#grain = commonDivisor(this.#frame, samples);
  }

  /** Something was lost, and the packet behind it tells what. */
  lossTold(): void {
    this.#repairs = repairPulls;
  }

  /** The margin that is kept at least. */
  get #least(): number {
    return this.#repairs > 0 ? this.#margin + this.#spacing : this.#margin;
  }

  /** Whether to start now, with the slowest packet `early` and `ahead` samples of an unfinished frame waiting. */
  mayStart(early: number, ahead: number): boolean {
    return early - this.#cut(ahead) >= this.#least + this.#slack * 0.75;
  }

  /** Asked once per frame; an adaptation is to be tried at once, and `done()` called if it worked. */
  judge(early: number, ahead: number): Adaptation {
    const margin = early - this.#cut(ahead);
    const least = this.#least;
    if (this.#repairs > 0) this.#repairs--;
    let wanted: Adaptation = adaptation.none;
    let urgent = early > this.maxDelay / 2;
    if (margin < least) {
      if (early < this.maxDelay) wanted = adaptation.lengthen;
      // The next loss can be soon.
      urgent = margin < (this.#repairs > 0 ? this.#margin + this.#spacing / 2 : 0);
    } else if (margin >= least + this.#frame + this.#slack) {
      wanted = adaptation.shorten;
    } else if (ahead > 0 && early > least + this.#frame) {
      // What lies ahead of the frame can go without making any packet later.
      wanted = adaptation.shortenAhead;
    }
    if (wanted === adaptation.none) {
      this.#waited = 0;
      return wanted;
    }
    this.#waited += urgent ? lookEvery : 1;
    this.likeness = 1 - this.#waited / patience;
    return this.#waited % lookEvery === 0 ? wanted : adaptation.none;
  }

  /** The adaptation has been made, or the stream starts. */
  done(): void {
    this.#waited = 0;
  }

  #cut(ahead: number): number {
    return (ahead % this.#grain) + this.#frame - this.#grain;
  }
}
