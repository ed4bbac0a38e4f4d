import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Check, type Finding, note, ok, problem, warning } from './finding.ts';

const about = 'clock';
/** Nobody has this version before. */
const releasedMs = Date.UTC(2026, 0, 1);
const aheadMs = 60_000;

/** Schedules, tokens, certificates and records go by the machine's clock. */
export const timeOfDay: Check = async ({ config, clock }) => {
  const now = clock.now();
  const shown = new Date(now).toISOString();
  const next = 'set the clock, and keep it right: systemd-timesyncd, chrony or ntpd';
  if (now < releasedMs) return [problem(about, `it says ${shown}, before this version was made`, next)];
  const written = lastWrite(config.dataFolder);
  if (written !== null && written > now + aheadMs) {
    return [
      problem(about, `it says ${shown}, but the data folder was written at ${new Date(written).toISOString()}`, next),
    ];
  }
  return [synchronized(await asked(), shown, next)];
};

function synchronized(answer: 'yes' | 'no' | null, shown: string, next: string): Finding {
  if (answer === 'yes') return ok(about, `${shown}, kept by the network`);
  if (answer === 'no') return warning(about, `${shown}, and nothing keeps it right`, next);
  return note(about, `${shown}; whether something keeps it right cannot be told here`);
}

async function asked(): Promise<'yes' | 'no' | null> {
  if (existsSync('/run/systemd/timesync/synchronized')) return 'yes';
  try {
    const options = { timeout: 2000 };
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], options);
    return stdout.trim() === 'yes' ? 'yes' : 'no';
  } catch {
    return null;
  }
}

function lastWrite(folder: string): number | null {
  try {
    return statSync(join(folder, 'partyline.db')).mtimeMs;
  } catch {
    return null;
  }
}
