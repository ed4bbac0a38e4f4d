/** What browsers, which have waits of their own, are given for anything: a busy machine takes its time. */
export const browserPatienceMs = 120_000;

/**
 * For a browser: it goes with the test file. Else its driver ends it at a signal and the file, whose tests wait for it
 * then, goes on.
 */
export const goesWithUs = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false } as const;

/** So many times longer than on a machine with nothing else to do may what is waited for take. */
const patience = 8;

/**
 * ms between two looks: a look costs processor time, often of the server that is waited for, so what takes long is
 * looked at less often, a twentieth of what it has taken so far.
 */
const [shortestMs, longestMs] = [25, 250];

/**
 * Polls until `probe` gives something other than undefined, null or false. `usualMs` is what it takes at most on a
 * machine that does nothing else; a busy one is given longer, as waiting costs nothing when the fact comes. After that
 * it fails and names what was waited for. How soon something comes is never judged by this.
 */
export async function waitFor<Value>(
  probe: () => Value | undefined | null | false | Promise<Value | undefined | null | false>,
  usualMs: number,
  what: string | (() => string),
): Promise<Value> {
  const limitMs = Math.max(120_000, patience * usualMs);
  const began = performance.now();
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    const tookMs = performance.now() - began;
    if (tookMs > limitMs) {
      throw new Error(`waited ${limitMs} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(Math.min(longestMs, Math.max(shortestMs, tookMs / 20)));
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
