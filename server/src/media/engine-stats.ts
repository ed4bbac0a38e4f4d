import type { ProcessStats } from './channel/protocol.ts';

/** Figures of all media processes. */
export interface EngineStats {
  readonly processes: number;
  readonly liveProcesses: number;
  readonly rooms: number;
  readonly legs: number;
  readonly packetsIn: number;
  readonly packetsOut: number;
  readonly packetsDropped: number;
  readonly packetsLost: number;
  readonly lateTicks: number;
  /** Processes that run late and take no new legs. */
  readonly overloadedProcesses: number;
  /** Live processes by what their plain RTP goes through. */
  readonly sockets: ReadonlyMap<'uring' | 'dgram', number>;
  readonly socketFaults: number;
  readonly ticks: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Figures that only grow, whatever becomes of the process that counted. */
const counted = [
  ...(['packetsIn', 'packetsOut', 'packetsDropped', 'packetsLost', 'lateTicks'] as const),
  ...(['socketFaults', 'ticks', 'cpuSeconds'] as const),
] as const;

type Counted = Readonly<Record<(typeof counted)[number], number>>;

export const nothingCounted = Object.fromEntries(counted.map((name) => [name, 0])) as Counted;

/** The same with what others have counted. */
export function countedWith(before: Counted, others: readonly Counted[]): Counted {
  const sum = (name: keyof Counted) => others.reduce((total, one) => total + one[name], before[name]);
  return Object.fromEntries(counted.map((name) => [name, sum(name)])) as Counted;
}

/** What the control process knows itself. */
interface Held {
  readonly rooms: number;
  readonly legs: number;
  /** Of processes that are gone. */
  readonly before: Counted;
}

/** Sums over what the processes have reported. */
export function statsOf(
  processes: readonly { readonly live: boolean }[],
  reports: readonly ProcessStats[],
  { rooms, legs, before }: Held,
): EngineStats {
  const sum = (figure: (report: ProcessStats) => number) => reports.reduce((total, one) => total + figure(one), 0);
  return {
    ...countedWith(before, reports),
    processes: processes.length,
    liveProcesses: processes.filter((process) => process.live).length,
    rooms,
    legs,
    overloadedProcesses: sum((one) => Number(one.overloaded)),
    sockets: new Map(
      (['uring', 'dgram'] as const).map((kind) => [kind, reports.filter((one) => one.sockets === kind).length]),
    ),
    residentBytes: sum((one) => one.residentBytes),
  };
}
