/** A jump this far ahead means the source restarted rather than lost that much (RFC 3550 A.1 MAX_DROPOUT). */
const maxDropout = 3000;
/** How far behind is still disorder (MAX_MISORDER). */
const maxMisorder = 100;
const sequenceModulus = 0x10000;
/** A transit that changes by more timestamp units than this is a new timestamp base, not jitter (3 s at 8 kHz). */
const largestJitter = 24_000;

/** One reception report block's figures (RFC 3550 §6.4.1). */
export interface ReceptionFigures {
  /** 0 to 255: lost / expected since the last report. */
  readonly fractionLost: number;
  /** Signed 24 bits. */
  readonly cumulativeLost: number;
  readonly extendedHighestSequence: number;
  /** Timestamp units. */
  readonly jitter: number;
}

/**
 * What we know of one received stream: RFC 3550 A.1 (sequence), A.3 (loss) and A.8 (jitter). No allocation per packet.
 */
export class ReceptionStatistics {
  #started = false;
  #maxSequence = 0;
  #cycles = 0;
  #baseSequence = 0;
  #badSequence = -1;
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #transit = 0;
  #hasTransit = false;
  /** Scaled by 16, as in A.8. */
  #jitter = 0;
  /** Figures of streams before a restart, so that a leg's totals survive a new SSRC. */
  #earlierReceived = 0;
  #earlierExpected = 0;

  /** Counts a packet. `arrival` is its arrival in timestamp units, or NaN when its timestamp tells no time (events). */
  update(sequence: number, timestamp: number, arrival: number): void {
    if (!this.#started) this.#start(sequence);
    else this.#follow(sequence);
    this.#received++;
    if (!Number.isNaN(arrival)) this.#updateJitter(timestamp, arrival);
  }

  /** Another source from here on; totals are kept. */
  restart(): void {
    this.#earlierReceived += this.#received;
    this.#earlierExpected += Math.max(this.expectedOfStream, this.#received);
    this.#started = false;
    this.#received = 0;
    this.#cycles = 0;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
    this.#hasTransit = false;
    this.#jitter = 0;
  }

  get started(): boolean {
    return this.#started;
  }

  get received(): number {
    return this.#earlierReceived + this.#received;
  }

  get expectedOfStream(): number {
    return this.#started ? this.#cycles + this.#maxSequence - this.#baseSequence + 1 : 0;
  }

  /** Lost since the leg began, never below 0 (duplicates can make the signed figure negative). */
  get lost(): number {
    return Math.max(0, this.expected - this.received);
  }

  get expected(): number {
    return this.#earlierExpected + this.expectedOfStream;
  }

  /** Interarrival jitter in timestamp units. */
  get jitter(): number {
    return this.#jitter / 16;
  }

  /** The figures for a report block; begins the next interval. */
  report(): ReceptionFigures {
    const expected = this.expectedOfStream;
    const expectedInterval = expected - this.#expectedPrior;
    const lostInterval = expectedInterval - (this.#received - this.#receivedPrior);
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#received;
    const fractionLost =
      expectedInterval <= 0 || lostInterval <= 0
        ? 0
        : Math.min(255, Math.floor((lostInterval * 256) / expectedInterval));
    return {
      fractionLost,
      cumulativeLost: Math.max(-0x800000, Math.min(0x7fffff, expected - this.#received)),
      extendedHighestSequence: (this.#cycles + this.#maxSequence) >>> 0,
      jitter: Math.floor(this.#jitter / 16),
    };
  }

  #start(sequence: number): void {
    this.#started = true;
    this.#baseSequence = sequence;
    this.#maxSequence = sequence;
    this.#cycles = 0;
    this.#badSequence = -1;
  }

  #follow(sequence: number): void {
    const ahead = (sequence - this.#maxSequence) & 0xffff;
    if (ahead < maxDropout) {
      if (sequence < this.#maxSequence) this.#cycles += sequenceModulus;
      this.#maxSequence = sequence;
    } else if (ahead <= sequenceModulus - maxMisorder) {
      // A very large jump: believed when the next packet agrees with it.
      if (sequence === this.#badSequence) {
        this.restart();
        this.#start(sequence);
      } else {
        this.#badSequence = (sequence + 1) & 0xffff;
      }
    }
  }

  #updateJitter(timestamp: number, arrival: number): void {
    const transit = ((arrival | 0) - timestamp) | 0;
    if (this.#hasTransit) {
      const difference = Math.abs((transit - this.#transit) | 0);
      if (difference <= largestJitter) this.#jitter += difference - ((this.#jitter + 8) >> 4);
    }
    this.#transit = transit;
    this.#hasTransit = true;
  }
}
