/**
 * The phones of a benchmark, in a process of their own: forked, told what to do over IPC, gone after two minutes at
 * most. Every phone sends 50 packets a second of 20 ms of µ-law, its own phase, over its own socket.
 */
import { createSocket, type Socket } from 'node:dgram';
import { pcmu } from '../../server/src/audio/codec.ts';
import { obeyOrders } from './obey-orders.ts';

const longestLifeMs = 120_000;
const packetMs = 20;
/** Of µ-law. */
const payloadBytes = 160;
const packetBytes = 12 + payloadBytes;
/** Later than this is late. */
const lateMs = 10;
/** How much of the 20 ms is sent for in one go. */
const paceMs = 2;
/** µ-law magnitudes from here up are a pulse's. */
const pulseMagnitude = 4000;

/** What the parent says. */
export type LoadOrder =
  | { readonly do: 'open'; readonly count: number }
  /** `talkers` are indices; `ports` where each phone sends to, by index. */
  | { readonly do: 'start'; readonly ports: readonly number[]; readonly talkers: readonly number[] }
  /** Index of each phone that sends a pulse now and then, and of one that hears it. Others fall silent. */
  | { readonly do: 'pulse'; readonly pairs: readonly (readonly [number, number])[] }
  | { readonly do: 'reset' }
  | { readonly do: 'report' }
  | { readonly do: 'close' };

export interface LoadReport {
  readonly sent: number;
  readonly late: number;
  readonly received: number;
  /** Gaps in the sequence numbers that the phones heard. */
  readonly lost: number;
  /** Milliseconds from a pulse's packet leaving to the pulse coming back. */
  readonly latencies: readonly number[];
  /** Packets with sound among those received. */
  readonly loud: number;
}

interface Phone {
  readonly socket: Socket;
  readonly packet: Buffer;
  readonly phaseMs: number;
  port: number;
  sequence: number;
  timestamp: number;
  sent: number;
  talks: boolean;
  pulses: boolean;
  nextPulse: number;
  pulseAtMs: number;
  /** The phone whose pulses this one listens for. */
  hears: Phone | null;
  heardSequence: number;
}

const phones: Phone[] = [];
const latencies: number[] = [];
let received = 0;
let lost = 0;
let sentTotal = 0;
let late = 0;
let loud = 0;
let startMs = 0;
let pulsing = false;

let speech: Uint8Array[] = [];
let noise: Uint8Array[] = [];
const pulse = new Uint8Array(payloadBytes).fill(0x88);

/** Frames of 20 ms of a sound, by its time in seconds. */
function frames(count: number, sound: (t: number) => number): Uint8Array[] {
  const encoder = pcmu.createEncoder();
  const payload = new Uint8Array(payloadBytes);
  const made = Array.from({ length: count }, (_, frame) => {
    const pcm = Int16Array.from({ length: payloadBytes }, (_sample, i) => sound((frame * payloadBytes + i) / 8000));
    return payload.slice(0, encoder.encode(pcm, 0, payloadBytes, payload, 0));
  });
  encoder.close();
  return made;
}

/** Modulated tones, as loud as a talker. */
function speechFrames(count: number): Uint8Array[] {
  return frames(count, (t) => {
    const swell = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t);
    return 6000 * swell * Math.sin(2 * Math.PI * 350 * t + 3 * Math.sin(2 * Math.PI * 7 * t));
  });
}

/** An idle line: the last bit rustles. */
function noiseFrames(count: number): Uint8Array[] {
  const quiet = [0xff, 0x7f, 0xfe, 0x7e];
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: payloadBytes }, () => quiet[(Math.random() * 4) | 0]!),
  );
}

async function open(count: number): Promise<number[]> {
  speech = speechFrames(50);
  noise = noiseFrames(16);
  for (let i = 0; i < count; i++) {
    const socket = createSocket({
      type: 'udp4',
      lookup: ((host: string, _options: unknown, done: (e: null, a: string, f: number) => void) =>
        done(null, host, 4)) as never,
    });
    const phone: Phone = {
      socket,
      packet: Buffer.alloc(packetBytes),
      phaseMs: Math.random() * packetMs,
      port: 0,
      sequence: (Math.random() * 30_000) | 0,
      timestamp: (Math.random() * 0xffff_ffff) >>> 0,
      sent: 0,
      talks: false,
      pulses: false,
      nextPulse: 0,
      pulseAtMs: 0,
      hears: null,
      heardSequence: -1,
    };
    phone.packet[0] = 0x80;
    phone.packet.writeUInt32BE((Math.random() * 0xffff_ffff) >>> 0, 8);
    socket.on('message', (packet) => hear(phone, packet));
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    phones.push(phone);
  }
  return phones.map((phone) => phone.socket.address().port);
}

function hear(phone: Phone, packet: Buffer): void {
  if (packet.length < packetBytes) return;
  received++;
  const sequence = (packet[2]! << 8) | packet[3]!;
  if (phone.heardSequence >= 0) lost += Math.max(0, ((sequence - phone.heardSequence - 1) << 16) >> 16);
  phone.heardSequence = sequence;
  if (phone.hears === null) {
    if (magnitude(packet[100]!) > 100) loud++;
    return;
  }
  const source = phone.hears;
  if (source.pulseAtMs === 0) return;
  for (let i = 12; i < packetBytes; i++) {
    if (magnitude(packet[i]!) < pulseMagnitude) continue;
    latencies.push(performance.now() + (i - 12) / 8 - source.pulseAtMs);
    source.pulseAtMs = 0;
    return;
  }
}

function magnitude(code: number): number {
  const inverted = ~code & 0x7f;
  return (((inverted & 15) * 2 + 33) << (inverted >> 4)) - 33;
}

function send(phone: Phone, nowMs: number): void {
  const packet = phone.packet;
  const sequence = phone.sequence++ & 0xffff;
  packet[2] = sequence >> 8;
  packet[3] = sequence;
  packet.writeUInt32BE(phone.timestamp, 4);
  phone.timestamp = (phone.timestamp + payloadBytes) >>> 0;
  phone.sent++;
  sentTotal++;
  let payload = phone.talks && !pulsing ? speech[sequence % speech.length]! : noise[sequence % noise.length]!;
  if (phone.pulses && pulsing && --phone.nextPulse <= 0) {
    phone.nextPulse = 25 + ((Math.random() * 10) | 0);
    phone.pulseAtMs = nowMs;
    payload = pulse;
  }
  packet.set(payload, 12);
  phone.socket.send(packet, phone.port, '127.0.0.1');
}

function pace(): void {
  const elapsed = performance.now() - startMs;
  for (const phone of phones) {
    for (;;) {
      const due = phone.sent * packetMs + phone.phaseMs;
      if (due > elapsed) break;
      const nowMs = performance.now();
      if (nowMs - startMs - due > lateMs) late++;
      send(phone, nowMs);
    }
  }
  setImmediate(rest);
}

const cell = new Int32Array(new SharedArrayBuffer(4));
let nextMs = 0;

/**
 * Sleeps outside of epoll: who sends to these phones does not pay for waking this process, as if they were elsewhere.
 */
function rest(): void {
  const nowMs = performance.now();
  nextMs = Math.max(nextMs + paceMs, nowMs);
  Atomics.wait(cell, 0, 0, nextMs - nowMs);
  setImmediate(pace);
}

function obey(order: LoadOrder): unknown {
  switch (order.do) {
    case 'open':
      return open(order.count);
    case 'start':
      for (const [i, phone] of phones.entries()) {
        phone.port = order.ports[i]!;
      }
      for (const i of order.talkers) phones[i]!.talks = true;
      startMs = performance.now();
      pace();
      return {};
    case 'pulse':
      pulsing = true;
      for (const [from, to] of order.pairs) {
        phones[from]!.pulses = true;
        phones[from]!.nextPulse = 20 + ((Math.random() * 20) | 0);
        phones[to]!.hears = phones[from]!;
      }
      return {};
    case 'reset':
      received = lost = sentTotal = loud = late = 0;
      latencies.length = 0;
      return {};
    case 'report':
      return { sent: sentTotal, late, received, lost, latencies, loud } satisfies LoadReport;
    case 'close':
      process.exit(0);
  }
}

obeyOrders(obey, longestLifeMs);
