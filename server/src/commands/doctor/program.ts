import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { version } from '../../base/version.ts';
import { type Check, note, ok, problem, warning } from './finding.ts';

const neededMajor = 24;
/** Both processes and the writer at rest, with some room: docs/status.md. */
const leastMemoryBytes = 400e6;
/** Files besides those of calls: database, listeners, log, packages. */
const besidesCalls = 256;
/** A leg by phone has a socket for RTP and one for RTCP. */
const socketsPerLeg = 2;
/** Few enough to meet the usual soft limit of 1024 with. */
const fewLegs = 200;

/** Node.js and the system it runs on. */
export const program: Check = () => {
  const [major] = process.versions.node.split('.');
  const about = 'Node.js';
  return [
    Number(major) >= neededMajor
      ? ok(about, `${process.versions.node}, Partyline ${version}`)
      : problem(
          about,
          `${process.versions.node} cannot run Partyline ${version}`,
          `install Node.js ${neededMajor}, or run npm rebuild node --ignore-scripts=false`,
        ),
    process.platform === 'linux'
      ? ok('system', `${process.platform} ${process.arch}`)
      : process.platform === 'win32'
        ? problem('system', 'Windows is not supported', 'use Linux, or WSL on Windows')
        : note('system', `${process.platform} ${process.arch}: calls work, but it is tested and measured on Linux`),
  ];
};

/** How much one process may have open, and what the machine has. */
export const limits: Check = ({ config }) => {
  const { processes, rtpPorts } = config.media;
  const legs = Math.floor((rtpPorts.to - rtpPorts.from + 1) / 2);
  return [openFiles(legs), ...memoryAndCores(processes)];
};

function openFiles(legs: number) {
  const most = openFilesMost();
  if (most === null) return note('open files', 'how many one process may have is not told on this system');
  const enoughFor = Math.max(0, Math.floor((most - besidesCalls) / socketsPerLeg));
  const what = `${most} in one process, enough for ${enoughFor} phones at once in each media process`;
  const next = 'raise it: LimitNOFILE=65536 in the service, or ulimit -n 65536 in the shell that starts it';
  if (enoughFor === 0) return problem('open files', what, next);
  if (enoughFor < fewLegs) return warning('open files', what, next);
  return enoughFor < legs
    ? note('open files', `${what}; media.rtpPorts has room for ${legs}`, next)
    : ok('open files', what);
}

/** Node.js raises its own soft limit to the hard one, so what holds here holds for the server. */
function openFilesMost(): number | null {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line === null ? null : Number(line[1]);
  } catch {
    return null;
  }
}

function memoryAndCores(processes: number) {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  const text = `${(memory / 1e9).toFixed(1)} GB`;
  const cores = availableParallelism();
  return [
    memory < leastMemoryBytes
      ? warning('memory', `${text} is little`, `give it ${leastMemoryBytes / 1e6} MB at least`)
      : ok('memory', text),
    processes > cores
      ? warning('cores', `${cores}, for ${processes} media processes`, 'set media.processes to auto, or fewer')
      : ok('cores', `${cores}, for ${processes} media ${processes === 1 ? 'process' : 'processes'}`),
  ];
}
