import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Benchmark, type Figure, median, table } from './figure.ts';
import { CProgram, compiled } from './load/c-program.ts';
import { type Engine, janus, ours, yardstick } from './load/engines.ts';
import { janusInstalled } from './load/janus-server.ts';
import { type Heard, heardIn, type SideBySide, sideBySide } from './load/side-by-side.ts';
import { roomLoad } from './media.ts';

type Say = (line: string) => void;
interface Programs {
  readonly phones: string;
  readonly mixer: string;
}

/** Fewer windows without loss say nothing. */
const leastWindows = 3;

/** Each engine's share of a core, its spread, and what was lost; and how ours compares with the others. */
function figuresOf(
  what: string,
  engines: readonly Engine[],
  measured: SideBySide,
  ratios: Readonly<Record<string, number>>,
): Figure[] {
  const figures: Figure[] = [];
  const [own] = measured.cores;
  const enough = own!.length >= leastWindows;
  for (const [i, { name }] of engines.entries()) {
    const cores = measured.cores[i]!;
    const value = enough ? median(cores) : Number.NaN;
    const spread = enough ? Math.max(...cores) - Math.min(...cores) : Number.NaN;
    figures.push(
      { name: `${what}: ${name}`, value, unit: `core (spread ${spread.toFixed(3)}, ${cores.length} windows)` },
      {
        name: `${what}: ${name}, delivered`,
        value: measured.delivered[i]! * 100,
        unit: '%',
        goal: { atLeast: 99.9 },
      },
    );
    const atMost = ratios[name];
    if (atMost === undefined) continue;
    const each = own!.map((core, window) => core / cores[window]!);
    figures.push({
      name: `${what}: ours to ${name}`,
      value: enough ? median(each) : Number.NaN,
      unit: '',
      goal: { atMost },
    });
  }
  figures.push({ name: `${what}: windows in which the phones were late`, value: measured.lateWindows, unit: '' });
  return figures;
}

async function oneRoom(programs: Programs, legs: number, say: Say, ratios: Record<string, number>): Promise<Figure[]> {
  const engines: Engine[] = [await ours()];
  if (ratios['C epoll'] !== undefined) engines.push(await yardstick(programs.mixer, legs, legs));
  if (ratios['Janus'] !== undefined && janusInstalled()) engines.push(await janus());
  const measured = await sideBySide(programs.phones, engines, { legs, perRoom: legs, talkers: 3 }, say);
  return figuresOf(`room of ${legs}, 3 talk`, engines, measured, ratios);
}

async function twoThousand(programs: Programs, say: Say): Promise<Figure[]> {
  const engine = await ours();
  const { bench } = engine;
  let late = 0;
  let ticks = 0;
  const watched: Engine = {
    ...engine,
    // After the warm-up all is compiled: only what is late from then on counts.
    close: async () => {
      const stats = await bench.stats();
      late += stats.lateTicks;
      ticks += stats.ticks;
      await engine.close();
    },
  };
  const measured = await sideBySide(programs.phones, [watched], { legs: 2000, perRoom: 2000, talkers: 3 }, say);
  return [
    ...figuresOf('room of 2000, 3 talk', [watched], measured, {}),
    {
      name: `room of 2000: ticks over 10 ms late, of ${ticks} with the warm-up`,
      value: late,
      unit: '',
      goal: { atMost: 0 },
    },
  ];
}

async function smallRooms(programs: Programs, say: Say): Promise<Figure[]> {
  const engines = [await ours(), await yardstick(programs.mixer, 1500, 3)];
  const measured = await sideBySide(programs.phones, engines, { legs: 1500, perRoom: 3, talkers: 3 }, say);
  const figures = figuresOf('500 rooms of 3, all talk', engines, measured, { 'C epoll': Number.POSITIVE_INFINITY });
  return figures.map((figure) =>
    figure.name.includes(': ours (') && figure.unit.startsWith('core') ? { ...figure, goal: { atMost: 0.75 } } : figure,
  );
}

/** What Node's own sockets cost beside io_uring. */
async function kinds(programs: Programs, legs: number, say: Say): Promise<Figure[]> {
  const engines = [await ours(), await ours('dgram')];
  const measured = await sideBySide(programs.phones, engines, { legs, perRoom: legs, talkers: Math.min(3, legs) }, say);
  return figuresOf(`room of ${legs}`, engines, measured, { 'ours (dgram)': 1 });
}

/** So many legs come at once, and so often. */
const groupLegs = 150;
const groupEveryMs = 1000;
/** More do not fit into the ports of the bench. */
const mostGroups = 20;

/** Rooms of 3 in which all talk, until no more are taken and half as many again have been refused. */
async function overfull(programs: Programs, say: Say): Promise<Figure[]> {
  const { bench, close } = await ours();
  const crowds: CProgram[] = [];
  let refused = 0;
  try {
    for (let group = 0; group < mostGroups && refused <= crowds.length / 2; group++) {
      const crowd = await CProgram.start(programs.phones, [groupLegs]);
      try {
        const phones = crowd.ports.map((port) => ({ port }));
        const ports = await bench.seat(phones, 3, undefined, `group${group}-`);
        await crowd.ask(`start 3 3 ${ports.join(' ')}`);
        crowds.push(crowd);
      } catch {
        // No more are taken; of this group none talks.
        refused++;
        crowd.close();
      }
      say(`${crowds.length * groupLegs} legs in rooms of 3, ${refused * groupLegs} refused`);
      await pause(groupEveryMs);
    }
    await Promise.all(crowds.map((crowd) => crowd.ask('report')));
    await pause(10_000);
    const heard = (await Promise.all(crowds.map((crowd) => crowd.ask('report')))).map(heardIn);
    const sum = (of: (one: Heard) => number) => heard.reduce((total, one) => total + of(one), 0);
    return [
      { name: 'rooms of 3 until none is taken: legs inside', value: crowds.length * groupLegs, unit: '' },
      { name: 'rooms of 3 until none is taken: legs refused', value: refused * groupLegs, unit: '' },
      {
        name: 'those inside, delivered',
        value: (100 * sum((one) => one.received)) / sum((one) => one.received + one.missing),
        unit: '%',
        goal: { atLeast: 99.9 },
      },
      { name: 'sent late by the phones', value: (100 * sum((one) => one.late)) / sum((one) => one.sent), unit: '%' },
    ];
  } finally {
    for (const crowd of crowds) crowd.close();
    await close();
  }
}

async function latency(): Promise<Figure[]> {
  const { p50, p99 } = await roomLoad(60, 3, [], 1000);
  return [
    { name: 'added latency, p50', value: p50, unit: 'ms', goal: { atMost: 30 } },
    { name: 'added latency, p99', value: p99, unit: 'ms', goal: { atMost: 50 } },
  ];
}

export const benchmark: Benchmark = {
  name: 'density',
  about: 'CPU per leg beside a C mixer and Janus at the same time: rooms of 3 to 2000, 500 rooms of 3 (5 minutes)',
  async run(say) {
    const [phones, mixer] = [compiled('phones'), compiled('mixer')];
    if (phones === null || mixer === null)
      return { skipped: 'there is no C compiler (Debian: apt-get install gcc libc6-dev)' };
    const programs = { phones, mixer };
    const parts: Readonly<Record<string, () => Promise<Figure[]>>> = {
      100: () => oneRoom(programs, 100, say, { 'C epoll': 1, Janus: 0.25 }),
      300: () => oneRoom(programs, 300, say, { 'C epoll': 0.8, Janus: 0.25 }),
      1000: () => oneRoom(programs, 1000, say, { 'C epoll': 0.7 }),
      2000: () => twoThousand(programs, say),
      rooms: () => smallRooms(programs, say),
      overfull: () => overfull(programs, say),
      latency,
      'kinds-3': () => kinds(programs, 3, say),
      'kinds-100': () => kinds(programs, 100, say),
    };
    const figures: Figure[] = [];
    for (const [name, part] of Object.entries(parts)) {
      if (only !== undefined && name !== only) continue;
      figures.push(...(await part()));
    }
    return figures;
  },
};

/** `node bench/density.ts PART` runs one part alone. */
const only = import.meta.url === pathToFileURL(process.argv[1] ?? '').href ? process.argv[2] : undefined;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const figures = await benchmark.run((line) => console.error(line));
  console.log('skipped' in figures ? `skipped: ${figures.skipped}` : table(figures));
  process.exit(0);
}
