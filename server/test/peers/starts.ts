import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort, mediaRange } from '../../src/base/testing/free-port.ts';
import { startChild } from './children.ts';
import { needs } from './installed.ts';
import { waitFor } from './wait.ts';

/** How it starts, what it says when it cannot, and how it ends: the exit codes that scripts rely on. */

export const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export const launcher = fileURLToPath(new URL('../../../scripts/partyline.mjs', import.meta.url));

export const noProc = existsSync('/proc/self/status') ? false : 'needs /proc';

export let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-start-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the server until it ends by itself. */
export function runToEnd(config: string, data = join(folder, 'data')): Promise<Ended> {
  const file = join(folder, 'partyline.yaml');
  writeFileSync(file, config);
  const child = startChild(process.execPath, [main, '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PARTYLINE_DATA: data },
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve({ code, out, err });
    });
  });
}

export async function workingConfig(more: Record<string, unknown> = {}): Promise<string> {
  const range = mediaRange(200);
  const http = await freePort();
  let sip = await freePort();
  while (sip === http) sip = await freePort();
  return stringify({
    http: { port: http },
    sip: { port: sip },
    media: { rtpPorts: `${range.from}-${range.to}`, webrtcPort: await freePort(), processes: 1 },
    sandbox: 'off',
    ...more,
  });
}

/** One line for people: no JSON, no stack. */
export function oneLine(text: string): string {
  const lines = text.trim().split('\n');
  assert.equal(lines.length, 1, text);
  assert.doesNotMatch(text, /^\s+at |"level"/m);
  return lines[0]!;
}

export const mistakes: readonly { what: string; yaml: string; says: RegExp }[] = [
  { what: 'a misspelt key', yaml: 'http: { prot: 8080 }', says: /partyline\.yaml.*http\.prot/ },
  { what: 'a wrong value', yaml: 'sip: { port: many }', says: /partyline\.yaml.*sip\.port.*0 to 65535/ },
  { what: 'text that is not YAML', yaml: 'http: { port: 8080', says: /partyline\.yaml/ },
  {
    what: 'a number that is dialled without quotes',
    yaml: 'organizations: [{ id: 3, name: X, prefix: 0003, users: [] }]',
    says: /organizations\[0\]\.prefix/,
  },
];

export const onTheMachine: readonly { what: string; more: Record<string, unknown>; says: RegExp }[] = [
  {
    what: 'http.tls with a file that is no PEM',
    more: { http: { port: 0, tls: { cert: main, key: main } } },
    says: /http\.tls\.cert.*main\.ts/,
  },
  {
    what: 'sip.tls with a file that is not there',
    more: { sip: { port: 0, tls: { cert: '/absent.pem', key: main } } },
    says: /sip\.tls\.cert.*\/absent\.pem/,
  },
  {
    what: 'media.host of another machine',
    more: { media: { host: '192.0.2.7', processes: 1 } },
    says: /media\.host.*192\.0\.2\.7/,
  },
  { what: 'sip.host without an address', more: { sip: { host: 'no-such-host.invalid' } }, says: /sip\.host.*invalid/ },
];

/** Starts it until it is ready, gives what it has printed and its HTTP address to `look`, and ends it. */
export async function whileReady(
  command: readonly string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv },
  look: (out: string, http: string) => Promise<void> | void = () => undefined,
): Promise<string> {
  const child = startChild(process.execPath, command, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes) => {
    out += bytes;
  });
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await waitFor(
      () => /^partyline ready .*\n/m.test(out),
      10_000,
      () => `ready: ${out}${err}`,
    );
    await look(out, /ready http=(\S+)/.exec(out)?.[1] ?? '');
  } finally {
    child.kill('SIGTERM');
  }
  assert.equal(await ended, 0);
  return out;
}

/** Moments of the start that are tried, spread over its length, elsewhere in each run. */
export const moments = Math.max(2, Number(process.env['PARTYLINE_TEST_MOMENTS'] ?? 6));

export const startMs = 720;

export const skip = needs('baresip');

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
