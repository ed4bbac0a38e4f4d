/** Polls until `probe` gives something other than undefined, null or false; fails after `timeoutMs` naming what was waited for. */
export async function waitFor<Value>(
  probe: () => Value | undefined | null | false | Promise<Value | undefined | null | false>,
  timeoutMs: number,
  what: string | (() => string),
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${typeof what === 'string' ? what : what()}`);
    }
    await sleep(25);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
