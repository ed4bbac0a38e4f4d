import type { Codec } from './codec.ts';

/** What a pull gave. */
export const pulled = { silence: 0, voice: 1, concealed: 2 } as const;
export type PullResult = (typeof pulled)[keyof typeof pulled];

export interface PlayoutOptions {
  codec: Codec;
  /** Length of the frames that will be pulled, ms. */
  frameMs?: number;
  /** The delay aimed at on a clean network, ms. */
  minDelayMs?: number;
  /** The delay never exceeded; older sound is skipped, ms. */
  maxDelayMs?: number;
}

/** Counters since construction; packets unless said otherwise. Read, don't keep: the same object is updated in place. */
export interface PlayoutStats {
  /** Accepted, duplicates and late ones included. */
  received: number;
  /** Never arrived, or too late to be played. */
  lost: number;
  /** Arrived after their time had been concealed. */
  late: number;
  duplicate: number;
  /** Dropped unplayed because the buffer was too full or the stream started anew. */
  discarded: number;
  /** Payloads that cannot be a packet of the codec. */
  malformed: number;
  /** Milliseconds of made-up sound. */
  concealed: number;
  /** Times that a little sound was taken out or put in to follow the sender's clock or the network. */
  shortened: number;
  lengthened: number;
  /** Interarrival jitter, RFC 3550 6.4.1. */
  jitterMs: number;
  /** Delay between the arrival of a packet and its playing, smoothed. */
  delayMs: number;
}

/** One received stream: packets in when they come, frames out when they are due. */
export class Playout {
  readonly stats: PlayoutStats = {
    received: 0,
    lost: 0,
    late: 0,
    duplicate: 0,
    discarded: 0,
    malformed: 0,
    concealed: 0,
    shortened: 0,
    lengthened: 0,
    jitterMs: 0,
    delayMs: 0,
  };
  readonly #codec: Codec;
  readonly #fifo: Int16Array;
  #filled = 0;
  #next = -1;

  constructor(options: PlayoutOptions) {
    this.#codec = options.codec;
    this.#fifo = new Int16Array(this.#codec.sampleRate);
  }

  /**
   * Takes one packet. `payload[start, end)` is copied; `sequence` and `timestamp` are those of the RTP header, `arrivalMs`
   * is on the same clock as `nowMs` of `pull`.
   */
  put(sequence: number, _timestamp: number, payload: Uint8Array, start: number, end: number, _arrivalMs: number): void {
    this.stats.received++;
    if (this.#next >= 0 && sequence !== this.#next) this.stats.lost++;
    this.#next = (sequence + 1) & 0xffff;
    if (this.#filled > this.#codec.sampleRate / 5) return;
    this.#filled += this.#codec.createDecoder().decode(payload, start, end, this.#fifo, this.#filled);
  }

  /** Writes the next `samples` samples, at the codec's sample rate, to `out`. */
  pull(out: Int16Array, samples: number, _nowMs: number): PullResult {
    if (this.#filled < samples) {
      out.fill(0, 0, samples);
      return pulled.silence;
    }
    for (let i = 0; i < samples; i++) out[i] = this.#fifo[i]!;
    this.#fifo.copyWithin(0, samples, this.#filled);
    this.#filled -= samples;
    return pulled.voice;
  }

  /** A new stream (another SSRC) takes this one's place; counters go on. */
  reset(): void {
    this.#filled = 0;
    this.#next = -1;
  }
}
