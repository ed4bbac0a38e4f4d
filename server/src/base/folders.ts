import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are missing, each with `mode`. Unlike mkdir with `recursive` it never goes
 * round in circles where the system refuses to make any (below /proc), but throws what the system says.
 */
export function makeFolder(path: string, mode = 0o777): void {
  const missing: string[] = [];
  let folder = resolve(path);
  while (!isThere(folder) && folder !== dirname(folder)) {
    missing.push(folder);
    folder = dirname(folder);
  }
  if (missing.length === 0 && !statSync(folder).isDirectory()) {
    throw Object.assign(new Error(`EEXIST: ${folder} is no folder`), { code: 'EEXIST' });
  }
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one, { mode });
    } catch (error) {
      // Somebody else was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether something has this path; throws where that cannot be told. */
function isThere(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
