import { randomBytes } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import type { FloodPorts } from './flood-datagrams.ts';
import { httpRequest, Incoming } from './http-load.ts';

export interface PacedConnections {
  readonly perSecond: number;
  readonly port: (ports: FloodPorts) => number;
  /** So many stay open; more, and the oldest goes. */
  readonly mostOpen: number;
  /** What is said on each, and nothing after that. */
  readonly first?: () => Promise<Buffer>;
}

/** Connections that each ask again as soon as they are answered. */
export interface Asking {
  readonly connections: number;
  readonly ask: () => Buffer;
}

/** How long a handshake that is not finished is kept open. */
const handshakeMs = 3000;

export const connectionFloods = {
  'http-connections': { perSecond: 1000, port: ({ http }) => http, mostOpen: 6000 },
  'sip-connections': { perSecond: 1000, port: ({ sip }) => sip, mostOpen: 6000 },
  'tls-handshakes': { perSecond: 1000, port: ({ sipTls }) => sipTls, mostOpen: 3000, first: clientHello },
  'https-handshakes': { perSecond: 1000, port: ({ http }) => http, mostOpen: 3000, first: clientHello },
} as const satisfies Readonly<Record<string, PacedConnections>>;

const offer = [
  'v=0',
  'o=- 1 1 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=sendrecv',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=setup:actpass',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  '',
].join('\r\n');

let count = 0;

export const askFloods = {
  whip: {
    connections: 256,
    ask: () =>
      httpRequest(
        'POST',
        '/whip',
        { 'Content-Type': 'application/sdp', Authorization: `Bearer ${randomBytes(8).toString('hex')}` },
        offer,
      ),
  },
  oauth: {
    connections: 256,
    ask: () =>
      httpRequest(
        'POST',
        '/oauth/token.php',
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        `grant_type=client_credentials&client_id=u${++count}&client_secret=wrong`,
      ),
  },
  docs: { connections: 256, ask: () => httpRequest('GET', '/docs/json', {}) },
  metrics: { connections: 256, ask: () => httpRequest('GET', '/metrics', {}) },
} as const satisfies Readonly<Record<string, Asking>>;

/** A connection from this address whose errors nobody minds. */
export function open(address: string, port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', localAddress: address });
  socket.on('error', () => {});
  return socket;
}

/** Opens one more, each time it is called. */
export function opener({ mostOpen, first }: PacedConnections, bytes: Buffer | null): (a: string, port: number) => void {
  const all = new Set<Socket>();
  return (address, port) => {
    const socket = open(address, port);
    all.add(socket);
    socket.once('close', () => all.delete(socket));
    socket.resume();
    if (bytes !== null) socket.once('connect', () => socket.write(bytes));
    if (first !== undefined) setTimeout(() => socket.destroy(), handshakeMs);
    if (all.size > mostOpen) all.values().next().value?.destroy();
  };
}

/** Asks on so many connections, opened again when they are closed. */
export function askOn(asking: Asking, addresses: readonly string[], port: number, sent: () => void): void {
  let opened = 0;
  keepOpen(asking.connections, () => {
    const socket = open(addresses[opened++ % addresses.length]!, port);
    let incoming = new Incoming();
    const ask = (): void => {
      sent();
      socket.write(asking.ask());
    };
    socket.on('connect', ask);
    socket.on('data', (part) => {
      if (incoming.take(part) === null) return;
      incoming = new Incoming();
      ask();
    });
    return socket;
  });
}

/** Requests that come byte by byte on so many connections and never end. */
export function dripOn(connections: number, addresses: readonly string[], port: number, sent: () => void): void {
  const all = new Set<Socket>();
  let opened = 0;
  keepOpen(connections, () => {
    const socket = open(addresses[opened++ % addresses.length]!, port);
    socket.on('connect', () => {
      socket.write('OPTIONS sip:x SIP/2.0\r\nX: ');
      all.add(socket);
    });
    socket.on('close', () => all.delete(socket));
    socket.resume();
    return socket;
  });
  setInterval(() => {
    for (const socket of all) {
      sent();
      socket.write('a');
    }
  }, 50);
}

function keepOpen(connections: number, make: () => Socket): void {
  let now = 0;
  setInterval(() => {
    // Not all at once, so that this thread comes to everything else.
    for (let more = 0; now < connections && more < 64; more++) {
      now++;
      make().once('close', () => now--);
    }
  }, 5);
}

/** What Node.js says first when it opens TLS. */
async function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket.once('data', (bytes) => {
      resolve(bytes);
      socket.destroy();
      server.close();
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = address !== null && typeof address !== 'string' ? address.port : 0;
    tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {});
  });
  return promise;
}
