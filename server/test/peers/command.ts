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
  /** Undefined: not as this process has it, but not at all. */
  readonly env?: Record<string, string | undefined>;
  /** Typed at the terminal. */
  readonly typed?: string;
  /** Another one than that of this clone. */
  readonly program?: readonly string[];
  /** Told each line of its standard output, as it comes. */
  readonly onLine?: (line: string) => void;
  /** When this is done, it gets Ctrl-C. */
  readonly until?: () => Promise<void>;
}

/** Runs `partyline ARGUMENTS` until it ends. */
export function partyline(args: readonly string[], how: How): Promise<Ran> {
  const { cwd, env = {}, typed, program, onLine, until } = how;
  const [command, ...before] = program ?? [process.execPath, launcher];
  const child = startChild(command!, [...before, ...args], {
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [out, err] = ['', ''];
  let lines = 0;
  child.stdout?.on('data', (bytes) => {
    out += bytes;
    if (onLine === undefined) return;
    const whole = out.split('\n').slice(0, -1);
    for (const line of whole.slice(lines)) onLine(line);
    lines = whole.length;
  });
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(typed ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, out, err });
    });
  });
  if (until === undefined) return ended;
  return until().then(
    () => {
      child.kill('SIGINT');
      return ended;
    },
    (thrown) => {
      child.kill('SIGKILL');
      throw new Error(`${(thrown as Error).message}\n${err}`, { cause: thrown });
    },
  );
}
