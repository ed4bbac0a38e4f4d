const windowMs = 1000;
/** Of one core: what is left would be gone with the legs that come meanwhile. */
const full = 0.9;
/** Of the ticks of a window, late ones; with so much of a core used that it is the legs which make them late. */
const mostLate = 0.1;
const busy = 0.7;
/** Windows in a row until no legs are taken: opening many at once takes a moment, too. */
const tightWindows = 2;
/** Windows in a row without either, until legs are taken again. */
const calmWindows = 3;

/**
 * Whether a media process runs late, by what it did in each second of ticks. It takes no new leg then; those it has go
 * on as before. Late alone is not enough: on a machine that is busy with other things a process with little to do is
 * late too, and would be so without its legs.
 *
 *     calm        two seconds in a row with 90 % of a core used,
 *                 or 70 % and a tenth of the ticks late           → overloaded
 *     overloaded  three seconds in a row without                  → calm
 *     overloaded  no tick for a second                            → calm
 */
export class Overload {
  readonly #processorMs: () => number;
  readonly #onChange: (overloaded: boolean) => void;
  #overloaded = false;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #tickMs = Number.NEGATIVE_INFINITY;
  #ticks = 0;
  #late = 0;
  #before = 0;
  #tight = 0;
  #calm = 0;

  /** `processorMs`: what was used of the processor so far. */
  constructor(processorMs: () => number, onChange: (overloaded: boolean) => void) {
    this.#processorMs = processorMs;
    this.#onChange = onChange;
  }

  /** Whether new legs are to be refused. */
  now(nowMs: number): boolean {
    if (this.#overloaded && nowMs - this.#tickMs > windowMs) this.#become(false);
    return this.#overloaded;
  }

  /** After a tick; totals of ticks and of late ones so far. */
  ticked(nowMs: number, ticks: number, late: number): void {
    const paused = nowMs - this.#tickMs > windowMs;
    this.#tickMs = nowMs;
    const passed = nowMs - this.#sinceMs;
    if (!paused && passed < windowMs) return;
    const spent = this.#processorMs();
    if (!paused) {
      const lateShare = (late - this.#late) / Math.max(1, ticks - this.#ticks);
      const processor = (spent - this.#before) / passed;
      this.#judge(processor >= full || (lateShare >= mostLate && processor >= busy));
    }
    this.#sinceMs = nowMs;
    this.#ticks = ticks;
    this.#late = late;
    this.#before = spent;
  }

  #judge(tooMuch: boolean): void {
    this.#calm = tooMuch ? 0 : this.#calm + 1;
    this.#tight = tooMuch ? this.#tight + 1 : 0;
    if (this.#tight >= tightWindows) this.#become(true);
    else if (this.#calm >= calmWindows) this.#become(false);
  }

  #become(overloaded: boolean): void {
    if (this.#overloaded === overloaded) return;
    this.#overloaded = overloaded;
    this.#calm = 0;
    this.#onChange(overloaded);
  }
}

/** What this thread, which is where legs are served, has used of the processor so far, ms. */
export function processorTimeMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
