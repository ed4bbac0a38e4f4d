import { setTimeout as pause } from 'node:timers/promises';
import type { Clock, Timer } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { frameMs } from './leg/leg-receiver.ts';
import { MediaProcess } from './media-process.ts';
import { processorTimeMs } from './overload.ts';
import type { MakeSockets } from './sockets/media-sockets.ts';

/** Processor time spent on it at most. */
const mostProcessorMs = 600;
/** Whoever asks for something meanwhile waits this long at most, and as long passes before it goes on. */
const sliceMs = 2;
/** One that silent legs sleep in, and one that mixes everybody. */
const roomSizes = [14, 3];
/** Ticks after which somebody talks again. */
const sayEvery = 100;
const ports = { from: 49_152, to: 65_535 };
const host = '127.0.0.1';
const format = { payloadType: 0, codec: 'PCMU' };

export interface WarmUpOptions {
  readonly sockets: MakeSockets;
  readonly promptsRoot: string;
  /** There is real work now, which warms as well. */
  readonly enough: () => boolean;
  readonly mostProcessorMs?: number;
}

/**
 * Rooms whose legs call each other over loopback, served as fast as they can be in a time of their own, until the
 * compiler has seen what it will see: the first calls cost what later ones do. Resolves with the number of ticks.
 */
export async function warmUp(options: WarmUpOptions): Promise<number> {
  const clock = new OwnClock();
  const begin = processorTimeMs();
  const over = () => options.enough() || processorTimeMs() - begin > (options.mostProcessorMs ?? mostProcessorMs);
  const media = new MediaProcess({
    rtpPorts: ports,
    promptsRoot: options.promptsRoot,
    mediaTimeoutMs: Number.POSITIVE_INFINITY,
    clock,
    random: new SeededRandom(process.pid),
    log: silentLog,
    sockets: options.sockets,
    // In this time a tick takes no time at all.
    usage: () => ({ processorMs: 0, activeMs: 0, commandsMs: 0 }),
    notify: () => {},
  });
  let ticks = 0;
  try {
    const talkers = await seat(media);
    while (!over()) {
      const until = performance.now() + sliceMs;
      for (; performance.now() < until; ticks++) {
        if (ticks % sayEvery === 0) {
          for (const leg of talkers) media.sendDigits({ leg, digits: '1234567890', durationMs: 150, gapMs: 40 });
        }
        clock.step(frameMs);
      }
      await pause(sliceMs);
    }
  } finally {
    await media.close();
  }
  return ticks;
}

/** Each room twice, the legs of one the far ends of the other's. Gives those who are to talk. */
async function seat(media: MediaProcess): Promise<string[]> {
  const talkers: string[] = [];
  for (const size of roomSizes) {
    const [left, right] = [`left${size}`, `right${size}`];
    media.createRoom({ room: left });
    media.createRoom({ room: right });
    for (let i = 0; i < size; i++) {
      const pair = [];
      for (const room of [left, right]) {
        const leg = `${room}-${i}`;
        const local = await media.openLeg({ leg, cname: leg, transport: { kind: 'udp', bind: host } });
        if (local.kind !== 'udp') throw new Error('a leg that is no UDP');
        pair.push({ leg, room, port: local.port });
      }
      const [a, b] = pair as [(typeof pair)[0], (typeof pair)[0]];
      for (const [near, far] of [
        [a, b],
        [b, a],
      ] as const) {
        await media.configureLeg({
          leg: near.leg,
          remote: { kind: 'udp', address: host, port: far.port },
          send: { ...format, ptime: frameMs },
          receive: [format],
          telephoneEvents: { send: null, receive: [] },
          direction: 'sendrecv',
        });
        media.joinRoom({ leg: near.leg, room: near.room });
      }
      if (i < 2) talkers.push(a.leg);
    }
  }
  return talkers;
}

/** A time that goes on when it is told to. */
class OwnClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  step(ms: number): void {
    this.#nowMs += ms;
    for (const timer of [...this.#timers]) {
      if (timer.atMs <= this.#nowMs && this.#timers.delete(timer)) timer.fire();
    }
  }
}
