import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { pause, until } from './wait.ts';

/**
 * Several files of tests may run at once. What one has found free, and not yet taken, is not to be found by another, so
 * each has ports of its own, by the number that the test runner gives it.
 */
const parts = 4;
const part = (Number(process.env['NODE_TEST_WORKER_ID'] ?? 1) - 1) % parts;

/** Ports that were handed out in this process: one that is found free and not yet taken is not handed out again. */
const given = new Set<number>();

/** So many neighbouring ports of one's part of `count` from `first` on, none of which was handed out before. */
function somePorts(first: number, count: number, room = 1): number {
  const own = count / parts;
  for (let attempt = 0; attempt < 1000; attempt++) {
    const from = first + part * own + Math.floor(Math.random() * (own - room));
    if (!Array.from({ length: room }, (_, at) => given.has(from + at)).some(Boolean)) return from;
  }
  throw new Error(`this process was given ${given.size} ports, and found no ${room} more`);
}

/**
 * Takes these ports for as long as this process lives, if nobody has: other tests may run on this machine, of this
 * clone or another, and between finding a port free and using it a busy one lets seconds pass. What is taken is a name
 * of Linux (an abstract socket), which goes with the process however that ends; elsewhere the parts have to do.
 */
async function take(first: number, count = 1): Promise<boolean> {
  const claims: Server[] = [];
  for (let port = first; port < first + count; port++) {
    const claim = await claimed(port);
    if (claim === null) {
      for (const one of claims) one.close();
      return false;
    }
    claims.push(claim);
  }
  for (let port = first; port < first + count; port++) given.add(port);
  return true;
}

function claimed(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const claim = createServer();
    claim.unref();
    if (process.platform !== 'linux') return resolve(claim);
    claim.once('error', () => resolve(null));
    claim.listen(`\0partyline-test-port-${port}`, () => resolve(claim));
  });
}

/**
 * A port of 127.0.0.1 that is free for TCP and UDP right now, outside the range the system hands out by itself; the
 * first of `count` neighbouring ones.
 */
export async function freePort(count = 1): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = somePorts(12_000, 8000, count);
    if (!(await take(first, count))) continue;
    const all = Array.from({ length: count }, (_, at) => first + at);
    const free = await Promise.all(all.map(async (port) => (await tcpFree(port)) && (await udpFree(port))));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no free port found');
}

/** The first of `count` neighbouring ports of 127.0.0.1 that are free for UDP right now; even. */
export async function freeUdpPorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = evenFrom(12_000, 8000, count);
    if (!(await take(first, count))) continue;
    const free = await Promise.all(Array.from({ length: count }, (_, at) => udpFree(first + at)));
    if (free.every(Boolean)) return first;
  }
  throw new Error('no free ports found');
}

function evenFrom(first: number, count: number, room: number): number {
  return (somePorts(first, count, room + 1) + 1) & ~1;
}

/** The start of `count` neighbouring ports, even, for a media range; not probed one by one. */
export function mediaRange(count: number): { from: number; to: number } {
  const from = evenFrom(20_000, 12_000, count);
  return { from, to: from + count - 1 };
}

function tcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function udpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
}

/** Waits until some program listens at this port; without /proc, for a moment. */
export async function bound(protocol: 'tcp' | 'udp', port: number): Promise<void> {
  const table = `/proc/net/${protocol}`;
  if (!existsSync(table)) return pause(1000);
  const local = new RegExp(`^ *\\d+: [0-9A-F]{8}:${port.toString(16).toUpperCase().padStart(4, '0')} `, 'm');
  await until(`${protocol} port ${port} to be bound`, () => local.test(readFileSync(table, 'latin1')), 25);
}
