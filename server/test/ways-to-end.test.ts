import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, type StdioOptions } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort, mediaRange } from '../src/base/testing/free-port.ts';
import { startChild } from './peers/children.ts';
import { sleep, waitFor } from './peers/wait.ts';

/**
 * Every way in which it can come to an end: it does, with the code that is promised, and nothing of it stays behind.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'server/src/main.ts');
const launcher = join(root, 'scripts/partyline.mjs');
/** A media process waits ten seconds for a new control process when its own was killed. */
const goneMs = 25_000;
let folder: string;
let number = 0;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-ends-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** A process and all that it started. */
interface Running {
  readonly child: ChildProcess;
  readonly http: string;
  /** The server itself. */
  readonly server: number;
  readonly media: number;
  readonly sandbox: number;
  readonly all: readonly number[];
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  text(): string;
}

interface How {
  readonly stdio?: StdioOptions;
  readonly cwd?: string;
  /** What nobody reads from the first moment on. */
  readonly closed?: readonly ('stdout' | 'stderr')[];
}

/** Starts `command` with the configuration behind it, and waits until calls can be taken. */
async function start(
  command: readonly string[],
  { stdio = ['ignore', 'pipe', 'pipe'], cwd = folder, closed = [] }: How = {},
) {
  const port = await freePort();
  const range = mediaRange(100);
  // Others start meanwhile.
  const own = ++number;
  const file = join(folder, `${own}.yaml`);
  const media = { rtpPorts: `${range.from}-${range.to}`, webrtcPort: await freePort(), processes: 1 };
  writeFileSync(file, stringify({ http: { port }, sip: { port: 0 }, media, sandbox: 'on' }));
  const [program = '', ...args] = command;
  const { npm_lifecycle_event: _, ...outside } = process.env;
  const env = { ...outside, PARTYLINE_DATA: join(folder, `data-${own}`), INIT_CWD: folder };
  const child = startChild(program, [...args, '--config', file], { cwd, stdio, env, detached: true });
  let text = '';
  for (const one of closed) child[one]?.destroy();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes) => {
      text += bytes;
    });
  }
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? signal ?? '')),
  );
  const http = `http://127.0.0.1:${port}`;
  try {
    await waitFor(
      () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${text}`);
        return healthy(http);
      },
      60_000,
      () => `calls to be taken: ${text}`,
    );
  } catch (error) {
    for (const pid of [child.pid ?? 0, ...descendants(child.pid ?? 0)].filter(alive)) process.kill(pid, 'SIGKILL');
    throw error;
  }
  const all = [child.pid ?? 0, ...descendants(child.pid ?? 0)];
  const find = (what: string) => all.find((pid) => commandOf(pid).includes(what)) ?? 0;
  const [server, mediaPid, sandbox] = [find(main), find('media/process/main.ts'), find('sandbox/main.ts')];
  assert.ok(server > 0 && mediaPid > 0 && sandbox > 0, all.map(commandOf).join('\n'));
  return { child, http, server, media: mediaPid, sandbox, all, ended, text: () => text } satisfies Running;
}

const healthy = (http: string) =>
  fetch(`${http}/healthz`).then(
    (answer) => answer.status === 200,
    () => false,
  );

function descendants(pid: number): number[] {
  let children: number[] = [];
  try {
    const listed = readdirSync(`/proc/${pid}/task`).map((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'),
    );
    children = listed.join(' ').split(' ').filter(Boolean).map(Number);
  } catch {} // It has ended.
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Not gone, and no zombie that only waits to be noticed. */
function alive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function allGone({ all, text }: Running): Promise<void> {
  try {
    await waitFor(
      () => !all.some(alive),
      goneMs,
      () => `the end of ${all.filter(alive).map(commandOf).join('\n')}\n${text()}`,
    );
  } finally {
    for (const pid of all.filter(alive)) process.kill(pid, 'SIGKILL');
  }
}

/** A pipe that takes nothing more, and that nobody reads, from the first moment on. */
function fullPipe(): { readonly fd: number; close(): void } {
  const path = join(folder, `full-${++number}`);
  execFileSync('mkfifo', [path]);
  const filling = fill(path);
  // Opened anew, as whoever is given this one has to find it blocking.
  const fd = openSync(path, 'r+');
  return {
    fd,
    close: () => {
      closeSync(fd);
      closeSync(filling);
    },
  };
}

/** Writes there until nothing more is taken; gives back what holds it open. */
function fill(path: string): number {
  const filling = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    for (;;) writeSync(filling, Buffer.alloc(4096));
  } catch {} // EAGAIN: it is full.
  return filling;
}

const direct = [process.execPath, main];
const launched = [process.execPath, launcher, 'start'];
const byNpm = ['npm', 'start', '--'];
const skip = existsSync('/proc/self/task') ? false : 'needs /proc';

interface Way {
  readonly what: string;
  readonly command: readonly string[];
  readonly end: (running: Running) => void;
  readonly code?: number | string;
}

const ways: readonly Way[] = [
  { what: 'SIGTERM', command: direct, end: ({ child }) => child.kill('SIGTERM'), code: 0 },
  { what: 'SIGINT', command: direct, end: ({ child }) => child.kill('SIGINT'), code: 0 },
  { what: 'SIGTERM to the launcher', command: launched, end: ({ child }) => child.kill('SIGTERM'), code: 0 },
  { what: 'Ctrl-C at a terminal', command: launched, end: ({ child }) => process.kill(-child.pid!, 'SIGINT'), code: 0 },
  { what: 'SIGTERM to the server under the launcher', command: launched, end: kill('server', 'SIGTERM'), code: 0 },
  { what: 'kill -9 of the launcher', command: launched, end: ({ child }) => child.kill('SIGKILL'), code: 'SIGKILL' },
  { what: 'kill -9 of the server', command: direct, end: kill('server', 'SIGKILL'), code: 'SIGKILL' },
  { what: 'kill -9 of the server under the launcher', command: launched, end: kill('server', 'SIGKILL'), code: 137 },
  { what: 'SIGTERM to npm', command: byNpm, end: ({ child }) => child.kill('SIGTERM') },
  { what: 'kill -9 of npm', command: byNpm, end: ({ child }) => child.kill('SIGKILL'), code: 'SIGKILL' },
  { what: 'kill -9 of all but the media process', command: launched, end: killAllBut('media'), code: 'SIGKILL' },
  { what: 'kill -9 of all but the sandbox', command: launched, end: killAllBut('sandbox'), code: 'SIGKILL' },
];

function kill(which: 'server' | 'media' | 'sandbox', signal: NodeJS.Signals) {
  return (running: Running) => void process.kill(running[which], signal);
}

function killAllBut(which: 'media' | 'sandbox') {
  return (running: Running) => {
    for (const pid of running.all) if (pid !== running[which]) process.kill(pid, 'SIGKILL');
  };
}

/** Standard output and error that nobody reads any more, or that are full. */
const outputs: readonly { what: string; command: readonly string[]; closed: readonly ('stdout' | 'stderr')[] }[] = [
  { what: 'standard output', command: direct, closed: ['stdout'] },
  { what: 'standard error', command: direct, closed: ['stderr'] },
  { what: 'both, under the launcher', command: launched, closed: ['stdout', 'stderr'] },
  // The shell's classic: whoever reads goes after two lines.
  { what: 'npm start | head -2:', command: ['sh', '-c', 'npm start -- "$@" 2>/dev/null | head -2', 'sh'], closed: [] },
];

const script = ['/usr/bin/script', '/bin/script'].find(existsSync);
const noTerminal = script === undefined ? 'needs script (util-linux) for a terminal' : skip;

/** The launcher, in a terminal of its own. */
function inTerminal(): string[] {
  const own = ++number;
  const terminal = join(folder, `terminal-${own}.sh`);
  writeFileSync(terminal, `exec '${process.execPath}' '${launcher}' start "$@"\n`);
  const file = join(folder, `in-terminal-${own}.sh`);
  writeFileSync(file, `exec ${script} -qefc "sh ${terminal} $*" /dev/null\n`);
  return ['sh', file];
}

// Most of what they take is waiting for the end: two at once.
describe('it comes to an end', { concurrency: 2 }, () => {
  for (const { what, command, end, code } of ways) {
    test(`${what}: nothing stays behind`, { skip }, async () => {
      const running = await start(command, command === byNpm ? { cwd: root } : {});
      end(running);
      const ended = await running.ended;
      if (code !== undefined) assert.equal(ended, code, running.text());
      await allGone(running);
      assert.doesNotMatch(running.text(), /^\s+at /m);
    });
  }

  test('a second SIGTERM, and a third', { skip }, async () => {
    const running = await start(launched);
    running.child.kill('SIGTERM');
    await waitFor(() => /asked to end/.test(running.text()), 5000, 'the first to be told');
    for (let at = 0; at < 2; at++) {
      // Within a quarter of a second they count as one.
      await sleep(300);
      running.child.kill('SIGTERM');
    }
    assert.equal(await running.ended, 0);
    await allGone(running);
  });

  test('a media process and a sandbox that are killed come back, and go with the server', { skip }, async () => {
    const running = await start(direct);
    process.kill(running.media, 'SIGKILL');
    process.kill(running.sandbox, 'SIGKILL');
    const again = () => descendants(running.server).filter((pid) => /media|sandbox/.test(commandOf(pid)) && alive(pid));
    await waitFor(() => again().length === 2, 20_000, 'both to come back');
    const all = [...running.all, ...again()];
    running.child.kill('SIGTERM');
    assert.equal(await running.ended, 0);
    await allGone({ ...running, all });
  });

  for (const { what, command, closed } of outputs) {
    test(`${what} closed: it goes on, and ends when it is told`, { skip }, async () => {
      const running = await start(command, { closed, ...(command[0] === 'sh' ? { cwd: root } : {}) });
      assert.ok(await healthy(running.http));
      process.kill(running.server, 'SIGTERM');
      assert.equal(await running.ended, 0, running.text());
      await allGone(running);
      assert.doesNotMatch(running.text(), /EPIPE.*stack|^\s+at /m);
    });
  }

  test('output and errors in a full pipe that nobody reads: it goes on, also when its media process dies', {
    skip,
  }, async () => {
    const pipe = fullPipe();
    const running = await start(direct, { stdio: ['ignore', pipe.fd, pipe.fd] });
    const again = () => descendants(running.server).filter((pid) => /media|sandbox/.test(commandOf(pid)) && alive(pid));
    // All of them write to the same pipe, and have something to say when one of them is gone.
    process.kill(running.media, 'SIGKILL');
    process.kill(running.sandbox, 'SIGKILL');
    await waitFor(() => again().length === 2, 20_000, 'both to come back');
    const all = [...running.all, ...again()];
    await waitFor(() => healthy(running.http), 10_000, 'calls to be taken again');
    process.kill(running.server, 'SIGTERM');
    assert.equal(await running.ended, 0);
    await allGone({ ...running, all });
    pipe.close();
  });

  test('standard output and error on a full disk: it goes on', { skip }, async () => {
    const full = openSync('/dev/full', 'w');
    const running = await start(launched, { stdio: ['ignore', full, full] });
    running.child.kill('SIGTERM');
    assert.equal(await running.ended, 0);
    await allGone(running);
  });

  test('SIGHUP without a terminal, SIGUSR1 and SIGUSR2 end nothing', { skip }, async () => {
    const running = await start(launched);
    running.child.kill('SIGHUP');
    await waitFor(() => /the configuration was read again/.test(running.text()), 5000, 'SIGHUP to be told');
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.kill(running.server, signal);
    await waitFor(() => /SIGUSR2/.test(running.text()), 5000, 'SIGUSR2 to be told');
    assert.ok(await healthy(running.http));
    running.child.kill('SIGTERM');
    assert.equal(await running.ended, 0);
    await allGone(running);
  });

  test('a terminal that is closed ends what was started in it', { skip: noTerminal }, async () => {
    const running = await start(inTerminal());
    // What holds the other end of the terminal goes: the kernel hangs up.
    running.child.kill('SIGKILL');
    await allGone(running);
  });

  test('a terminal that was stopped, or that nobody reads: it goes on, and ends when it is told', {
    skip: noTerminal,
  }, async () => {
    // What holds the other end of the terminal reads it only as long as it can pass it on.
    const pipe = fullPipe();
    const running = await start(inTerminal(), { stdio: ['ignore', pipe.fd, pipe.fd] });
    const filling = fill(`/proc/${running.server}/fd/2`);
    const again = () => descendants(running.server).filter((pid) => /media|sandbox/.test(commandOf(pid)) && alive(pid));
    process.kill(running.media, 'SIGKILL');
    process.kill(running.sandbox, 'SIGKILL');
    await waitFor(() => again().length === 2, 20_000, 'both to come back');
    const all = [running.server, running.media, running.sandbox, ...again()];
    await waitFor(() => healthy(running.http), 10_000, 'calls to be taken again');
    process.kill(running.server, 'SIGTERM');
    await allGone({ ...running, all });
    running.child.kill('SIGKILL');
    closeSync(filling);
    pipe.close();
    await allGone(running);
  });

  for (const data of ['/proc/x', '/proc/x/y', '/dev/null/x']) {
    test(`a data folder that nobody can make (${data}) is one line and exit code 4`, { skip }, async () => {
      const env = { ...process.env, PARTYLINE_DATA: data };
      const file = join(folder, 'impossible.yaml');
      writeFileSync(file, 'http: { port: 0 }\nsip: { port: 0 }\nsandbox: off\n');
      const child = startChild(process.execPath, [main, '--config', file], {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let text = '';
      child.stderr?.on('data', (bytes) => {
        text += bytes;
      });
      assert.equal(await new Promise((resolve) => child.once('close', resolve)), 4, text);
      assert.match(text, new RegExp(`^partyline: .*${data}.*\\n$`));
    });
  }
});
