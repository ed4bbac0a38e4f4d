import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { sizeInWords } from '../size.ts';
import { type Check, type Finding, note, ok, problem, warning } from './finding.ts';

const about = 'disk';
const leastBytes = 100e6;
const littleBytes = 2e9;
/** Of 8 kHz: what a recording takes for each file of it. */
const recordedPerHour = 57.6e6;
/** Magic numbers of statfs(2). */
const inMemory = new Set([0x01021994, 0x858458f6]);
const overNetwork = new Set([0x6969, 0xff534d42, 0xfe534d42]);

/** Where everything is kept. */
export const disk: Check = ({ config: { dataFolder } }) => {
  const folder = nearest(dataFolder);
  const made = folder === dataFolder ? dataFolder : `${dataFolder} (to be made)`;
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      problem(
        about,
        `${folder} cannot be written by this user`,
        'give it to the user that runs the server, or set PARTYLINE_DATA',
      ),
    ];
  }
  const { bavail, bsize, type } = statfsSync(folder);
  const free = bavail * bsize;
  return [room(made, free), ...kind(made, type)];
};

function room(folder: string, free: number): Finding {
  const hours = Math.floor(free / recordedPerHour);
  const what = `${folder}: ${sizeInWords(free)} free, ${hours} hours of one file of a recording`;
  if (free < leastBytes) return problem(about, what, 'make room: calls are refused under 4 MB');
  if (free < littleBytes) return warning(about, what, 'make room, or bound retention.recordingsSize');
  return ok(about, what);
}

function kind(folder: string, type: number): Finding[] {
  if (inMemory.has(type)) {
    return [
      warning(
        about,
        `${folder} is in memory: all is lost with the machine`,
        'put the data folder on a disk (PARTYLINE_DATA)',
      ),
    ];
  }
  if (overNetwork.has(type)) {
    return [
      problem(
        about,
        `${folder} is on a network file system, where SQLite can lose data`,
        'put the data folder on a local disk',
      ),
    ];
  }
  return existsSync(folder) ? [] : [note(about, 'the data folder is made at the first start')];
}

/** The folder itself, or the first above it that is there. */
function nearest(folder: string): string {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}
