import type { Clock } from '../../base/clock.ts';

/** How a phone told of a key: by RTP events, or by INFO. */
type Way = 'rtp' | 'info';

/**
 * An INFO that was lost is repeated after 0.5, 1.5 and 3.5 s (RFC 3261 §17.1.2.2): what tells of the same press comes
 * within this.
 */
const matchMs = 4000;
/** No phone has more presses under way; more are forgotten, the oldest first. */
const mostWaiting = 64;

interface Told {
  readonly way: Way;
  readonly digit: string;
  /** When the press was over, as far as that is known. */
  readonly atMs: number;
}

/**
 * One press is one key, though many phones tell of it by RTP and by INFO, in whatever order these arrive. Presses are
 * counted: what one way told first is waited for by the other way once, so two quick presses of a key told twice are
 * two. A way that tells less than the other loses nothing.
 */
export class LegKeys {
  readonly #clock: Clock;
  readonly #onKey: (digit: string, durationMs: number) => void;
  /** Told by one way and not yet by the other, in order. */
  #waiting: Told[] = [];

  constructor(clock: Clock, onKey: (digit: string, durationMs: number) => void) {
    this.#clock = clock;
    this.#onKey = onKey;
  }

  /** RTP tells of a press when it is over, INFO at its beginning or end. */
  told(way: Way, digit: string, durationMs: number): void {
    const atMs = this.#clock.monotonic();
    const since = atMs - matchMs - (way === 'rtp' ? durationMs : 0);
    const at = this.#waiting.findIndex((one) => one.way !== way && one.digit === digit && one.atMs >= since);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      return;
    }
    if (this.#waiting.length >= mostWaiting) this.#waiting.shift();
    this.#waiting.push({ way, digit, atMs });
    this.#onKey(digit, durationMs);
  }
}
