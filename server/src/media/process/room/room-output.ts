import type { Encoder } from '../../../audio/codec.ts';
import { Resampler } from '../../../audio/resampler.ts';
import { rtpHeaderLength } from '../../../rtp/rtp-header.ts';
import { frameMs } from '../leg/leg-receiver.ts';
import type { OutputFormat } from '../leg/output-format.ts';
import { ScratchFrames } from './scratch.ts';

/** Packets that are ready in one tick, at most: of 10 ms, two. */
const mostAtOnce = 2;

/** A packet of a stream: bytes for the header, then the payload. Whoever sends it writes the header first. */
export interface OutputPacket {
  bytes: Buffer;
  /** The memory that they are the beginning of. */
  readonly whole: Buffer;
  /** Where its sound begins, in RTP timestamp units from tick 0 on. */
  units: number;
}

/** Sound on its way from `take` to `encode`. */
const frames = new ScratchFrames();
const packetFrames = new ScratchFrames();
/** Of all outputs that only one leg is sent. */
const passing = new Map<OutputFormat, readonly OutputPacket[]>();

function passingPackets(format: OutputFormat): readonly OutputPacket[] {
  const packets = passing.get(format) ?? emptyPackets(format);
  passing.set(format, packets);
  return packets;
}

function emptyPackets({ codec, ptime }: OutputFormat): readonly OutputPacket[] {
  return Array.from({ length: ptime < frameMs ? mostAtOnce : 1 }, () => {
    const whole = Buffer.alloc(rtpHeaderLength + codec.maxPayload);
    return { bytes: whole, whole, units: 0 };
  });
}

/**
 * A room's sound on its way into one format: resampled, cut into packets, encoded. Owned by one leg, or shared by all
 * listeners of that format. Packets of all streams of one packet time begin and end together, at whole multiples of it
 * from tick 0 on, so that a leg passes from one stream to another between two packets; what it needs of earlier frames
 * it takes from the other.
 */
export class RoomOutput {
  readonly format: OutputFormat;
  /** The frame at the codec's rate, until it is encoded: then other outputs have theirs here. */
  readonly pcm: Int16Array;
  /** A frame of the room can be written to `pcm` as it is. */
  straight = true;
  /** The last tick that was taken; -1 when none. */
  tick = -1;
  /**
   * Made in that tick, `ready` of them. Those of an output that is not shared are good until the next such output
   * encodes: they are sent at once.
   */
  readonly packets: readonly OutputPacket[];
  ready = 0;
  readonly #encoder: Encoder;
  #resampler: Resampler | null = null;
  readonly #frameUnits: number;
  /** Frames of the last ticks, each at tick modulo their number; null where a packet is a frame. */
  readonly #history: Int16Array | null;
  readonly #frames: number;
  /** From which tick on the history has no gap. */
  #since = 0;
  /** One packet's sound in a row. */
  readonly #packetPcm: Int16Array;

  /** `shared`: its packets are for several legs. */
  constructor(format: OutputFormat, roomRate: number, shared: boolean) {
    const { codec, ptime } = format;
    this.format = format;
    const perMs = codec.sampleRate / 1000;
    this.pcm = frames.of(perMs * frameMs);
    this.#frameUnits = (codec.clockRate / 1000) * frameMs;
    this.#frames = Math.ceil(ptime / frameMs) + 2;
    this.#history = ptime === frameMs ? null : new Int16Array(this.#frames * this.pcm.length);
    this.#packetPcm = this.#history === null ? this.pcm : packetFrames.of(perMs * ptime);
    this.#encoder = codec.createEncoder();
    this.packets = shared ? emptyPackets(format) : passingPackets(format);
    this.tune(roomRate);
  }

  /** What is taken from now on has this rate; what was taken and encoded goes on. */
  tune(roomRate: number): void {
    const { sampleRate } = this.format.codec;
    this.straight = sampleRate === roomRate;
    this.#resampler = this.straight ? null : new Resampler(roomRate, sampleRate);
  }

  /** Takes a frame at the room's rate, which may be `pcm` itself where that is `straight`. */
  take(frame: Int16Array): void {
    if (frame === this.pcm) return;
    if (this.#resampler === null) this.pcm.set(frame);
    else this.#resampler.process(frame, frame.length, this.pcm);
  }

  /** Feeds the filter what was heard before, so that this output goes on where another one stopped. */
  prime(frame: Int16Array): void {
    if (this.#resampler === null) return;
    this.#resampler.reset();
    this.#resampler.process(frame, frame.length, this.pcm);
  }

  /** Goes on where `other`, of the same format, was before this tick. */
  follow(other: RoomOutput, tick: number): void {
    if (this.#history === null || other.#history === null || other.format !== this.format) return;
    if (other.tick !== tick && other.tick !== tick - 1) return;
    this.#history.set(other.#history);
    // A frame of this very tick that is in there already is written over.
    this.tick = tick - 1;
    this.#since = other.#since;
  }

  /** Makes the packets that are complete with what is in `pcm`, the frame of `tick`. */
  encode(tick: number): void {
    const fresh = tick !== this.tick + 1;
    this.tick = tick;
    this.ready = 0;
    if (this.#history === null) {
      this.#make(tick * this.#frameUnits);
      return;
    }
    if (fresh) this.#since = tick;
    this.#history.set(this.pcm, (tick % this.#frames) * this.pcm.length);
    this.#cut(tick);
  }

  /** Nothing may be encoded afterwards. Idempotent. */
  close(): void {
    this.#encoder.close();
  }

  /** Whole packets that end in this frame, but after its beginning. */
  #cut(tick: number): void {
    const { codec, ptime } = this.format;
    const from = tick * frameMs;
    const perMs = codec.sampleRate / 1000;
    const unitsPerMs = codec.clockRate / 1000;
    for (let end = from - (from % ptime) + ptime; end <= from + frameMs; end += ptime) {
      const begin = end - ptime;
      if (begin < this.#since * frameMs) continue;
      this.#gather(begin * perMs);
      this.#make(begin * unitsPerMs);
    }
  }

  /** Samples from this one on, in a row. */
  #gather(first: number): void {
    const history = this.#history!;
    const out = this.#packetPcm;
    let from = first % history.length;
    for (let at = 0; at < out.length; ) {
      const count = Math.min(out.length - at, history.length - from);
      for (let i = 0; i < count; i++) out[at + i] = history[from + i]!;
      at += count;
      from = 0;
    }
  }

  #make(units: number): void {
    const packet = this.packets[this.ready]!;
    const { whole } = packet;
    const pcm = this.#packetPcm;
    const bytes = rtpHeaderLength + this.#encoder.encode(pcm, 0, pcm.length, whole, rtpHeaderLength);
    // Nothing worth a packet.
    if (bytes === rtpHeaderLength) return;
    if (packet.bytes.length !== bytes) packet.bytes = whole.subarray(0, bytes);
    packet.units = units;
    this.ready++;
  }
}
