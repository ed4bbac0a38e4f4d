import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The product lies beside this file, made of the same sources (scripts/build-sandbox.mjs). */
const product = fileURLToPath(new URL('./product/', import.meta.url));
export const promptsFolder = join(product, 'prompts/sandbox');

const neededMajor = 24;
/** Calls are hung up by then. */
const goodbyeMs = 10_000;
/** Of what it said, for who has to find out why it did not start. */
const lastLines = 20;

interface StartOptions {
  readonly file: string;
  readonly data: string;
  readonly withinMs: number;
  readonly onLog?: (line: string) => void;
}

/** The server as a process of its own, with the Node.js it needs, whichever runs the tests. Ends with this one. */
export class Product {
  readonly url: string;
  readonly sipPort: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess, ended: Promise<unknown>, url: string, sipPort: number) {
    this.#child = child;
    this.#ended = ended;
    this.url = url;
    this.sipPort = sipPort;
  }

  static async start({ file, data, withinMs, onLog }: StartOptions): Promise<Product> {
    const child = spawn(nodeBinary(), [join(product, 'server/src/main.js'), '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // It sees the channel close when this process is gone, however it went, and ends.
      env: { ...process.env, PARTYLINE_DATA: data, PARTYLINE_LAUNCHED: '1', NODE_OPTIONS: '' },
    });
    const ended = once(child, 'exit');
    ended.catch(() => undefined);
    const said: string[] = [];
    let ready = (_line: string) => {};
    const began = new Promise<string>((resolve) => {
      ready = resolve;
    });
    const hear = (line: string) => {
      said.push(line);
      if (said.length > lastLines) said.shift();
      if (line.startsWith('partyline ready ')) ready(line);
      else if (line.startsWith('{')) onLog?.(line);
    };
    byLine(child.stdout, hear);
    byLine(child.stderr, hear);
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<null>((resolve) => {
      late = setTimeout(resolve, withinMs, null);
    });
    const line = await Promise.race([
      began,
      ended.then(
        () => null,
        () => null,
      ),
      tooLate,
    ]);
    clearTimeout(late);
    const found = /http=(\S+) sip=\S+:(\d+)$/.exec(line ?? '');
    if (found === null) {
      child.kill('SIGKILL');
      throw new Error(`The sandbox did not start. It said:\n${said.join('\n')}`);
    }
    // A test runner that has nothing else to do is not kept by it.
    child.unref();
    child.channel?.unref();
    for (const stream of [child.stdout, child.stderr]) (stream as { unref?(): void } | null)?.unref?.();
    return new Product(child, ended, found[1]!, Number(found[2]));
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.ref();
    this.#child.kill('SIGTERM');
    // The second one: nobody is left whose call could go on.
    const again = setTimeout(() => this.#child.kill('SIGTERM'), 400);
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), goodbyeMs);
    await this.#ended.catch(() => undefined);
    clearTimeout(again);
    clearTimeout(hard);
  }
}

function byLine(stream: NodeJS.ReadableStream | null, hear: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (bytes) => {
    const lines = (rest + String(bytes)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
}

/** The one that comes as a package, else the one running now when it is new enough. */
function nodeBinary(): string {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    const path = join(dirname(manifest), `bin/node${suffix}`);
    if (existsSync(path)) return path;
  } catch {} // The package is not there.
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  throw new Error(
    `The sandbox needs Node.js ${neededMajor} for the server, and this is ${process.versions.node}. It comes with the package ` +
      '"node", whose install script npm did not run: npm rebuild node --ignore-scripts=false',
  );
}
