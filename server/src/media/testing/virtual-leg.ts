import { type Codec, codecByName } from '../../audio/codec.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { RtpHeader, rtpHeaderLength, writeRtpHeader } from '../../rtp/rtp-header.ts';
import type { LegConfiguration } from '../channel/commands.ts';
import { Leg } from '../process/leg/leg.ts';
import type { MakeTransport } from '../process/transport/leg-transport.ts';
import { UdpTransport } from '../process/transport/udp-transport.ts';

const usualEvent = { payloadType: 101, clockRate: 8000 };
const peer = { kind: 'udp', address: '192.0.2.1', port: 4000 } as const;

export interface SentPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payload: Buffer;
  /** What is in its header extension, hex. */
  readonly extension: string;
}

export interface VirtualLegOptions {
  readonly codec?: string;
  readonly ptime?: number;
  readonly guestStreams?: Set<number>;
  /** The peer did not log in; its signalling comes from here. */
  readonly provenHost?: string;
  readonly telephoneEvents?: LegConfiguration['telephoneEvents'];
  /** The peer says how loud its packets are, in this header extension. */
  readonly audioLevel?: number;
}

/** A leg of the media process whose peer, network and clock are the test's. */
export class VirtualLeg {
  readonly leg: Leg;
  transport: UdpTransport;
  readonly codec: Codec;
  readonly sent: SentPacket[] = [];
  /** RTCP packets that were sent. */
  reports = 0;
  /** Whether packets come, as it was told. */
  readonly told: boolean[] = [];
  readonly digits: string[] = [];
  /** How long each of `digits` was pressed, ms. */
  readonly lengths: number[] = [];
  readonly configuration: LegConfiguration;
  #sequence = 1000;
  #timestamp = 50_000;
  readonly #payloadType: number;
  readonly #makeTransport: MakeTransport;

  constructor(id: string, clock = new VirtualClock(), options: VirtualLegOptions = {}) {
    const random = new SeededRandom(id.charCodeAt(0) + 256 * id.length);
    const name = options.codec ?? 'PCMU';
    this.codec = codecByName(name)!;
    this.#payloadType = name === 'PCMU' ? 0 : name === 'PCMA' ? 8 : 96;
    const guestStreams = options.guestStreams ?? new Set();
    const pair = {
      address: '192.0.2.9',
      port: 2,
      rtcpPort: 3,
      sendRtp: (packet: Uint8Array) => this.#keep(packet),
      sendRtcp: () => void this.reports++,
      close: () => {},
    };
    let transport: UdpTransport | null = null;
    this.#makeTransport = (listener, ssrc) => {
      transport = new UdpTransport({ clock, guestStreams, openPair: () => Promise.resolve(pair) }, listener, ssrc);
      return transport;
    };
    this.leg = new Leg(
      id,
      id,
      {
        clock,
        random,
        tickNow: () => Math.floor(clock.monotonic() / 20),
        onDigit: (_leg, digit, durationMs) => {
          this.digits.push(digit);
          this.lengths.push(durationMs);
        },
        onSounds: (_leg, sounds) => this.told.push(sounds),
      },
      this.#makeTransport,
    );
    this.transport = transport!;
    this.transport.attach(pair);
    this.configuration = {
      remote: options.provenHost === undefined ? peer : { ...peer, provenHost: options.provenHost },
      send: { payloadType: this.#payloadType, codec: name, ptime: options.ptime ?? 20 },
      receive: [{ payloadType: this.#payloadType, codec: name }],
      telephoneEvents: options.telephoneEvents ?? { send: usualEvent, receive: [usualEvent] },
      direction: 'sendrecv',
      audioLevel: options.audioLevel ?? null,
    };
    this.leg.configure(this.configuration);
  }

  /** The peer is another way from now on. */
  async move(): Promise<void> {
    await this.leg.move(this.#makeTransport);
    this.transport = this.leg.transport as UdpTransport;
  }

  /** What the next packets say of themselves, where they do: dB below overload. */
  level = 127;

  /** The peer sends these samples as one packet that arrives at `nowMs`. */
  say(pcm: Int16Array, nowMs: number): void {
    const packet = Buffer.alloc(rtpHeaderLength + this.codec.maxPayload);
    writeRtpHeader(packet, 0, false, this.#payloadType, this.#sequence, this.#timestamp, 7);
    const bytes = this.codec.createEncoder().encode(pcm, 0, pcm.length, packet, rtpHeaderLength);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp += pcm.length;
    const plain = packet.subarray(0, rtpHeaderLength + bytes);
    this.arrive(this.configuration.audioLevel == null ? plain : this.#withLevel(plain), nowMs);
  }

  /** These bytes arrive from the peer, or from elsewhere. */
  arrive(packet: Buffer, nowMs: number, address: string = peer.address, port: number = peer.port): void {
    this.transport.receive(packet, address, port, nowMs);
  }

  /** What the peer hears, all packets of audio joined. */
  heard(): Int16Array {
    const audio = this.sent.filter((packet) => packet.payloadType === this.#payloadType);
    const samples = audio.map(({ payload }) => this.codec.samplesIn(payload, 0, payload.length));
    const out = new Int16Array(samples.reduce((sum, count) => sum + count, 0));
    let at = 0;
    for (const { payload } of audio) at += this.codec.createDecoder().decode(payload, 0, payload.length, out, at);
    return out.subarray(0, at);
  }

  #withLevel(packet: Buffer): Buffer {
    const extension = Buffer.of(0xbe, 0xde, 0, 1, this.configuration.audioLevel! << 4, this.level, 0, 0);
    const whole = Buffer.concat([packet.subarray(0, rtpHeaderLength), extension, packet.subarray(rtpHeaderLength)]);
    whole[0] = 0x90;
    return whole;
  }

  #keep(packet: Uint8Array): void {
    const header = new RtpHeader();
    const copy = Buffer.from(packet);
    header.read(copy);
    const { payloadType, marker, sequence } = header;
    const timestamp = header.timestamp >>> 0;
    const extension = copy.toString('hex', header.extensionStart, header.extensionEnd);
    this.sent.push({
      payloadType,
      marker,
      sequence,
      timestamp,
      payload: copy.subarray(header.payloadStart),
      extension,
    });
  }
}
