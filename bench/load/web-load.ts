/**
 * The browsers of a benchmark, in a process of their own: forked, told what to do over IPC, gone after three minutes at
 * most. Each has a connection of its own; who sends, sends 50 packets a second of Opus with its level (RFC 6464).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Audio, PeerConnection, type Track } from 'node-datachannel';
import { loadOpus } from '../../server/src/audio/opus.ts';
import { obeyOrders } from './obey-orders.ts';

const longestLifeMs = 180_000;
const packetMs = 20;
const lateMs = 10;
const payloadType = 111;
const levelId = 1;
/** Fixed header, and an extension of one word. */
const headerBytes = 20;
const gatherMs = 20_000;
const connectMs = 60_000;

export type WebOrder =
  /** `silent`: who does not talk sends silence all the same, as a muted browser does; else it only listens. */
  | {
      readonly do: 'open';
      readonly count: number;
      readonly talkers: number;
      readonly silent: boolean;
      /** The address that they send from; loopback when missing. */
      readonly from?: string;
    }
  | { readonly do: 'answer'; readonly answers: readonly string[] }
  | { readonly do: 'report' }
  /** The report so far; from then on another. */
  | { readonly do: 'reset' }
  | { readonly do: 'close' };

export interface WebReport {
  readonly received: number;
  /** Longer than what is made of silence. */
  readonly loud: number;
  readonly lost: number;
  readonly sent: number;
  /** Of those, more than 10 ms after they were due. */
  readonly late: number;
}

interface Browser {
  readonly peer: PeerConnection;
  readonly track: Track;
  readonly talks: boolean;
  readonly sends: boolean;
  readonly ssrc: number;
  readonly phaseMs: number;
  sent: number;
  heard: number;
}

const browsers: Browser[] = [];
const report = { received: 0, loud: 0, lost: 0, sent: 0, late: 0 };
let speech: Uint8Array[] = [];
let silence: Uint8Array = new Uint8Array(0);
let startMs = 0;

async function makeSound(): Promise<void> {
  const codec = await loadOpus();
  const encoder = codec.createEncoder();
  const bytes = new Uint8Array(codec.maxPayload);
  const encode = (pcm: Int16Array) => bytes.slice(0, encoder.encode(pcm, 0, pcm.length, bytes, 0));
  silence = encode(new Int16Array(960).fill(1));
  speech = Array.from({ length: 50 }, (_, frame) =>
    encode(
      Int16Array.from({ length: 960 }, (_sample, i) => {
        const t = (frame * 960 + i) / 48_000;
        const swell = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t);
        return 6000 * swell * Math.sin(2 * Math.PI * 350 * t + 3 * Math.sin(2 * Math.PI * 7 * t));
      }),
    ),
  );
  encoder.close();
}

async function until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
  const end = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} took too long`);
    await pause(20);
  }
}

async function open(count: number, talkers: number, silent: boolean, from = '127.0.0.1'): Promise<string[]> {
  await makeSound();
  for (let i = 0; i < count; i++) {
    const sends = silent || i < talkers;
    const peer = new PeerConnection(`browser${i}`, {
      iceServers: [],
      bindAddress: from,
      disableAutoNegotiation: true,
    });
    const ssrc = 1000 + i;
    const audio = new Audio('0', sends ? 'SendRecv' : 'RecvOnly');
    audio.addOpusCodec(payloadType, 'minptime=10;useinbandfec=1');
    audio.addSSRC(ssrc, `browser${i}`);
    const track = peer.addTrack(audio);
    const phaseMs = Math.random() * packetMs;
    const browser: Browser = { peer, track, talks: i < talkers, sends, ssrc, phaseMs, sent: 0, heard: -1 };
    track.onMessage((packet) => hear(browser, packet));
    peer.setLocalDescription('offer');
    browsers.push(browser);
  }
  await until(() => browsers.every(({ peer }) => peer.gatheringState() === 'complete'), gatherMs, 'gathering');
  const level = `a=extmap:${levelId} urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n`;
  return browsers.map(({ peer }) => peer.localDescription()!.sdp.replace(/a=rtcp-mux\r\n/, `a=rtcp-mux\r\n${level}`));
}

async function answer(answers: readonly string[]): Promise<object> {
  for (const [i, text] of answers.entries()) browsers[i]!.peer.setRemoteDescription(text, 'answer');
  await until(() => browsers.every(({ track }) => track.isOpen()), connectMs, 'connecting');
  startMs = performance.now();
  send();
  return {};
}

function hear(browser: Browser, packet: Buffer): void {
  // RTCP is in the same stream (RFC 5761 §4).
  if (packet.length < 12 || (packet[1]! >= 192 && packet[1]! <= 223)) return;
  report.received++;
  if (packet.length > 40) report.loud++;
  const sequence = packet.readUInt16BE(2);
  if (browser.heard >= 0) report.lost += Math.max(0, ((sequence - browser.heard - 1) << 16) >> 16);
  browser.heard = sequence;
}

function send(): void {
  const elapsed = performance.now() - startMs;
  for (const browser of browsers) {
    for (let due = 0; browser.sends; sendOne(browser)) {
      due = browser.sent * packetMs + browser.phaseMs;
      if (due > elapsed) break;
      report.sent++;
      if (performance.now() - startMs - due > lateMs) report.late++;
    }
  }
  setTimeout(send, 4);
}

function sendOne(browser: Browser): void {
  const n = browser.sent++;
  const payload = browser.talks ? speech[n % speech.length]! : silence;
  const packet = Buffer.alloc(headerBytes + payload.length);
  packet[0] = 0x90;
  packet[1] = payloadType;
  packet.writeUInt16BE(n & 0xffff, 2);
  packet.writeUInt32BE((n * 960) >>> 0, 4);
  packet.writeUInt32BE(browser.ssrc, 8);
  packet.writeUInt32BE(0xbede_0001, 12);
  packet[16] = levelId << 4;
  packet[17] = browser.talks ? 18 : 127;
  packet.set(payload, headerBytes);
  browser.track.sendMessageBinary(packet);
}

async function obey(order: WebOrder): Promise<unknown> {
  switch (order.do) {
    case 'open':
      return open(order.count, order.talkers, order.silent, order.from);
    case 'answer':
      return answer(order.answers);
    case 'report':
      return report;
    case 'reset': {
      const before = { ...report };
      Object.assign(report, { received: 0, loud: 0, lost: 0, sent: 0, late: 0 });
      return before;
    }
    case 'close':
      process.exit(0);
  }
}

obeyOrders(obey, longestLifeMs);
