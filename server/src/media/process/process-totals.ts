import { residentBytes } from '../../base/resident-bytes.ts';
import type { ProcessStats } from '../channel/protocol.ts';
import type { Leg } from './leg/leg.ts';
import type { MediaSockets } from './sockets/media-sockets.ts';

/** The figures of a whole media process: those of its legs, and what closed legs had. */
export class ProcessTotals {
  #packetsInBefore = 0;
  #packetsOutBefore = 0;
  #droppedBefore = 0;
  #lostBefore = 0;
  /** As it was told: what is late comes after all, and what was told grows only. */
  #lostTold = 0;

  /** Counts a leg that closes. */
  keep(leg: Leg): void {
    this.#packetsInBefore += leg.transport.stats.packetsIn;
    this.#packetsOutBefore += leg.sender.packets;
    this.#droppedBefore += leg.dropped;
    this.#lostBefore += leg.receiver.statistics.lost;
  }

  /** As of now, without single legs. */
  of(
    legs: Iterable<Leg>,
    rooms: number,
    { ticks, late }: { readonly ticks: number; readonly late: number },
    { kind, faults }: MediaSockets,
  ): Omit<ProcessStats, 'overloaded' | 'portsUsedUp'> {
    let packetsIn = this.#packetsInBefore;
    let packetsOut = this.#packetsOutBefore;
    let packetsDropped = this.#droppedBefore;
    let packetsLost = this.#lostBefore;
    for (const leg of legs) {
      packetsIn += leg.transport.stats.packetsIn;
      packetsOut += leg.sender.packets;
      packetsDropped += leg.dropped;
      packetsLost += leg.receiver.statistics.lost;
    }
    this.#lostTold = Math.max(this.#lostTold, packetsLost);
    const cpu = process.cpuUsage();
    return {
      pid: process.pid,
      legs: [],
      rooms,
      sockets: kind,
      socketFaults: Object.values(faults).reduce((sum, one) => sum + one, 0),
      lateTicks: late,
      ticks,
      packetsIn,
      packetsOut,
      packetsDropped,
      packetsLost: this.#lostTold,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      residentBytes: residentBytes(),
    };
  }
}
