const windowMs = 1000;
/** Of one core: what is left would be gone with the legs that come meanwhile. */
const full = 0.9;
/** Of one core: with less there is room for legs again. */
const roomy = 0.85;
/** Of the ticks of a window, late ones; with so much of a core used that it is the legs which make them late. */
const mostLate = 0.1;
const busy = 0.7;
/** Windows in a row until no legs are taken: opening many at once takes a moment, too. */
const tightWindows = 2;
/** The same where other programs have the core: a start, or a burst of calls, takes longer there. */
const starvedWindows = 5;
/** Windows in a row without either, until legs are taken again. */
const calmWindows = 3;
/**
 * With fewer legs, or less of a core, what one costs says nothing of the next: opening them, and code that is not
 * compiled yet, is most of it.
 */
const leastLegs = 50;
const leastProcessor = 0.75;
/** Of one core, with the legs that came in this second as long as they are there and with as many more in the next. */
const soonFull = 0.95;

/** What a media process has used so far, ms. */
export interface Usage {
  /** Of the processor. */
  readonly processorMs: number;
  /** Not idle: it had something to do, whether it got the processor or waited for it behind other programs. */
  readonly activeMs: number;
  /** Of the processor, by commands: opening legs costs more than they do, and is over soon. */
  readonly commandsMs: number;
}

/**
 * Whether a media process runs late, by what it did in each second of ticks. It takes no new leg then; those it has go
 * on as before. Late alone is not enough: on a machine that is busy with other things a process with little to do is
 * late too, and would be so without its legs. Of the core what commands took does not count: a burst of legs that come
 * is none of legs that stay.
 *
 *     calm        two seconds in a row with 90 % of a core used,
 *                 or 70 % and a tenth of the ticks late                         → overloaded
 *     calm        five seconds in a row with a tenth of the ticks late
 *                 and no time idle: others have the core                        → overloaded
 *     calm        a second after which the legs that came in it, and as many more,
 *                 would take 95 % of a core, at what a leg costs here           → overloaded
 *     overloaded  three seconds in a row with less than 85 % and in time        → calm
 *     overloaded  no tick for a second                                          → calm
 */
export class Overload {
  readonly #usage: () => Usage;
  readonly #onChange: (overloaded: boolean) => void;
  #overloaded = false;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #tickMs = Number.NEGATIVE_INFINITY;
  #before = { ticks: 0, late: 0, legs: 0 };
  #used: Usage = { processorMs: 0, activeMs: 0, commandsMs: 0 };
  #tight = 0;
  #starved = 0;
  #calm = 0;

  constructor(usage: () => Usage, onChange: (overloaded: boolean) => void) {
    this.#usage = usage;
    this.#onChange = onChange;
  }

  /** Whether new legs are to be refused. */
  now(nowMs: number): boolean {
    if (this.#overloaded && nowMs - this.#tickMs > windowMs) this.#become(false);
    return this.#overloaded;
  }

  /** After a tick; totals of ticks and of late ones so far, and how many legs there are. */
  ticked(nowMs: number, ticks: number, late: number, legs: number): void {
    const paused = nowMs - this.#tickMs > windowMs;
    this.#tickMs = nowMs;
    const passed = nowMs - this.#sinceMs;
    if (!paused && passed < windowMs) return;
    const used = this.#usage();
    if (!paused) {
      const lateShare = (late - this.#before.late) / Math.max(1, ticks - this.#before.ticks);
      const commands = used.commandsMs - this.#used.commandsMs;
      const processor = (used.processorMs - this.#used.processorMs - commands) / passed;
      const active = (used.activeMs - this.#used.activeMs) / passed;
      const runsLate = lateShare >= mostLate;
      const tight = processor >= (this.#overloaded ? roomy : full) || (runsLate && processor >= busy);
      this.#judge(tight, runsLate && active >= full, this.#soon(processor, legs));
    }
    this.#sinceMs = nowMs;
    this.#before = { ticks, late, legs };
    this.#used = used;
  }

  /**
   * Of one core, a second from now, if as many legs come as in this second; 0 when none came, or it is too soon to say.
   */
  #soon(processor: number, legs: number): number {
    const more = legs - this.#before.legs;
    if (more <= 0 || legs < leastLegs || processor < leastProcessor) return 0;
    // Those that came meanwhile were there for half of it.
    return (processor * (legs + more)) / (legs - more / 2);
  }

  #judge(tight: boolean, starved: boolean, soon: number): void {
    this.#calm = tight || starved ? 0 : this.#calm + 1;
    this.#tight = tight ? this.#tight + 1 : 0;
    this.#starved = starved ? this.#starved + 1 : 0;
    if (this.#tight >= tightWindows || this.#starved >= starvedWindows || soon >= soonFull) this.#become(true);
    else if (this.#calm >= calmWindows) this.#become(false);
  }

  #become(overloaded: boolean): void {
    if (this.#overloaded === overloaded) return;
    this.#overloaded = overloaded;
    this.#calm = 0;
    this.#onChange(overloaded);
  }
}

/** What this thread, which is where legs are served, has used so far. */
export function usageOfThread(commands: { readonly processorMs: number }): Usage {
  const { active } = performance.eventLoopUtilization();
  return { processorMs: processorTimeMs(), activeMs: active, commandsMs: commands.processorMs };
}

/** Of the processor alone, ms. */
export function processorTimeMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
