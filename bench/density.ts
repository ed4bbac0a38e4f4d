import { setTimeout as pause } from 'node:timers/promises';
import { onPath } from '../server/test/peers/on-path.ts';
import { type Benchmark, type Figure, median, type Part, type Say } from './figure.ts';
import { CProgram, compiled } from './load/c-program.ts';
import { type Engine, janus, type Mixer, ours, yardstick } from './load/engines.ts';
import { oursBySip } from './load/ours-by-sip.ts';
import { peersBySip } from './load/peers-by-sip.ts';
import { phonesOf } from './load/phone-crowd.ts';
import {
  aheadOfAll,
  type Gather,
  type Heard,
  heardIn,
  type Load,
  type SideBySide,
  sideBySide,
  tooLate,
} from './load/side-by-side.ts';
import { pulsesThroughRooms } from './media.ts';

interface Programs {
  readonly phones: string;
  readonly mixer: string;
}

/** What is to be reached: of the CPU of others, of a core, and ticks over 10 ms late. */
interface Goals {
  readonly ratios?: Readonly<Record<string, number>>;
  readonly core?: number;
  readonly lateTicks?: number;
}

/** Fewer windows without loss say nothing. */
const leastWindows = 3;

/** A part that needs the C programs. */
export function withPrograms(part: (programs: Programs, say: Say) => Promise<Figure[]>): Part {
  return async (say) => {
    const [phones, mixer] = [compiled('phones'), compiled('mixer')];
    if (phones === null || mixer === null)
      return { skipped: 'there is no C compiler (Debian: apt-get install gcc libc6-dev)' };
    return await part({ phones, mixer }, say);
  };
}

type Maker<M extends Mixer = Engine> = () => Promise<M>;

export interface Compared<M extends Mixer> {
  readonly what: string;
  /** Ours is the first. */
  readonly makers: readonly Maker<M>[];
  readonly gather: Gather<M>;
  readonly load: Load;
  readonly goals: Goals;
}

/**
 * Engines under the same load at the same time; where that is more than the phones can do on time, one after the other.
 */
export async function compared<M extends Mixer>(asked: Compared<M>, say: Say): Promise<Figure[]> {
  const { what, makers, goals } = asked;
  const { names, measured } = await together(asked, makers, say);
  if (makers.length === 1 || measured.windows - measured.lateWindows >= leastWindows) {
    return figuresOf(what, names, [measured], goals);
  }
  say('the phones were late: once more, one engine after the other');
  return await inTurns(asked, say);
}

async function inTurns<M extends Mixer>(asked: Compared<M>, say: Say): Promise<Figure[]> {
  const each: Awaited<ReturnType<typeof together>>[] = [];
  for (const make of asked.makers) each.push(await together(asked, [make], say));
  const names = each.flatMap((one) => one.names);
  return figuresOf(
    `${asked.what}, in turns`,
    names,
    each.map(({ measured }) => measured),
    asked.goals,
  );
}

async function together<M extends Mixer>({ gather, load }: Compared<M>, makers: readonly Maker<M>[], say: Say) {
  const engines = await Promise.all(makers.map((make) => make()));
  return { names: engines.map(({ name }) => name), measured: await sideBySide(engines, gather, load, say) };
}

/**
 * Each engine's share of a core, its spread, and what was lost; and how ours, the first, compares with the others.
 * `measured`: once for all, or for each.
 */
function figuresOf(
  what: string,
  names: readonly string[],
  measured: readonly SideBySide[],
  { ratios = {}, core, lateTicks }: Goals,
): Figure[] {
  const figures: Figure[] = [];
  const all = measured.flatMap(({ engines }) => engines);
  const own = all[0]!;
  const enough = (cores: readonly number[]) => cores.length >= leastWindows;
  for (const [i, name] of names.entries()) {
    const { cores, delivered } = all[i]!;
    const spread = enough(cores) ? Math.max(...cores) - Math.min(...cores) : Number.NaN;
    figures.push(
      {
        name: `${what}: ${name}`,
        value: enough(cores) ? median(cores) : Number.NaN,
        unit: enough(cores) ? `core (spread ${spread.toFixed(3)}, ${cores.length} windows)` : 'core',
        ...(i === 0 && core !== undefined ? { goal: { atMost: core } } : {}),
      },
      {
        name: `${what}: ${name}, delivered`,
        value: delivered * 100,
        unit: '%',
        ...(i === 0 ? { goal: { atLeast: 99.9 }, ofSound: true } : {}),
      },
    );
    const atMost = ratios[name];
    if (atMost === undefined) continue;
    const each = measured.length > 1 ? [median(own.cores) / median(cores)] : ratiosOf(own.cores, cores);
    const value = enough(own.cores) && enough(cores) ? median(each) : Number.NaN;
    figures.push({ name: `${what}: ours to ${name}`, value, unit: '', goal: { atMost } });
  }
  const sum = (of: (one: SideBySide) => number) => measured.reduce((total, one) => total + of(one), 0);
  figures.push(
    {
      name: `${what}: ticks over 10 ms late`,
      value: own.lateTicks,
      unit: '',
      ...(lateTicks === undefined ? {} : { goal: { atMost: lateTicks } }),
    },
    { name: `${what}: memory of ours`, value: own.memoryMb, unit: 'MB' },
    {
      name: `${what}: windows of ${sum((one) => one.windows)} that do not count, the phones were late`,
      value: sum((one) => one.lateWindows),
      unit: '',
    },
    { name: `${what}: the phones themselves`, value: Math.max(...measured.map((one) => one.phones)), unit: 'core' },
  );
  return figures;
}

function ratiosOf(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((one, window) => one / theirs[window]!);
}

function oneRoom(legs: number, goals: Goals): Part {
  return withPrograms(async (programs, say) => {
    const { ratios = {} } = goals;
    const makers: Maker[] = [() => ours()];
    if (ratios['C epoll'] !== undefined) makers.push(() => yardstick(programs.mixer, legs, legs));
    if (ratios['Janus'] !== undefined) {
      if (onPath('janus')) makers.push(() => janus());
      else say('janus is not installed (Debian: apt-get install janus)');
    }
    const load = { legs, perRoom: legs, talkers: 3 };
    const gather = phonesOf(programs.phones, load);
    return await compared({ what: `room of ${legs}, 3 talk`, gather, makers, load, goals }, say);
  });
}

/** The whole server beside those of others, all called by SIP; a mixer by itself is the measure of the machine. */
const bySip = withPrograms(async (programs, say) => {
  const legs = 100;
  const makers: Maker[] = [() => oursBySip(), () => yardstick(programs.mixer, legs, legs), ...peersBySip(say)];
  const load = { legs, perRoom: legs, talkers: 3 };
  const goals = { ratios: { Asterisk: 0.25, FreeSWITCH: 0.25 } };
  const gather = phonesOf(programs.phones, load);
  return await compared({ what: `room of ${legs} by SIP, 3 talk`, gather, makers, load, goals }, say);
});

/** Never together: with the phones of both they would fill two cores. */
const smallRooms = withPrograms((programs, say) => {
  const load = { legs: 1500, perRoom: 3, talkers: 3 };
  const makers: Maker[] = [() => ours(), () => yardstick(programs.mixer, load.legs, load.perRoom)];
  const goals = { core: 0.75, lateTicks: 0 };
  const gather = phonesOf(programs.phones, load);
  return inTurns({ what: '500 rooms of 3, all talk', gather, makers, load, goals }, say);
});

/** What Node's own sockets cost beside io_uring. */
function kinds(legs: number): Part {
  return withPrograms(async (programs, say) => {
    const load = { legs, perRoom: legs, talkers: Math.min(3, legs) };
    const goals = { ratios: { 'ours (dgram)': 1 } };
    const makers = [() => ours(), () => ours('dgram')];
    const gather = phonesOf(programs.phones, load);
    return await compared({ what: `room of ${legs}`, gather, makers, load, goals }, say);
  });
}

/** So many legs come at once, and so often. */
const groupLegs = 150;
const groupEveryMs = 1000;
/** More do not fit into the ports of the bench. */
const mostGroups = 20;
const insideMs = 10_000;

/** Rooms of 3 in which all talk, until no more are taken and half as many again have been refused. */
async function overfull(programs: Programs, say: Say): Promise<Figure[]> {
  const { bench, close } = await ours();
  const crowds: CProgram[] = [];
  let refused = 0;
  try {
    for (let group = 0; group < mostGroups && refused <= crowds.length / 2; group++) {
      const crowd = await CProgram.start(programs.phones, [groupLegs]);
      aheadOfAll(crowd.pid);
      try {
        const phones = crowd.ports.map((port) => ({ port }));
        const ports = await bench.seat(phones, 3, undefined, `group${group}-`);
        await crowd.ask(`start 3 3 ${ports.join(' ')}`);
        crowds.push(crowd);
      } catch (error) {
        // No more are taken; of this group none talks.
        if (refused === 0) say(`refused: ${(error as Error).message}`);
        refused++;
        await crowd.close();
      }
      say(`${crowds.length * groupLegs} legs in rooms of 3, ${refused * groupLegs} refused`);
      await pause(groupEveryMs);
    }
    await Promise.all(crowds.map((crowd) => crowd.ask('report')));
    await pause(insideMs);
    const heard = (await Promise.all(crowds.map((crowd) => crowd.ask('report')))).map(heardIn);
    const sum = (of: (one: Heard) => number) => heard.reduce((total, one) => total + of(one), 0);
    const [sent, late, received] = [sum((one) => one.sent), sum((one) => one.late), sum((one) => one.received)];
    const expected = received + sum((one) => one.missing);
    return [
      { name: 'rooms of 3 until none is taken: legs inside', value: crowds.length * groupLegs, unit: '' },
      {
        name: 'rooms of 3 until none is taken: legs refused',
        value: refused * groupLegs,
        unit: '',
        goal: { atLeast: groupLegs },
      },
      {
        name: 'those inside, delivered',
        value: tooLate({ sent, late }) ? Number.NaN : (100 * received) / expected,
        unit: '%',
        goal: { atLeast: 99.9 },
        ofSound: true,
      },
      { name: 'those inside, sent late by the phones', value: (100 * late) / sent, unit: '%' },
    ];
  } finally {
    await Promise.all(crowds.map((crowd) => crowd.close()));
    await close();
  }
}

/** Legs that come and go beside those who talk. */
const churnPerSecond = 200;
const churnLivesMs = 250;
const churnMs = 20_000;

async function churn(programs: Programs, say: Say): Promise<Figure[]> {
  const { bench, close } = await ours();
  const crowd = await CProgram.start(programs.phones, [60]);
  aheadOfAll(crowd.pid);
  const { engine } = bench;
  try {
    const ports = await bench.seat(
      crowd.ports.map((port) => ({ port })),
      3,
    );
    await crowd.ask(`start 3 3 ${ports.join(' ')}`);
    await pause(5000);
    await crowd.ask('report');
    const before = (await bench.stats()).socketFaults;
    const begin = performance.now();
    const running = new Set<Promise<void>>();
    let opened = 0;
    let closed = 0;
    let failed = 0;
    const live = async (leg: string): Promise<void> => {
      await engine.openLeg(leg, 'bench');
      await pause(churnLivesMs);
      await engine.closeLeg(leg);
      closed++;
    };
    while (performance.now() - begin < churnMs) {
      const due = ((performance.now() - begin) / 1000) * churnPerSecond;
      for (; opened < due; opened++) {
        const one = live(`churn${opened}`).catch(() => void failed++);
        running.add(one);
        void one.finally(() => running.delete(one));
      }
      await pause(5);
    }
    await Promise.all(running);
    const seconds = (performance.now() - begin) / 1000;
    const heard = heardIn(await crowd.ask('report'));
    if (tooLate(heard)) say(`the phones sent ${((100 * heard.late) / heard.sent).toFixed(1)} % late`);
    const delivered = (100 * heard.received) / (heard.received + heard.missing);
    return [
      {
        name: 'legs opened and closed beside 60 who talk',
        value: closed / seconds,
        unit: '/s',
        goal: { atLeast: 0.95 * churnPerSecond },
      },
      { name: 'legs opened and closed: failed', value: failed, unit: '', goal: { atMost: 0 } },
      {
        name: 'legs opened and closed: those who talk, delivered',
        value: tooLate(heard) ? Number.NaN : delivered,
        unit: '%',
        goal: { atLeast: 99.9 },
        ofSound: true,
      },
      {
        // Too few buffers for a moment is one, after a stall: nothing is lost by it.
        name: 'legs opened and closed: faults of the sockets',
        value: (await bench.stats()).socketFaults - before,
        unit: '',
      },
    ];
  } finally {
    await crowd.close();
    await close();
  }
}

async function latency(say: Say): Promise<Figure[]> {
  const { p50, p99, count, lateShare } = await pulsesThroughRooms();
  const late = tooLate({ sent: 1, late: lateShare });
  if (late) say(`the phones sent ${(100 * lateShare).toFixed(1)} % late: what was measured is they`);
  return [
    { name: 'added latency, p50', value: late ? Number.NaN : p50, unit: 'ms', goal: { atMost: 30 } },
    { name: 'added latency, p99', value: late ? Number.NaN : p99, unit: 'ms', goal: { atMost: 50 } },
    { name: 'added latency: pulses heard', value: count, unit: '', goal: { atLeast: 200 } },
  ];
}

export const benchmark: Benchmark = {
  name: 'density',
  about:
    'CPU per leg beside a C mixer and Janus at the same time: rooms of 3 to 2000, 500 rooms of 3, too many (5 minutes)',
  notes: [
    'sip: the whole server beside Asterisk and FreeSWITCH, called by SIP, where they are on PATH or named by',
    '  ASTERISK=/path and FREESWITCH=/path. Their configurations were written from their documentation and have not',
    '  been run yet: look at what is delivered before you believe their figures.',
  ],
  // Where the phones are late each engine runs once more, alone.
  limitS: 300,
  parts: {
    100: oneRoom(100, { ratios: { 'C epoll': 1, Janus: 0.25 } }),
    300: oneRoom(300, { ratios: { 'C epoll': 0.8, Janus: 0.25 } }),
    1000: oneRoom(1000, { ratios: { 'C epoll': 0.7 }, core: 0.5, lateTicks: 0 }),
    2000: oneRoom(2000, { core: 1, lateTicks: 0 }),
    sip: bySip,
    rooms: smallRooms,
    overfull: withPrograms(overfull),
    latency,
    churn: withPrograms(churn),
    'kinds-3': kinds(3),
    'kinds-100': kinds(100),
  },
};
