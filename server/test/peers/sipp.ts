import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostPort } from '../../src/base/host-port.ts';
import { freePort, freeUdpPorts } from '../../src/base/testing/free-port.ts';
import { startChild } from './children.ts';

export interface SippOptions {
  /** A scenario built into SIPp (`uac`, `uas`, `branchc`, `regexp` …), or a file of `server/test/scenarios/`. */
  readonly scenario: string;
  /** Where to send; null only for scenarios that wait for calls. */
  readonly target: HostPort | null;
  readonly calls: number;
  /** Calls per second; default 50. */
  readonly rate?: number;
  /** One socket for all calls (default), by UDP or TCP. */
  readonly transport?: 'u1' | 't1';
  /** The user part that is called. */
  readonly service?: string;
  /** It gives up by itself after this; default two minutes. Five seconds later it is killed. */
  readonly timeoutMs?: number;
  /**
   * Whether it sends again over UDP what is not answered in half a second; default. Not to a server that loses nothing:
   * on a busy machine answers to what was sent again come when SIPp expects something else, and it gives the call up.
   */
  readonly repeats?: boolean;
  /** Kills it. */
  readonly signal?: AbortSignal;
  readonly localPort?: number;
  readonly args?: readonly string[];
}

export interface SippResult {
  /** Exit code; 0 when every call went as the scenario says. -1 when it was killed. */
  readonly code: number;
  readonly ok: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** Its error log and the end of what it printed, for the message of a failed assertion. */
  readonly log: string;
}

const usualLimitMs = 120_000;
const builtIn = new Set(['uac', 'uas', 'regexp', 'branchc', 'branchs', '3pcc-C-A', '3pcc-C-B']);

/** Runs SIPp once, bounded in calls and time, on a free port of 127.0.0.1. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  const folder = await mkdtemp(join(tmpdir(), 'partyline-sipp-'));
  try {
    const child = startChild('sipp', await argumentsFor(options, folder), {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    options.signal?.addEventListener('abort', () => child.kill('SIGKILL'));
    const { code, output } = await finished(child, (options.timeoutMs ?? usualLimitMs) + 5000);
    const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');
    const numbers = statistics(await read('statistics.csv'));
    const log = `${(await read('errors.log')).slice(0, 4000)}\n${output.slice(-1500)}`;
    return { code, log, ...numbers };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function argumentsFor(options: SippOptions, folder: string): Promise<string[]> {
  const { scenario, target, calls, rate = 50, transport = 'u1', service, timeoutMs = usualLimitMs } = options;
  const file = fileURLToPath(new URL(`../scenarios/${scenario}.xml`, import.meta.url));
  return [
    ...(builtIn.has(scenario) ? ['-sn', scenario] : ['-sf', file]),
    ...(target === null ? [] : [`${target.address}:${target.port}`]),
    ...['-i', '127.0.0.1', '-p', String(options.localPort ?? (await freePort()))],
    // Audio, video and the RTCP of each, whether the scenario has media or not.
    ...['-mi', '127.0.0.1', '-mp', String(await freeUdpPorts(6))],
    ...['-m', String(calls), '-r', String(rate), '-t', transport],
    ...['-timeout', `${Math.ceil(timeoutMs / 1000)}s`, '-timeout_error'],
    ...(service === undefined ? [] : ['-s', service]),
    ...(options.repeats === false ? ['-nr'] : []),
    ...['-nostdin', '-trace_stat', '-stf', join(folder, 'statistics.csv'), '-fd', '1'],
    ...['-trace_err', '-error_file', join(folder, 'errors.log')],
    ...(options.args ?? []),
  ];
}

function finished(child: ChildProcess, limitMs: number): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    let output = '';
    const keep = (bytes: Buffer): void => {
      output = (output + bytes.toString('latin1')).slice(-8000);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, output });
    });
  });
}

/** The last line of the statistics, by the names in the first. */
function statistics(csv: string): { ok: number; failed: number; retransmissions: number } {
  const lines = csv.trim().split('\n');
  const names = lines[0]?.split(';') ?? [];
  const values = lines.at(-1)?.split(';') ?? [];
  const value = (name: string) => Number(values[names.indexOf(name)] ?? Number.NaN);
  return {
    ok: value('SuccessfulCall(C)'),
    failed: value('FailedCall(C)'),
    retransmissions: value('Retransmissions(C)'),
  };
}
