import { SeededRandom } from '../../base/random.ts';
import { type Codec, codecByName } from '../codec.ts';
import { Playout, type PullResult } from '../playout.ts';

/** For tests: a sender, a network and a frame clock around one `Playout`, in simulated time. */
export interface VirtualStreamOptions {
  codec?: Codec;
  seconds: number;
  /** The sender's sound: sample number (at the codec's sample rate) to value. */
  sound: (sample: number) => number;
  /** Length of packet number n, ms. */
  packetMs?: (packet: number) => number;
  /** Network delay of packet n in ms; null = lost. More than one value: duplicates. */
  network?: (packet: number, random: SeededRandom) => number | readonly number[] | null;
  /** Sender's clock error, parts per million; positive = fast. */
  driftPpm?: number;
  /** When the first packet is sent, ms after the first frame: the phase of packets against frames. */
  phaseMs?: number;
  /** Lateness of frame n, ms. */
  tickLate?: (frame: number, random: SeededRandom) => number;
  /** Changes the header of packet n before it is sent; false = not sent (a pause). */
  header?: (packet: number, header: { sequence: number; timestamp: number }) => boolean;
  /** Sees each frame as it is pulled. */
  onFrame?: (frame: Int16Array, result: PullResult, playout: Playout) => void;
  seed?: number;
  minDelayMs?: number;
  maxDelayMs?: number;
}

export interface VirtualStreamResult {
  playout: Playout;
  /** All that was pulled; empty when `onFrame` is given. */
  sound: Int16Array;
  results: PullResult[];
}

export function runStream(options: VirtualStreamOptions): VirtualStreamResult {
  const codec = options.codec ?? codecByName('L16', 8000)!;
  const { seconds, sound, driftPpm = 0, phaseMs = 0, seed = 1, minDelayMs = 20, maxDelayMs = 200 } = options;
  const packetMs = options.packetMs ?? (() => 20);
  const random = new SeededRandom(seed);
  const perMs = codec.sampleRate / 1000;
  const frame = 20 * perMs;
  const playout = new Playout({ codec, frameMs: 20, minDelayMs, maxDelayMs });
  const encoder = codec.createEncoder();
  const out = new Int16Array(frame);
  const kept = options.onFrame === undefined ? new Int16Array(Math.ceil(seconds * 50) * frame) : new Int16Array(0);
  const results: PullResult[] = [];
  const pcm = new Int16Array(200 * perMs);
  const header = { sequence: 0, timestamp: 0 };
  const inFlight: { at: number; sequence: number; timestamp: number; payload: Uint8Array }[] = [];
  let packet = 0;
  let sample = 0;
  /** Packets that the encoder had no use for. */
  let unsent = 0;

  const sendUntil = (nowMs: number) => {
    for (;;) {
      const ms = packetMs(packet);
      // A packet leaves when its last sample has been spoken.
      const sentMs = phaseMs + ((sample / perMs + ms) * 1e6) / (1e6 + driftPpm);
      if (sentMs > nowMs) return;
      const count = ms * perMs;
      header.sequence = (65000 + packet - unsent) & 0xffff;
      header.timestamp = (0xfffff000 + (sample * codec.clockRate) / codec.sampleRate) >>> 0;
      if (options.header === undefined || options.header(packet, header)) {
        for (let i = 0; i < count; i++) pcm[i] = Math.round(sound(sample + i));
        const delays = options.network?.(packet, random) ?? (options.network === undefined ? 0 : null);
        // Also what is lost: packets that come may tell of it.
        const whole = new Uint8Array(Math.max(codec.maxPayload, count * 2));
        const payload = whole.subarray(0, encoder.encode(pcm, 0, count, whole, 0));
        if (payload.length === 0) unsent++;
        else {
          for (const delay of delays === null ? [] : typeof delays === 'number' ? [delays] : delays) {
            const { sequence, timestamp } = header;
            inFlight.push({ at: sentMs + delay, sequence, timestamp, payload });
          }
        }
      }
      sample += count;
      packet++;
    }
  };

  const frames = Math.floor(seconds * 50);
  for (let n = 0; n < frames; n++) {
    const nowMs = n * 20 + (options.tickLate?.(n, random) ?? 0);
    sendUntil(nowMs);
    if (inFlight.length > 1) inFlight.sort((a, b) => a.at - b.at);
    while (inFlight.length > 0 && inFlight[0]!.at <= nowMs) {
      const { at, sequence, timestamp, payload } = inFlight.shift()!;
      playout.put(sequence, timestamp, payload, 0, payload.length, at);
    }
    const result = playout.pull(out, frame, nowMs);
    if (options.onFrame === undefined) {
      kept.set(out, n * frame);
      results.push(result);
    } else {
      options.onFrame(out, result, playout);
    }
  }
  encoder.close();
  playout.close();
  return { playout, sound: kept, results };
}

/** A sine as a `sound`; of a whole number of Hz, so that a second of it repeats. */
export function sine(frequency: number, amplitude: number, rate = 8000): (sample: number) => number {
  const second = Float64Array.from(
    { length: rate },
    (_, i) => amplitude * Math.sin((2 * Math.PI * frequency * i) / rate),
  );
  return (sample) => second[sample % rate]!;
}

/** Largest step between neighbours in `pcm[from, to)`. */
export function largestStep(pcm: Int16Array, from: number, to: number): number {
  let largest = 0;
  for (let i = from + 1; i < to; i++) largest = Math.max(largest, Math.abs(pcm[i]! - pcm[i - 1]!));
  return largest;
}
