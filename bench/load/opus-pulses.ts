import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Decoder, Encoder } from '../../server/src/audio/codec.ts';
import { loadOpus } from '../../server/src/audio/opus.ts';
import { RtpHeader, rtpHeaderLength, writeRtpHeader } from '../../server/src/rtp/rtp-header.ts';
import { MediaBench } from '../media.ts';

const [rooms, perRoom] = [4, 3];
const payloadType = 111;
const packetMs = 20;
const lateMs = 10;
const samples = 960;
const settleMs = 4000;
const measureMs = 25_000;
/** Between two pulses of a room: long enough for the first to be over, in no step with the packets. */
const everyMs = 607;
const pulsePeak = 16_000;
/** What is as loud as this came of a pulse: what was before is silence. */
const heardPeak = 2000;

const header = new RtpHeader();

/** One phone by plain RTP in Opus. */
class OpusPhone {
  readonly port: number;
  target = 0;
  /** When the pulse left that is to be heard, 0: none. */
  pulseMs = 0;
  readonly #socket: Socket;
  readonly #encoder: Encoder;
  readonly #packet: Uint8Array;
  readonly #ssrc: number;
  #sent = 0;
  pulses = false;

  constructor(socket: Socket, encoder: Encoder, maxPayload: number, ssrc: number) {
    this.#socket = socket;
    this.port = socket.address().port;
    this.#encoder = encoder;
    this.#packet = new Uint8Array(rtpHeaderLength + maxPayload);
    this.#ssrc = ssrc;
  }

  /** One packet: silence, or a pulse where that was asked for. */
  send(): void {
    const peak = this.pulses ? pulsePeak : 0;
    const pcm = Int16Array.from({ length: samples }, (_, i) => peak * Math.sin((2 * Math.PI * 1000 * i) / 48_000));
    const n = this.#sent++;
    writeRtpHeader(this.#packet, 0, n === 0, payloadType, n & 0xffff, n * samples, this.#ssrc);
    const length = this.#encoder.encode(pcm, 0, samples, this.#packet, rtpHeaderLength);
    if (this.pulses) this.pulseMs = performance.now();
    this.pulses = false;
    // What is sent may be overwritten by the next before the kernel has it.
    this.#socket.send(Buffer.from(this.#packet.subarray(0, rtpHeaderLength + length)), this.target, '127.0.0.1');
  }

  /** Tells of the first loud packet after each pulse of `talker`. */
  hear(talker: OpusPhone, decoder: Decoder, tell: (ms: number) => void): void {
    const pcm = new Int16Array(5760);
    let toldMs = 0;
    this.#socket.on('message', (packet) => {
      if (!header.read(packet) || header.payloadType !== payloadType) return;
      const nowMs = performance.now();
      const count = decoder.decode(packet, header.payloadStart, header.payloadEnd, pcm, 0);
      if (talker.pulseMs === 0 || talker.pulseMs === toldMs) return;
      if (!pcm.subarray(0, count).some((sample) => Math.abs(sample) > heardPeak)) return;
      toldMs = talker.pulseMs;
      tell(nowMs - toldMs);
    });
  }

  close(): void {
    this.#socket.close();
    this.#encoder.close();
  }
}

/**
 * How long a pulse in Opus takes through rooms of three, ms, sorted: from the packet that leaves to the one that comes;
 * `lateShare`: what was sent more than 10 ms after it was due.
 */
export async function pulsesInOpus(): Promise<{ latencies: number[]; lateShare: number }> {
  const codec = await loadOpus();
  const bench = await MediaBench.start();
  const phones: OpusPhone[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  try {
    for (let i = 0; i < rooms * perRoom; i++) {
      const socket = createSocket('udp4').bind(0, '127.0.0.1');
      await once(socket, 'listening');
      phones.push(new OpusPhone(socket, codec.createEncoder(), codec.maxPayload, 1000 + i));
    }
    const ports = await bench.seat(phones, perRoom, { payloadType, codec: 'opus/48000' });
    for (const [i, phone] of phones.entries()) phone.target = ports[i]!;
    let measures = false;
    let [sent, late] = [0, 0];
    const latencies: number[] = [];
    const talkers = phones.filter((_, i) => i % perRoom === 0);
    for (const [i, phone] of phones.entries()) {
      const talker = talkers[Math.floor(i / perRoom)]!;
      if (phone === talker) continue;
      phone.hear(talker, codec.createDecoder(), (ms) => {
        if (measures) latencies.push(ms);
      });
    }
    const beganMs = performance.now();
    let pulsed = 0;
    const next = phones.map((_, i) => beganMs + (i * packetMs) / phones.length);
    const turn = (): void => {
      for (const [i, phone] of phones.entries()) {
        for (; next[i]! <= performance.now(); next[i]! += packetMs) {
          if (measures) {
            sent++;
            if (performance.now() - next[i]! > lateMs) late++;
          }
          phone.send();
        }
      }
      if (performance.now() - beganMs > settleMs + pulsed * everyMs) {
        pulsed++;
        for (const talker of talkers) talker.pulses = true;
      }
      timer = setTimeout(turn, 2);
    };
    turn();
    await pause(settleMs);
    measures = true;
    await pause(measureMs);
    return { latencies: latencies.toSorted((a, b) => a - b), lateShare: late / Math.max(1, sent) };
  } finally {
    if (timer !== null) clearTimeout(timer);
    for (const phone of phones) phone.close();
    await bench.close();
  }
}
