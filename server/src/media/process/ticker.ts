import type { Clock, Timer } from '../../base/clock.ts';
import { frameMs } from './leg/leg-receiver.ts';

/** A tick later than this is counted: the listener's jitter buffer had to cover for it. */
const lateMs = 10;
/** A tick that is not later than this waits for its timer. */
const patienceMs = 2;
/** After ticks that were due something else has its turn for so long, however late the next is. */
const othersMs = 5;
/** Ticks made up for after a stall; what is older is left out, its time is over. */
const mostCatchUp = 3;

/**
 * The one media timer of the process. Ticks are numbered by time since the start, so that a pause or a stall is a gap
 * in the numbers and RTP timestamps, which follow the numbers, stay true. Runs only while asked to.
 */
export class Ticker {
  ticks = 0;
  late = 0;
  readonly #clock: Clock;
  readonly #onTick: (nowMs: number, tick: number, overdueMs: number) => void;
  readonly #startMs: number;
  readonly #fire = () => this.#run();
  #timer: Timer | null = null;
  #next = 0;
  #ranMs = Number.NEGATIVE_INFINITY;

  /** `onTick` is told how late the first of several is, the others follow at once. */
  constructor(clock: Clock, onTick: (nowMs: number, tick: number, overdueMs: number) => void) {
    this.#clock = clock;
    this.#onTick = onTick;
    this.#startMs = clock.monotonic();
  }

  get running(): boolean {
    return this.#timer !== null;
  }

  /** The tick that now falls into. */
  now(): number {
    return Math.floor((this.#clock.monotonic() - this.#startMs) / frameMs);
  }

  /** Something else waits for the processor: a tick that is late already goes first. */
  hurry(nowMs: number): void {
    if (this.#timer === null || nowMs < this.#startMs + this.#next * frameMs + patienceMs) return;
    if (nowMs < this.#ranMs + othersMs) return;
    this.#timer.cancel();
    this.#run();
  }

  /** Idempotent. The first tick is the next boundary: that of one which ran a moment early is behind it. */
  start(): void {
    if (this.#timer !== null) return;
    this.#next = Math.max(this.#next, this.now() + 1);
    this.#arm();
  }

  /** Idempotent. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #run(): void {
    const nowMs = this.#clock.monotonic();
    const due = this.#startMs + this.#next * frameMs;
    // A timer may fire a moment early.
    if (nowMs < due - 1) {
      this.#arm();
      return;
    }
    const behind = Math.floor(Math.max(0, nowMs - due) / frameMs);
    if (nowMs - due > lateMs) this.late += 1 + behind;
    if (behind > mostCatchUp) this.#next += behind - mostCatchUp;
    let overdueMs = nowMs - due;
    for (let left = Math.min(behind, mostCatchUp); left >= 0 && this.#timer !== null; left--) {
      this.ticks++;
      this.#onTick(nowMs, this.#next++, overdueMs);
      overdueMs = 0;
    }
    this.#ranMs = this.#clock.monotonic();
    if (this.#timer !== null) this.#arm();
  }

  #arm(): void {
    const due = this.#startMs + this.#next * frameMs;
    this.#timer = this.#clock.setTimer(Math.max(0, due - this.#clock.monotonic()), this.#fire);
  }
}
