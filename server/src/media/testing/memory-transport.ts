import { type Codec, codecByName, type Encoder } from '../../audio/codec.ts';
import { goertzel } from '../../audio/goertzel.ts';
import { looksLikeRtcp, RtpHeader, rtpHeaderLength, writeRtpHeader } from '../../rtp/rtp-header.ts';
import type { LegConfiguration, LocalMedia, RemoteMedia, TransportRequest } from '../channel/commands.ts';
import {
  type LegTransport,
  type MakeTransport,
  type TransportListener,
  TransportStats,
} from '../process/transport/leg-transport.ts';
import { events } from '../process/transport/payload-kind.ts';
import type { TransportKind } from '../process/transport/transport-kinds.ts';

const header = new RtpHeader();

/**
 * A transport that is no UDP: buffers go from hand to hand. It looks after its own keep-alive and knows its peer, as
 * one on ICE and DTLS does. The channel's protocol has no such kind, so what names it is made here.
 */
export class MemoryTransport implements LegTransport {
  readonly stats = new TransportStats();
  readonly keepAliveMs = Number.POSITIVE_INFINITY;
  readonly #peer: MemoryPeer;
  readonly #listener: TransportListener;
  #ssrc: number | null = null;
  #agreed = false;
  closed = false;

  constructor(peer: MemoryPeer, listener: TransportListener) {
    this.#peer = peer;
    this.#listener = listener;
  }

  open(): Promise<LocalMedia> {
    this.#peer.transport = this;
    return Promise.resolve({ kind: 'memory' } as unknown as LocalMedia);
  }

  configure(remote: RemoteMedia | null): void {
    this.#agreed = remote !== null;
  }

  send(packet: Uint8Array): void {
    if (this.#agreed) this.#peer.hear(Buffer.from(packet));
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.#agreed) this.#peer.reports.push(Buffer.from(packet));
  }

  close(): void {
    this.closed = true;
  }

  /** The peer's next buffer. */
  take(packet: Buffer, nowMs: number): void {
    this.stats.packetsIn++;
    this.stats.heardMs = nowMs;
    if (looksLikeRtcp(packet)) this.#listener.receivedRtcp(packet, nowMs);
    else if (!header.read(packet)) this.stats.invalid++;
    else {
      this.stats.accepted++;
      this.stats.bytes += packet.length;
      const beside = this.#ssrc !== null && this.#listener.kindOf(header.payloadType) === events;
      const fresh = !beside && header.ssrc !== this.#ssrc;
      if (fresh) this.#ssrc = header.ssrc;
      this.#listener.received(packet, header, fresh, nowMs);
    }
  }
}

/** Whoever is at the other end of one. */
export class MemoryPeer {
  readonly codec: Codec;
  readonly payloadType: number;
  readonly heard: Buffer[] = [];
  readonly reports: Buffer[] = [];
  transport: MemoryTransport | null = null;
  readonly #encoder: Encoder;
  readonly #payload: Uint8Array;
  #sequence = 7;
  #timestamp = 0;

  constructor(codec = 'PCMU', payloadType = 0) {
    this.codec = codecByName(codec)!;
    this.payloadType = payloadType;
    this.#encoder = this.codec.createEncoder();
    this.#payload = new Uint8Array(this.codec.maxPayload);
  }

  /** What an open-leg command has for a leg whose peer this is, by its name in `memoryTransports`. */
  static request(name: string): TransportRequest {
    return { kind: 'memory', name } as unknown as TransportRequest;
  }

  get configuration(): LegConfiguration {
    const { payloadType } = this;
    const format = { payloadType, codec: `${this.codec.name}/${this.codec.clockRate}` };
    return {
      remote: { kind: 'memory' } as unknown as RemoteMedia,
      send: { ...format, ptime: 20 },
      receive: [format],
      telephoneEvents: { send: null, receive: [{ payloadType: 101, clockRate: 8000 }] },
      direction: 'sendrecv',
    };
  }

  /** These samples as one packet; none when the codec has no use for one. */
  say(pcm: Int16Array, nowMs: number): void {
    const bytes = this.#encoder.encode(pcm, 0, pcm.length, this.#payload, 0);
    const timestamp = this.#timestamp;
    this.#timestamp += (pcm.length * this.codec.clockRate) / this.codec.sampleRate;
    if (bytes === 0) return;
    const packet = Buffer.alloc(rtpHeaderLength + bytes);
    packet.set(this.#payload.subarray(0, bytes), rtpHeaderLength);
    writeRtpHeader(packet, 0, false, this.payloadType, this.#sequence, timestamp, 77);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.transport?.take(packet, nowMs);
  }

  /** A packet of this number, whatever is in it. */
  send(sequence: number): void {
    const packet = Buffer.alloc(rtpHeaderLength + 160);
    writeRtpHeader(packet, 0, false, this.payloadType, sequence, 160 * sequence, 77);
    this.transport?.take(packet, 0);
  }

  hear(packet: Buffer): void {
    if (header.read(packet)) this.heard.push(packet.subarray(header.payloadStart, header.payloadEnd));
  }

  /** How loud a tone (Hz) is in the last half second heard. */
  level(frequency: number): number {
    const payloads = this.heard.slice(-25);
    const out = new Int16Array(payloads.length * (this.codec.sampleRate / 50));
    const decoder = this.codec.createDecoder();
    let at = 0;
    for (const payload of payloads) at += decoder.decode(payload, 0, payload.length, out, at);
    return at === 0 ? 0 : goertzel(out, 0, at, frequency, this.codec.sampleRate);
  }
}

/** The kind `memory` for a media process: requests name one of these peers. */
export function memoryTransports(peers: Readonly<Record<string, MemoryPeer>>): () => Map<string, TransportKind> {
  const kind = (request: TransportRequest): MakeTransport => {
    const peer = peers[(request as unknown as { name: string }).name]!;
    return (listener) => new MemoryTransport(peer, listener);
  };
  return () => new Map([['memory', kind]]);
}
