import type { Codec } from '../../audio/codec.ts';
import { Resampler } from '../../audio/resampler.ts';
import { rtpHeaderLength } from '../../rtp/rtp-header.ts';
import { frameMs } from './leg-receiver.ts';

/** One frame of a room's sound on its way into one codec: resampled and encoded. Owned by one leg, or shared by all listeners. */
export class RoomOutput {
  readonly codec: Codec;
  /** An RTP packet: room for a header, then the encoded frame. Whoever sends it writes his header first. */
  readonly packet: Buffer;
  /** The frame at the codec's rate. */
  readonly pcm: Int16Array;
  /** The tick that the payload is of; -1 when none. */
  tick = -1;
  readonly #encoder: ReturnType<Codec['createEncoder']>;
  readonly #resampler: Resampler | null;

  constructor(codec: Codec, roomRate: number) {
    this.codec = codec;
    const samples = (codec.sampleRate / 1000) * frameMs;
    this.pcm = new Int16Array(samples);
    this.#encoder = codec.createEncoder();
    const bytes = this.#encoder.encode(this.pcm, 0, samples, new Uint8Array(samples * 4), 0);
    this.packet = Buffer.alloc(rtpHeaderLength + bytes);
    this.#resampler = codec.sampleRate === roomRate ? null : new Resampler(roomRate, codec.sampleRate);
  }

  /** Takes a frame at the room's rate. */
  take(frame: Int16Array): void {
    if (this.#resampler === null) this.pcm.set(frame);
    else this.#resampler.process(frame, frame.length, this.pcm);
  }

  /** Feeds the filter what was heard before, so that this output goes on where another one stopped. */
  prime(frame: Int16Array): void {
    if (this.#resampler === null) return;
    this.#resampler.reset();
    this.#resampler.process(frame, frame.length, this.pcm);
  }

  /** Encodes what is in `pcm`. */
  encode(): void {
    this.#encoder.encode(this.pcm, 0, this.pcm.length, this.packet, rtpHeaderLength);
  }
}
