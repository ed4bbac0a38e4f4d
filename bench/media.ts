import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { distortion } from '../server/src/audio/testing/distortion.ts';
import { systemClock } from '../server/src/base/clock.ts';
import { silentLog } from '../server/src/base/log.ts';
import { MediaEngine, type ProcessStats } from '../server/src/media/engine.ts';
import { RtpPhone } from '../server/src/media/testing/rtp-phone.ts';
import type { Benchmark, Figure } from './figure.ts';
import { Phones } from './load/phones.ts';
import { cpuSeconds } from './process-usage.ts';

const organization = 'bench';
const seatedAtOnce = 30;

/** A media engine of one process, and what is needed to put phones into rooms. */
export class MediaBench {
  readonly engine: MediaEngine;
  readonly pid: number;
  readonly #folder: string;

  private constructor(engine: MediaEngine, pid: number, folder: string) {
    this.engine = engine;
    this.pid = pid;
    this.#folder = folder;
  }

  static async start(sockets: 'auto' | 'uring' | 'dgram' = 'auto'): Promise<MediaBench> {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-bench-'));
    // Below what the kernel gives out by itself, and room for two benches that meet: taken pairs are passed over.
    const from = 10_000 + 2 * Math.floor(Math.random() * 5_000);
    const engine = await MediaEngine.start({
      processes: 1,
      bind: '127.0.0.1',
      advertise: null,
      rtpPorts: { from, to: from + 11_999 },
      socketFolder: folder,
      promptsRoot: folder,
      log: silentLog,
      clock: systemClock,
      sockets,
    });
    const [stats] = await engine.processStats();
    return new MediaBench(engine, stats!.pid, folder);
  }

  /**
   * Opens one leg per phone, `perRoom` to a room; returns where each phone is to send. `group` tells them from others.
   */
  async seat(
    phones: readonly { readonly port: number }[],
    perRoom: number,
    format = { payloadType: 0, codec: 'PCMU' },
    group = '',
  ): Promise<number[]> {
    const ports: number[] = Array(phones.length);
    const seatOne = async ({ port }: { readonly port: number }, i: number): Promise<void> => {
      const room = `${group}room${Math.floor(i / perRoom)}`;
      const leg = `${group}leg${i}`;
      await this.engine.createRoom(room, organization);
      const opened = await this.engine.openLeg(leg, organization);
      await this.engine.perform('configureLeg', {
        leg,
        remote: { kind: 'udp', address: '127.0.0.1', port },
        send: { ...format, ptime: 20 },
        receive: [format],
        telephoneEvents: { send: null, receive: [{ payloadType: 101, clockRate: 8000 }] },
        direction: 'sendrecv',
      });
      await this.engine.perform('joinRoom', { leg, room });
      ports[i] = opened.port;
    };
    for (let at = 0; at < phones.length; at += seatedAtOnce) {
      await Promise.all(phones.slice(at, at + seatedAtOnce).map((phone, i) => seatOne(phone, at + i)));
    }
    return ports;
  }

  async stats(): Promise<ProcessStats> {
    return (await this.engine.processStats())[0]!;
  }

  /** Share of one core over `ms`, and what happened meanwhile. */
  async measure(ms: number): Promise<{ core: number; lateTicks: number; lost: number; packetsIn: number }> {
    const before = await this.stats();
    const cpuBefore = cpuSeconds(this.pid);
    const begin = performance.now();
    await pause(ms);
    const core = (cpuSeconds(this.pid) - cpuBefore) / ((performance.now() - begin) / 1000);
    const after = await this.stats();
    const lostOf = (stats: ProcessStats) => stats.legs.reduce((sum, leg) => sum + leg.lost, 0);
    return {
      core,
      lateTicks: after.lateTicks - before.lateTicks,
      lost: lostOf(after) - lostOf(before),
      packetsIn: after.packetsIn - before.packetsIn,
    };
  }

  async close(): Promise<void> {
    await this.engine.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** How long a waking talker's sound takes through rooms of 3, ms; `lateShare`: what the phones sent too late. */
export async function pulsesThroughRooms(): Promise<{ p50: number; p99: number; count: number; lateShare: number }> {
  const [count, perRoom] = [60, 3];
  const bench = await MediaBench.start();
  const phones = await Phones.open(count);
  try {
    const ports = phones.ports.map((port) => ({ port }));
    await phones.start(await bench.seat(ports, perRoom), []);
    await pause(4000);
    await phones.pulse(Array.from({ length: count / perRoom }, (_, i) => [i * perRoom, i * perRoom + 1] as const));
    await phones.reset();
    await pause(10_000);
    const { latencies, late, sent } = await phones.report();
    const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
    return { p50, p99, count: latencies.length, lateShare: late / Math.max(1, sent) };
  } finally {
    phones.close();
    await bench.close();
  }
}

async function idleRooms(): Promise<Figure[]> {
  const bench = await MediaBench.start();
  try {
    // Fewer than two live legs is idle: everybody waits alone, and says nothing. The phones' port takes and drops all.
    const phone = createSocket('udp4').bind(0, '127.0.0.1');
    await once(phone, 'listening');
    const { port } = phone.address();
    for (let i = 0; i < 2000; i++) await bench.engine.createRoom(`room${i}`, organization);
    await pause(2000);
    const empty = await bench.measure(10_000);
    await bench.seat(Array(2000).fill({ port }), 1);
    await pause(5000);
    // Two rounds of keep-alive; the one time that silence is reported falls into it too.
    const { core } = await bench.measure(30_000);
    phone.close();
    return [
      { name: '2000 idle rooms: media process', value: empty.core * 100, unit: '% core', goal: { atMost: 1 } },
      {
        name: '2000 idle rooms, one silent leg in each: media process',
        value: core * 100,
        unit: '% core',
        goal: { atMost: 1 },
      },
    ];
  } finally {
    await bench.close();
  }
}

async function openAndClose(): Promise<Figure[]> {
  const bench = await MediaBench.start();
  try {
    const legs = 2000;
    const before = cpuSeconds(bench.pid);
    for (let at = 0; at < legs; at += 50) {
      const batch = Array.from({ length: 50 }, (_, i) => `leg${at + i}`);
      await Promise.all(batch.map((leg) => bench.engine.openLeg(leg, organization)));
      await Promise.all(batch.map((leg) => bench.engine.closeLeg(leg)));
    }
    const each = ((cpuSeconds(bench.pid) - before) * 1000) / legs;
    return [{ name: 'opening and closing a leg: media process', value: each, unit: 'ms', goal: { atMost: 0.3 } }];
  } finally {
    await bench.close();
  }
}

/** Two phones send the same loud tone at the same time; a third records. */
async function distortionOfTwo(): Promise<Figure[]> {
  const bench = await MediaBench.start();
  const frequency = 440;
  const phones = await Promise.all([0.7, 0.7, 0].map((amplitude) => RtpPhone.open({ tone: frequency, amplitude })));
  try {
    const ports = await bench.seat(phones, 3);
    phones.forEach((phone, i) => {
      phone.start(ports[i]!);
    });
    await pause(4000);
    const pcm = phones[2]!.recent(1000);
    const peak = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return [
      {
        name: 'THD+N of two in-phase talkers at 0.7',
        value: distortion(pcm, 0, pcm.length, frequency, 8000) * 100,
        unit: '%',
        goal: { atMost: 3 },
      },
      { name: 'their peak as a third hears it', value: peak / 32768, unit: 'of full scale' },
    ];
  } finally {
    for (const phone of phones) phone.close();
    await bench.close();
  }
}

export const benchmark: Benchmark = {
  name: 'media',
  about: 'the media process: 2000 idle rooms, opening and closing legs, distortion',
  parts: { idle: idleRooms, 'open-close': openAndClose, distortion: distortionOfTwo },
};
