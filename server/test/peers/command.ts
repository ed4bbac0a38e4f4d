import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from './children.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** As users start it: the launcher, with a Node.js of theirs. */
const launcher = join(root, 'scripts/partyline.mjs');
const longestMs = 240_000;

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface How {
  /** Where the user stands. */
  readonly cwd: string;
  readonly env?: Record<string, string>;
  /** Typed at the terminal. */
  readonly typed?: string;
  /** Another one than that of this clone. */
  readonly program?: readonly string[];
}

/** Runs `partyline ARGUMENTS` until it ends. */
export function partyline(args: readonly string[], { cwd, env = {}, typed, program }: How): Promise<Ran> {
  const [command, ...before] = program ?? [process.execPath, launcher];
  const child = startChild(command!, [...before, ...args], {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(typed ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, out, err });
    });
  });
}
