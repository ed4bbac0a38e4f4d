import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, mediaRange } from '../../server/src/base/testing/free-port.ts';
import { endChild, startChild } from '../../server/test/peers/children.ts';
import type { SipServer } from './conference-by-sip.ts';
import { SipCalls } from './sip-calls.ts';

/** Two ports a leg. */
const rtpPorts = 2400;
const startMs = 60_000;
const endMs = 3000;
/** Of each log, where it did not start. */
const shownCharacters = 2000;

/**
 * Where a server for the bench is to be: files in this folder alone, sound and signalling on these ports of loopback.
 */
export interface Places {
  readonly folder: string;
  readonly sipPort: number;
  readonly rtp: { readonly from: number; readonly to: number };
}

/** What a server finds, and how it is started. */
export interface Plan {
  /** By their names within the folder. */
  readonly files: Readonly<Record<string, string>>;
  /** That it writes into. */
  readonly folders: readonly string[];
  readonly args: readonly string[];
}

export interface Peer {
  readonly name: string;
  /** As it is called on PATH. */
  readonly program: string;
  plan(places: Places): Plan;
}

/** As all plans have it: 1000 to 1999 are conferences. */
export function conferenceNumber(room: number): string {
  return String(1000 + room);
}

/** A server that is not ours in a folder of its own. Rejects with what it said where it does not come to take calls. */
export async function startedServer({ name, plan }: Peer, program: string): Promise<SipServer> {
  const folder = mkdtempSync(join(tmpdir(), `partyline-${name.toLowerCase()}-`));
  const sipPort = await freePort();
  const { files, folders, args } = plan({ folder, sipPort, rtp: mediaRange(rtpPorts) });
  for (const one of folders) mkdirSync(join(folder, one), { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const output = openSync(join(folder, 'output.log'), 'a');
  const child = startChild(program, args, { cwd: folder, stdio: ['ignore', output, output] });
  closeSync(output);
  let over: string | null = null;
  child.once('error', (error) => {
    over = error.message;
  });
  child.once('exit', (code, signal) => {
    over = `it ended with ${signal ?? code}`;
  });
  const close = async (): Promise<void> => {
    await endChild(child, endMs);
    rmSync(folder, { recursive: true, force: true });
  };
  const calls = await SipCalls.open(sipPort);
  try {
    const end = performance.now() + startMs;
    while (!(await calls.takes(conferenceNumber(0)))) {
      if (over === null && performance.now() > end) over = `it took no calls within ${startMs / 1000} s`;
      if (over !== null) throw new Error(`${name} (${program}) did not start: ${over}\n${said(folder)}`);
      await pause(100);
    }
  } catch (error) {
    await close();
    throw error;
  } finally {
    await calls.close();
  }
  return { name, pid: child.pid ?? 0, port: sipPort, numberOf: conferenceNumber, close };
}

/** The end of each of its logs. */
function said(folder: string): string {
  const logs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  return logs.map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8').slice(-shownCharacters)}`).join('\n');
}
