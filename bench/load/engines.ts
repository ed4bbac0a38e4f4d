import { MediaBench } from '../media.ts';
import { CProgram } from './c-program.ts';
import { JanusServer } from './janus-server.ts';

/** What mixes, of whatever make. */
export interface Mixer {
  readonly name: string;
  readonly pid: number;
  /** Ticks so far that were more than 10 ms late, where it says so. */
  lateTicks?(): Promise<number>;
  close(): Promise<void>;
}

/** Its legs are in rooms, on loopback, over plain RTP. */
export interface Engine extends Mixer {
  /** A leg for each phone (by its port), so many to a room; where each phone is to send. */
  seat(phones: readonly number[], perRoom: number): Promise<readonly number[]>;
}

/** In which codec legs talk. */
export interface Format {
  readonly payloadType: number;
  readonly codec: 'PCMU' | 'opus/48000';
}

const ulaw: Format = { payloadType: 0, codec: 'PCMU' };

export interface OurEngine extends Engine {
  readonly bench: MediaBench;
}

export async function ours(sockets: 'auto' | 'uring' | 'dgram' = 'auto', format: Format = ulaw): Promise<OurEngine> {
  const bench = await MediaBench.start(sockets);
  const kind = (await bench.stats()).sockets;
  return {
    name: `ours (${kind})`,
    pid: bench.pid,
    bench,
    seat: (phones, perRoom) =>
      bench.seat(
        phones.map((port) => ({ port })),
        perRoom,
        format,
      ),
    lateTicks: async () => (await bench.stats()).lateTicks,
    close: () => bench.close(),
  };
}

/** The C mixer of bench/yardstick. */
export async function yardstick(program: string, legs: number, perRoom: number): Promise<Engine> {
  const mixer = await CProgram.start(program, [legs, perRoom]);
  return {
    name: 'C epoll',
    pid: mixer.pid,
    seat: async () => mixer.ports,
    close: () => mixer.close(),
  };
}

/** One AudioBridge room. */
export async function janus({ payloadType, codec }: Format = ulaw): Promise<Engine> {
  const server = await JanusServer.start(codec === 'PCMU' ? 8000 : 48_000);
  return {
    name: 'Janus',
    pid: server.pid,
    seat: async (phones) => {
      const ports: number[] = [];
      for (const port of phones) ports.push(await server.join(port, payloadType, codec === 'PCMU' ? 'pcmu' : 'opus'));
      return ports;
    },
    close: () => server.close(),
  };
}
