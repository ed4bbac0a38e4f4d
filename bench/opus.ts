import { setTimeout as pause } from 'node:timers/promises';
import type { Benchmark, Figure } from './figure.ts';
import { JanusServer, janusInstalled } from './load/janus-server.ts';
import { Phones } from './load/phones.ts';
import { MediaBench } from './media.ts';
import { cpuSeconds } from './process-usage.ts';

const legs = 160;
const talkers = [0, 1, 2];
const payloadType = 111;
const measureMs = 6000;

interface Load {
  /** Of one core. */
  readonly core: number;
  /** Packets that left, whether the phones got them or miss them in the numbering, of those that were due. */
  readonly share: number;
}

/** `join` seats the phones at these ports, and returns where they are to send. */
async function measure(pid: number, join: (ports: readonly number[]) => Promise<number[]>): Promise<Load> {
  const phones = await Phones.open(legs, 'OPUS');
  try {
    await phones.start(await join(phones.ports), talkers, payloadType);
    await pause(3000);
    await phones.reset();
    const before = cpuSeconds(pid);
    const begin = performance.now();
    await pause(measureMs);
    const seconds = (performance.now() - begin) / 1000;
    const core = (cpuSeconds(pid) - before) / seconds;
    const { received, lost } = await phones.report();
    return { core, share: (received + lost) / (legs * seconds * 50) };
  } finally {
    phones.close();
  }
}

async function ours(): Promise<Load> {
  const bench = await MediaBench.start();
  try {
    return await measure(bench.pid, (ports) =>
      bench.seat(
        ports.map((port) => ({ port })),
        legs,
        { payloadType, codec: 'opus/48000' },
      ),
    );
  } finally {
    await bench.close();
  }
}

async function theirs(): Promise<Load> {
  const server = await JanusServer.start(48_000);
  try {
    return await measure(server.pid, async (ports) => {
      const to: number[] = [];
      for (const port of ports) to.push(await server.join(port, payloadType, 'opus'));
      return to;
    });
  } finally {
    await server.close();
  }
}

function figuresOf(name: string, { core, share }: Load): Figure[] {
  return [
    { name: `${name}: ${legs} legs in Opus, ${talkers.length} talk`, value: core, unit: 'core' },
    // Below, the machine did not carry the load, and the other is no measure.
    { name: `${name}: packets that left of those due`, value: share * 100, unit: '%', goal: { atLeast: 95 } },
  ];
}

export const benchmark: Benchmark = {
  name: 'opus',
  about: `one room of ${legs} legs in Opus over plain RTP, ${talkers.length} talk; beside Janus AudioBridge where it is installed`,
  async run(say) {
    say('our room');
    const us = await ours();
    const figures = figuresOf('Partyline', us);
    if (!janusInstalled()) {
      say('janus is not installed (Debian: apt-get install janus): nothing to compare with');
      return figures;
    }
    say('AudioBridge');
    const them = await theirs();
    figures.push(...figuresOf('Janus AudioBridge', them), {
      name: 'ours to theirs',
      value: us.core / them.core,
      unit: '',
      goal: { atMost: 0.2 },
    });
    return figures;
  },
};
