import { createSocket, type Socket } from 'node:dgram';
import { type Codec, codecByName } from '../../audio/codec.ts';
import { goertzel } from '../../audio/goertzel.ts';
import { systemClock, type Timer } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { DigitReceiver } from '../../rtp/digit-receiver.ts';
import { looksLikeRtcp, RtpHeader, rtpHeaderLength, writeRtpHeader } from '../../rtp/rtp-header.ts';
import { TelephoneEvent, writeTelephoneEvent } from '../../rtp/telephone-event.ts';

export interface PhoneOptions {
  readonly codec?: string;
  readonly payloadType?: number;
  readonly ptime?: number;
  /** Hz; 0 is silence. */
  readonly tone?: number;
  /** Of full scale. */
  readonly amplitude?: number;
}

/** A packet as it came. */
export interface HeardPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
  readonly atMs: number;
}

/** A plain RTP endpoint for tests: sends a tone in real time and keeps what it hears. */
export class RtpPhone {
  readonly codec: Codec;
  readonly payloadType: number;
  readonly ptime: number;
  readonly ssrc: number;
  readonly heard: HeardPacket[] = [];
  readonly digits: { digit: string; durationMs: number }[] = [];
  readonly rtcp: Buffer[] = [];
  tone: number;
  amplitude: number;
  sequence = 100;
  timestamp = 5000;
  target: { address: string; port: number } | null = null;
  readonly #socket: Socket;
  readonly #digitReceiver = new DigitReceiver(8000, (digit, durationMs) => this.digits.push({ digit, durationMs }));
  #phase = 0;
  #timer: Timer | null = null;
  #pausedFor = 0;
  #next: Int16Array | null = null;
  saidAtMs = 0;

  private constructor(socket: Socket, options: PhoneOptions) {
    this.#socket = socket;
    this.codec = codecByName(options.codec ?? 'PCMU')!;
    this.payloadType = options.payloadType ?? 0;
    this.ptime = options.ptime ?? 20;
    this.tone = options.tone ?? 0;
    this.amplitude = options.amplitude ?? 0.2;
    this.ssrc = systemRandom.bytes(4).readUInt32BE(0);
    socket.on('message', (packet) => this.#receive(packet));
  }

  static async open(options: PhoneOptions = {}): Promise<RtpPhone> {
    const socket = createSocket('udp4');
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    return new RtpPhone(socket, options);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Begins to send to `port` of this host, in real time. */
  start(port: number): void {
    this.target = { address: '127.0.0.1', port };
    const startMs = systemClock.monotonic();
    let sent = 0;
    const send = () => {
      const due = Math.floor((systemClock.monotonic() - startMs) / this.ptime);
      for (; sent < due; sent++) this.sendFrame();
      this.#timer = systemClock.setTimer(5, send);
    };
    if (this.#timer === null) send();
  }

  /** The next packet says this in place of the tone; `saidAtMs` is then when it left. */
  sayNext(pcm: Int16Array): void {
    this.#next = pcm;
  }

  /** One packet of the tone. */
  sendFrame(): void {
    const samples = (this.codec.sampleRate / 1000) * this.ptime;
    const pcm = new Int16Array(samples);
    for (let i = 0; i < samples; i++) {
      pcm[i] = this.tone === 0 ? 0 : Math.round(this.amplitude * 32767 * Math.sin(2 * Math.PI * this.#phase));
      this.#phase += this.tone / this.codec.sampleRate;
    }
    if (this.#next !== null) {
      pcm.set(this.#next);
      this.#next = null;
      this.saidAtMs = systemClock.monotonic();
    }
    if (this.#pausedFor > 0) this.#pausedFor--;
    else this.sendPcm(pcm);
    this.timestamp = (this.timestamp + samples) >>> 0;
  }

  /** One packet of these samples; the timestamp is not moved on. */
  sendPcm(pcm: Int16Array): void {
    const packet = Buffer.alloc(rtpHeaderLength + pcm.length * 2);
    const bytes = this.codec.createEncoder().encode(pcm, 0, pcm.length, packet, rtpHeaderLength);
    this.#write(packet, false, this.payloadType, this.timestamp);
    this.sendRaw(packet.subarray(0, rtpHeaderLength + bytes));
  }

  /** A digit as RFC 4733 events in place of audio, sent at once rather than in real time. */
  sendDigit(code: number, durationMs: number, payloadType = 101): void {
    const packet = Buffer.alloc(rtpHeaderLength + 4);
    const steps = Math.round(durationMs / 20);
    for (let step = 1; step <= steps + 2; step++) {
      const duration = Math.min(step, steps) * 160;
      this.#write(packet, step === 1, payloadType, this.timestamp);
      writeTelephoneEvent(packet, rtpHeaderLength, code, step >= steps, 10, duration);
      this.sendRaw(packet);
    }
    this.#pausedFor = steps;
  }

  sendRaw(packet: Uint8Array): void {
    if (this.target !== null) this.#socket.send(Buffer.from(packet), this.target.port, this.target.address);
  }

  /** The samples of the packets heard within the last `ms`, in order of arrival. */
  recent(ms: number): Int16Array {
    const since = systemClock.monotonic() - ms;
    return this.decode(this.heard.filter((one) => one.atMs >= since && one.payloadType === this.payloadType));
  }

  /** How loud a tone (Hz) is in the last second heard, 0 to 1 of full scale. */
  hears(tone: number): number {
    const pcm = this.recent(1000);
    return pcm.length === 0 ? 0 : goertzel(pcm, 0, pcm.length, tone, this.codec.sampleRate) / 32_768;
  }

  decode(packets: readonly HeardPacket[]): Int16Array {
    const decoder = this.codec.createDecoder();
    const out = new Int16Array(packets.reduce((total, one) => total + one.payload.length, 0));
    let at = 0;
    for (const { payload } of packets) at += decoder.decode(payload, 0, payload.length, out, at);
    return out.subarray(0, at);
  }

  close(): void {
    this.#timer?.cancel();
    this.#socket.close();
  }

  #write(packet: Buffer, marker: boolean, payloadType: number, timestamp: number): void {
    writeRtpHeader(packet, 0, marker, payloadType, this.sequence, timestamp, this.ssrc);
    this.sequence = (this.sequence + 1) & 0xffff;
  }

  #receive(packet: Buffer): void {
    const header = new RtpHeader();
    if (looksLikeRtcp(packet)) {
      this.rtcp.push(packet);
      return;
    }
    if (!header.read(packet)) return;
    const { payloadType, marker, sequence } = header;
    const timestamp = header.timestamp >>> 0;
    const ssrc = header.ssrc >>> 0;
    const payload = packet.subarray(header.payloadStart, header.payloadEnd);
    if (payloadType === 101) {
      const event = new TelephoneEvent();
      if (event.read(packet, header.payloadStart, header.payloadEnd)) {
        this.#digitReceiver.receive(event, sequence, timestamp, marker, 0);
      }
    }
    this.heard.push({ payloadType, marker, sequence, timestamp, ssrc, payload, atMs: systemClock.monotonic() });
  }
}
