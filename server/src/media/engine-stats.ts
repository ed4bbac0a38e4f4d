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

/** What the control process knows itself. */
interface Held {
  readonly rooms: number;
  readonly legs: number;
  /** Packets lost by legs that are closed. */
  readonly lostBefore: number;
}

/** Sums over what the processes have reported. */
export function statsOf(
  processes: readonly { readonly live: boolean }[],
  reports: readonly ProcessStats[],
  { rooms, legs, lostBefore }: Held,
): EngineStats {
  const sum = (figure: (report: ProcessStats) => number) => reports.reduce((total, one) => total + figure(one), 0);
  return {
    processes: processes.length,
    liveProcesses: processes.filter((process) => process.live).length,
    rooms,
    legs,
    packetsIn: sum((one) => one.packetsIn),
    packetsOut: sum((one) => one.packetsOut),
    packetsDropped: sum((one) => one.packetsDropped),
    packetsLost: lostBefore + sum((one) => one.packetsLost),
    lateTicks: sum((one) => one.lateTicks),
    overloadedProcesses: sum((one) => Number(one.overloaded)),
    sockets: new Map(
      (['uring', 'dgram'] as const).map((kind) => [kind, reports.filter((one) => one.sockets === kind).length]),
    ),
    socketFaults: sum((one) => one.socketFaults),
    ticks: sum((one) => one.ticks),
    cpuSeconds: sum((one) => one.cpuSeconds),
    residentBytes: sum((one) => one.residentBytes),
  };
}
