/**
 * Phones in conferences, in a process of their own: forked, told what to do over IPC, gone after three minutes at most.
 * Each calls in by SIP and sends 50 packets a second of G.711; of the two in a conference one speaks and the other is
 * silent, in turns.
 */
import { createSocket, type Socket } from 'node:dgram';
import { encodeUlaw } from '../../server/src/audio/g711.ts';
import { obeyOrders } from './obey-orders.ts';

const longestLifeMs = 180_000;
const packetMs = 20;
const packetBytes = 160;
const lateMs = 10;
/** How long one speaks until the other does. */
const turnMs = 8000;
const perSecond = 50;
const answerMs = 30_000;

export type PhonesOrder =
  /** Each of these numbers is called once; where a number comes twice, those two talk in turns. */
  | { readonly do: 'call'; readonly sipPort: number; readonly numbers: readonly string[] }
  | { readonly do: 'report' }
  | { readonly do: 'close' };

export interface PhonesReport {
  readonly sent: number;
  /** Of those, more than 10 ms after they were due. */
  readonly late: number;
}

interface Caller {
  readonly number: string;
  readonly rtp: Socket;
  readonly port: number;
  readonly phaseMs: number;
  /** Whether it is the first of its conference who speaks. */
  readonly first: boolean;
  /** The turns of conferences do not change together. */
  readonly shiftMs: number;
  remotePort: number;
  sent: number;
  readonly packet: Buffer;
}

const callers: Caller[] = [];
const report = { sent: 0, late: 0 };
const silence = Buffer.alloc(packetBytes, 0xff);
const speech = spoken();
let sip: Socket;
let startMs = 0;

function spoken(): Buffer[] {
  return Array.from({ length: 50 }, (_, frame) => {
    const pcm = Int16Array.from({ length: packetBytes }, (_sample, i) => {
      const t = (frame * packetBytes + i) / 8000;
      const swell = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t);
      return 6000 * swell * Math.sin(2 * Math.PI * 350 * t + 3 * Math.sin(2 * Math.PI * 7 * t));
    });
    const bytes = Buffer.alloc(packetBytes);
    encodeUlaw(pcm, 0, packetBytes, bytes, 0);
    return bytes;
  });
}

async function call(sipPort: number, numbers: readonly string[]): Promise<object> {
  sip = createSocket('udp4');
  await new Promise<void>((done) => sip.bind(0, '127.0.0.1', done));
  const seen = new Set<string>();
  for (const [i, number] of numbers.entries()) {
    const rtp = createSocket('udp4');
    await new Promise<void>((done) => rtp.bind(0, '127.0.0.1', done));
    rtp.on('message', () => {});
    const { port } = rtp.address();
    const packet = Buffer.alloc(12 + packetBytes);
    packet[0] = 0x80;
    packet.writeUInt32BE(1000 + i, 8);
    const first = !seen.has(number);
    seen.add(number);
    const shiftMs = (seen.size * 777) % turnMs;
    const phaseMs = Math.random() * packetMs;
    callers.push({ number, rtp, port, phaseMs, first, shiftMs, remotePort: 0, sent: 0, packet });
  }
  let answered = 0;
  sip.on('message', (bytes) => {
    const text = bytes.toString('latin1');
    const at = Number(/^Call-ID: bench-(\d+)@/m.exec(text)?.[1] ?? -1);
    const caller = callers[at];
    // What the server asks meanwhile gets no answer: nobody hangs up here.
    if (caller === undefined || !text.startsWith('SIP/2.0 2') || !/^CSeq: 1 INVITE/m.test(text)) {
      if (/^SIP\/2\.0 [3-6]/.test(text)) throw new Error(`refused: ${text.split('\r\n', 1)[0]}`);
      return;
    }
    const to = /^To: (.*)\r$/m.exec(text)?.[1] ?? '';
    const contact = /^Contact: <([^>]*)>/m.exec(text)?.[1] ?? '';
    sip.send(request('ACK', at, { target: contact, to, sipPort }), sipPort, '127.0.0.1');
    if (caller.remotePort === 0) answered++;
    caller.remotePort = Number(/^m=audio (\d+)/m.exec(text)?.[1] ?? 0);
  });
  for (const at of callers.keys()) {
    sip.send(invite(at, sipPort), sipPort, '127.0.0.1');
    await new Promise((done) => setTimeout(done, 1000 / perSecond));
  }
  const end = performance.now() + answerMs;
  for (let again = performance.now() + 1000; answered < callers.length; ) {
    if (performance.now() > end) throw new Error(`${answered} of ${callers.length} calls were answered`);
    await new Promise((done) => setTimeout(done, 20));
    if (performance.now() < again) continue;
    again += 1000;
    // Over UDP nothing else brings back what was lost (RFC 3261 §17.1.1.2).
    for (const [at, { remotePort }] of callers.entries()) {
      if (remotePort === 0) sip.send(invite(at, sipPort), sipPort, '127.0.0.1');
    }
  }
  startMs = performance.now();
  send();
  return {};
}

interface InDialog {
  readonly target: string;
  readonly to: string;
  readonly sipPort: number;
}

function request(method: 'INVITE' | 'ACK', at: number, { sipPort, target, to }: InDialog, body = ''): string {
  const here = `127.0.0.1:${sip.address().port}`;
  return [
    `${method} ${target} SIP/2.0`,
    `Via: SIP/2.0/UDP ${here};rport;branch=z9hG4bK-${method}-${at}`,
    'Max-Forwards: 70',
    `From: <sip:guest${at}@127.0.0.1>;tag=t${at}`,
    `To: ${to}`,
    `Call-ID: bench-${at}@127.0.0.1:${sipPort}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:guest${at}@${here}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

function invite(at: number, sipPort: number): string {
  const { number, port } = callers[at]!;
  const body = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  const target = `sip:${number}@127.0.0.1:${sipPort}`;
  return request('INVITE', at, { target, to: `<${target}>`, sipPort }, body);
}

function send(): void {
  const elapsed = performance.now() - startMs;
  for (const caller of callers) {
    for (;;) {
      const due = caller.sent * packetMs + caller.phaseMs;
      if (due > elapsed) break;
      report.sent++;
      if (performance.now() - startMs - due > lateMs) report.late++;
      const n = caller.sent++;
      const turn = Math.floor((due + caller.shiftMs) / turnMs) % 2 === 0;
      const { packet } = caller;
      packet.writeUInt16BE(n & 0xffff, 2);
      packet.writeUInt32BE((n * packetBytes) >>> 0, 4);
      packet.set(turn === caller.first ? speech[n % speech.length]! : silence, 12);
      caller.rtp.send(packet, caller.remotePort, '127.0.0.1');
    }
  }
  setTimeout(send, 4);
}

async function obey(order: PhonesOrder): Promise<unknown> {
  switch (order.do) {
    case 'call':
      return call(order.sipPort, order.numbers);
    case 'report':
      return { ...report };
    case 'close':
      process.exit(0);
  }
}

obeyOrders(obey, longestLifeMs);
