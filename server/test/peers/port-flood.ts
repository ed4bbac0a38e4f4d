/**
 * A flood of datagrams at the port for browsers, from strangers at many addresses of loopback; a worker, gone with its
 * thread. Tells what it sent and what came back.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { crc32 } from 'node:zlib';

export type FloodKind = 'unknownUfrag' | 'wrongIntegrity' | 'response' | 'hello' | 'garbage' | 'rtp';

export interface PortFlood {
  readonly kinds: readonly FloodKind[];
  readonly port: number;
  /** Of somebody whose checks are forged. */
  readonly ufrag: string;
  /** In all, and a second. */
  readonly count: number;
  readonly perSecond: number;
  /** How many strangers there are. */
  readonly addresses: number;
}

export interface FloodReport {
  readonly sent: number;
  readonly bytes: number;
  readonly answers: number;
  readonly answerBytes: number;
}

/** Floods, to the end; what comes back until `behind` is done is counted. */
export async function floodPort(flood: PortFlood, behind: () => Promise<void>): Promise<FloodReport> {
  const worker = new Worker(new URL(import.meta.url), { workerData: flood });
  try {
    await once(worker, 'message');
    await behind();
    worker.postMessage('enough');
    const [report] = (await once(worker, 'message')) as [FloodReport];
    return report;
  } finally {
    await worker.terminate();
  }
}

const cookie = 0x2112_a442;

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** A message of STUN (RFC 8489) with whatever integrity and a right fingerprint. */
function stun(type: number, attributes: readonly Buffer[]): Buffer {
  const whole = (more: readonly Buffer[], extra: number) => {
    const body = Buffer.concat(more);
    const head = Buffer.alloc(8);
    head.writeUInt16BE(type, 0);
    head.writeUInt16BE(body.length + extra, 2);
    head.writeUInt32BE(cookie, 4);
    return Buffer.concat([head, id, body]);
  };
  const id = randomBytes(12);
  const key = createHmac('sha1', 'no password of anybody').update(whole(attributes, 24)).digest();
  const signed = [...attributes, attribute(0x0008, key)];
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(whole(signed, 8)) ^ 0x5354_554e) >>> 0);
  return whole([...signed, attribute(0x8028, fingerprint)], 0);
}

/** A connectivity check as browsers send it (RFC 8445 §7.2.2). */
function check(ufrag: string): Buffer {
  const username = attribute(0x0006, Buffer.from(`${ufrag}:abcd`));
  const controlling = attribute(0x802a, randomBytes(8));
  return stun(0x0001, [username, controlling, attribute(0x0024, randomBytes(4))]);
}

function datagram(kind: FloodKind, ufrag: string): Buffer {
  switch (kind) {
    case 'unknownUfrag':
      return check(randomBytes(6).toString('base64url'));
    case 'wrongIntegrity':
      return check(ufrag);
    case 'response':
      return stun(0x0101, [attribute(0x0020, randomBytes(8))]);
    case 'hello': {
      // A record of a handshake (RFC 6347 §4.3.1), as long as a ClientHello.
      const record = randomBytes(13 + 150);
      record.set([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 150, 1]);
      return record;
    }
    case 'garbage':
      return randomBytes(1 + Math.floor(Math.random() * 1200));
    case 'rtp': {
      const packet = randomBytes(172);
      packet.set([0x80, 111]);
      return packet;
    }
  }
}

async function run({ kinds, port, ufrag, count, perSecond, addresses }: PortFlood): Promise<FloodReport> {
  const report = { sent: 0, bytes: 0, answers: 0, answerBytes: 0 };
  const sockets: Socket[] = [];
  for (let i = 0; i < addresses; i++) {
    const socket = createSocket('udp4');
    socket.on('message', (answer) => {
      report.answers++;
      report.answerBytes += answer.length;
    });
    await new Promise<void>((done) => socket.bind(0, `127.0.1.${1 + (i % 250)}`, done));
    sockets.push(socket);
  }
  const begun = performance.now();
  while (report.sent < count) {
    const due = Math.min(count, ((performance.now() - begun) / 1000) * perSecond);
    for (; report.sent < due; report.sent++) {
      const bytes = datagram(kinds[report.sent % kinds.length]!, ufrag);
      sockets[report.sent % sockets.length]!.send(bytes, port, '127.0.0.1');
      report.bytes += bytes.length;
    }
    await new Promise((done) => setTimeout(done, 5));
  }
  parentPort?.postMessage('sent');
  await new Promise((enough) => parentPort?.once('message', enough));
  for (const socket of sockets) socket.close();
  return report;
}

if (!isMainThread) parentPort?.postMessage(await run(workerData as PortFlood));
