import type { Clock, Timer } from '../base/clock.ts';

/** Beats made up for after a stall; what is older is left out, its time is over. */
const mostCatchUp = 3;

/** What one timer drives for all: members are called once a period. Runs only while it has members. */
export class Beat<Member extends { beat(nowMs: number): void }> {
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #members = new Set<Member>();
  readonly #fire = () => this.#run();
  #timer: Timer | null = null;
  #nextMs = 0;

  constructor(clock: Clock, periodMs: number) {
    this.#clock = clock;
    this.#periodMs = periodMs;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Idempotent. */
  add(member: Member): void {
    this.#members.add(member);
    if (this.#timer !== null) return;
    this.#nextMs = this.#clock.monotonic() + this.#periodMs;
    this.#arm();
  }

  /** Idempotent; allowed from within `beat`. */
  delete(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.close();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #run(): void {
    this.#timer = null;
    const now = this.#clock.monotonic();
    const oldest = now - mostCatchUp * this.#periodMs;
    if (this.#nextMs < oldest) this.#nextMs = oldest;
    // A timer may fire a moment early.
    for (; this.#nextMs <= now + 1; this.#nextMs += this.#periodMs) {
      for (const member of this.#members) member.beat(now);
    }
    if (this.#members.size > 0) this.#arm();
  }

  #arm(): void {
    this.#timer ??= this.#clock.setTimer(Math.max(0, this.#nextMs - this.#clock.monotonic()), this.#fire);
  }
}
