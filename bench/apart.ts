import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figure, Say } from './figure.ts';
import type { Told } from './part.ts';

const entry = fileURLToPath(new URL('./part.ts', import.meta.url));
/** Until what a part has started is gone by itself. */
const endsWithinMs = 3000;
/** The groups of parts that run. */
const running = new Set<number>();

export type Outcome =
  | { readonly figures: readonly Figure[] }
  | { readonly skipped: string }
  | { readonly failed: string; readonly late: boolean };

/**
 * Runs one part of a benchmark in a process of its own, the first of a group that is ended when the part is over or
 * took longer than `limitS`: nothing that it started is there when the next one begins.
 */
export async function runApart(name: string, part: string, limitS: number, say: Say): Promise<Outcome> {
  const child = fork(entry, [name, part], { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const group = child.pid ?? 0;
  running.add(group);
  let outcome: Outcome | null = null;
  const ended = new Promise<number | string | null>((done) =>
    child.once('exit', (code, signal) => done(signal ?? code)),
  );
  child.on('message', (told: Told) => {
    if (told.line !== undefined) say(told.line);
    if (told.skipped !== undefined) outcome = { skipped: told.skipped };
    if (told.failed !== undefined) outcome = { failed: told.failed, late: false };
    if (told.figures !== undefined)
      outcome = { figures: told.figures.map((one) => ({ ...one, value: one.value ?? Number.NaN })) };
  });
  const limit = setTimeout(() => {
    outcome ??= { failed: `it did not end within ${limitS} s`, late: true };
    endGroup(group);
  }, limitS * 1000);
  const how = await ended;
  clearTimeout(limit);
  await untilGone(group);
  running.delete(group);
  return outcome ?? { failed: `its process ended with ${how}`, late: false };
}

/** Ends what runs: for when the whole is given up. */
export function endAll(): void {
  for (const group of running) endGroup(group);
}

async function untilGone(group: number): Promise<void> {
  const end = performance.now() + endsWithinMs;
  while (alive(group) && performance.now() < end) await new Promise((done) => setTimeout(done, 50));
  endGroup(group);
}

function alive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function endGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left of it.
  }
}
