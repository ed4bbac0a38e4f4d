/** How the process has spent its time so far, ms: on the processor, and not waiting for anything. */
export interface TimeSpent {
  readonly processorMs: number;
  readonly activeMs: number;
}

const windowMs = 1000;
/** Of the ticks of a window, late ones; with the share of the time in which there was something to do. */
const mostLate = 0.1;
const busy = 0.8;
/** Of one core: what is left would be gone with the legs that come meanwhile. */
const full = 0.9;
/** Windows in a row without either, until legs are taken again. */
const calmWindows = 3;

/**
 * Whether a media process runs late, by what it did in each second of ticks. It takes no new leg then; those it has go
 * on as before. Late alone is not enough: on a machine that is busy with other things a process with little to do is
 * late too, and would be so without its legs.
 *
 *     calm        a second with a tenth of its ticks late and 80 % of it active,
 *                 or 90 % of a core used                                          → overloaded
 *     overloaded  three seconds in a row without                                  → calm
 *     overloaded  no tick for a second                                            → calm
 */
export class Overload {
  readonly #spent: () => TimeSpent;
  readonly #onChange: (overloaded: boolean) => void;
  #overloaded = false;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #tickMs = Number.NEGATIVE_INFINITY;
  #ticks = 0;
  #late = 0;
  #before: TimeSpent = { processorMs: 0, activeMs: 0 };
  #calm = 0;

  constructor(spent: () => TimeSpent, onChange: (overloaded: boolean) => void) {
    this.#spent = spent;
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
    const spent = this.#spent();
    if (!paused) {
      const lateShare = (late - this.#late) / Math.max(1, ticks - this.#ticks);
      const active = (spent.activeMs - this.#before.activeMs) / passed;
      const processor = (spent.processorMs - this.#before.processorMs) / passed;
      this.#judge(processor >= full || (lateShare >= mostLate && active >= busy));
    }
    this.#sinceMs = nowMs;
    this.#ticks = ticks;
    this.#late = late;
    this.#before = spent;
  }

  #judge(tooMuch: boolean): void {
    this.#calm = tooMuch ? 0 : this.#calm + 1;
    if (tooMuch) this.#become(true);
    else if (this.#calm >= calmWindows) this.#become(false);
  }

  #become(overloaded: boolean): void {
    if (this.#overloaded === overloaded) return;
    this.#overloaded = overloaded;
    this.#calm = 0;
    this.#onChange(overloaded);
  }
}

/** Of this thread, which is where legs are served. */
export function timeSpent(): TimeSpent {
  const { user, system } = process.threadCpuUsage();
  return { processorMs: (user + system) / 1000, activeMs: performance.eventLoopUtilization().active };
}
