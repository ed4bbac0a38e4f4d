import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Compiles a program of bench/yardstick; null where there is no C compiler. */
export function compiled(name: 'mixer' | 'phones'): string | null {
  const source = fileURLToPath(new URL(`../yardstick/${name}.c`, import.meta.url));
  const program = join(mkdtempSync(join(tmpdir(), 'partyline-yardstick-')), name);
  try {
    execFileSync('cc', ['-O2', '-o', program, source, '-lm'], { stdio: ['ignore', 'ignore', 'pipe'] });
    return program;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A program that is told lines and answers each with one; it has said which ports it has. */
export class CProgram {
  readonly pid: number;
  readonly ports: readonly number[];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    ports: readonly number[],
  ) {
    this.pid = child.pid ?? 0;
    this.#child = child;
    this.#lines = lines;
    this.ports = ports;
  }

  static async start(program: string, args: readonly number[]): Promise<CProgram> {
    const child = spawn(program, args.map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    if (value === undefined) throw new Error(`${program} ended at once`);
    return new CProgram(child, lines, value.split(' ').map(Number));
  }

  async ask(line: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    const { value } = await this.#lines.next();
    if (value === undefined) throw new Error('a program of the benchmark ended');
    return value;
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
  }
}
