import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../../base/clock.ts';
import { SeededRandom } from '../../../base/random.ts';
import { nodesSockets } from './dgram-sockets.ts';
import type { MakeSockets, SocketsKind } from './media-sockets.ts';
import { PortPool } from './port-pool.ts';
import { openRing } from './uring/kernel-ring.ts';
import { type Libc, loadLibc } from './uring/libc.ts';
import { UringSockets } from './uring/uring-sockets.ts';

/** What is configured: `auto` is the faster one that works here. */
export type SocketsWish = SocketsKind | 'auto';

export interface SocketsChoice {
  readonly kind: SocketsKind;
  /** Why it is not io_uring; null when it is, or when that was asked for. */
  readonly reason: string | null;
  readonly make: MakeSockets;
}

/** Loopback delivers at once; a busy machine may take a moment. */
const mostTries = 50;
const tryEveryMs = 2;

/**
 * What media is sent and received with here. Tries io_uring with a datagram on loopback: containers often forbid it,
 * and kernels before 6.1 lack parts. Rejects when it was asked for by name and does not work.
 */
export async function chooseSockets(wish: SocketsWish): Promise<SocketsChoice> {
  const dgram = (reason: string | null): SocketsChoice => ({ kind: 'dgram', reason, make: nodesSockets });
  if (wish === 'dgram') return dgram(null);
  try {
    const libc = await probe();
    return {
      kind: 'uring',
      reason: null,
      make: (clock, beforePacket) => new UringSockets(clock, libc, openRing(libc), beforePacket),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    if (wish === 'auto') return dgram(reason);
    throw new Error(`media.sockets is uring, and that does not work here: ${reason}`);
  }
}

/** Whether io_uring works here, and why not. */
export async function probeUring(): Promise<{ readonly works: boolean; readonly reason: string | null }> {
  const { kind, reason } = await chooseSockets('auto');
  return { works: kind === 'uring', reason };
}

/** Sends itself a datagram. Rejects when that does not come, or comes as another. */
async function probe(): Promise<Libc> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new Error(`no io_uring on ${process.platform} ${process.arch}`);
  }
  const libc = await loadLibc();
  const sockets = new UringSockets(systemClock, libc, openRing(libc), () => {});
  try {
    const ports = new PortPool(49_152, 65_535, new SeededRandom(process.pid));
    const word = 'sound';
    let heard = false;
    const pair = await sockets.open(
      '127.0.0.1',
      ports,
      (packet, address, port) => {
        heard ||= packet.toString('latin1') === word && address === '127.0.0.1' && port === pair.rtcpPort;
      },
      () => {},
    );
    pair.sendRtcp(Buffer.from(word), pair.port, pair.address);
    for (let tries = 0; !heard; tries++) {
      if (tries === mostTries) throw new Error('io_uring: a datagram did not come back');
      sockets.exchange(systemClock.monotonic());
      if (!heard) await pause(tryEveryMs);
    }
    return libc;
  } finally {
    sockets.close();
  }
}
