import { type Clock, systemClock } from '../clock.ts';

/**
 * Far beyond what anything takes on a machine that is busy with other things: that costs nothing when the fact comes.
 * How soon it comes is never judged by this.
 */
const patienceMs = 120_000;

export function pause(ms: number, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(ms, resolve));
}

/** Waits until it holds, and gives how many ms that took; after two minutes it fails with what was waited for. */
export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
  everyMs = 5,
): Promise<number> {
  const began = systemClock.monotonic();
  for (;;) {
    const held = holds();
    if (typeof held === 'boolean' ? held : await held) return systemClock.monotonic() - began;
    if (systemClock.monotonic() - began > patienceMs) {
      throw new Error(`waited ${patienceMs} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await pause(everyMs);
  }
}
