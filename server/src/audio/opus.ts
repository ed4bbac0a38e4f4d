import type { OpusDecoderHandle, OpusEncoderHandle } from 'libopus-wasm';
import type { Codec, Decoder, Encoder } from './codec.ts';

/*
 * Opus (RFC 6716) over RTP (RFC 7587), by libopus in WebAssembly. The first byte of a packet, the TOC, says how long it
 * is:
 *
 *      0 1 2 3 4 5 6 7
 *     +-+-+-+-+-+-+-+-+
 *     | config  |s| c |   config: mode, bandwidth and frame size; s: stereo; c: how many frames
 *     +-+-+-+-+-+-+-+-+
 */

const rate = 48_000;
/** A frame that is made up or recovered is a whole number of these: 2.5 ms. */
const step = 120;
/** 120 ms, the longest packet (RFC 6716 §3.2.5). */
const longest = 5760;
/** What UDP carries without being cut; speech takes a tenth of it. */
const maxPayload = 1400;
/** Of no more bytes is a packet that only says that there is silence (DTX). */
const silenceBytes = 2;
/** Bits per second: wideband speech with what repairs it. */
const bitrate = 32_000;
/** For how much loss the encoder repeats itself, in percent. */
const expectedLoss = 10;
/**
 * DTX: of sound that is nothing but the noise of calculation for longer than the first, a packet goes out only so
 * often; ms. libopus's own judges by voice, and takes a ringing tone for noise.
 */
const silentSample = 4;
const silenceMs = 200;
const refreshMs = 400;
/** Encoders and decoders that are ready: the library makes them a moment later than they are asked for. */
const spares = 4;

/** Frame sizes in samples by config, of SILK, hybrid and CELT. */
const silkFrames = [480, 960, 1920, 2880];
const hybridFrames = [480, 960];
const celtFrames = [120, 240, 480, 960];

function frameSamples(toc: number): number {
  const config = toc >> 3;
  if (config < 12) return silkFrames[config & 3]!;
  return config < 16 ? hybridFrames[config & 1]! : celtFrames[config & 3]!;
}

/** Samples that a packet decodes to; 0 when it is malformed. */
export function opusSamples(payload: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0;
  const code = payload[start]! & 3;
  if (code === 3 && end - start < 2) return 0;
  const frames = code === 3 ? payload[start + 1]! & 0x3f : code === 0 ? 1 : 2;
  const samples = frames * frameSamples(payload[start]!);
  return samples <= longest ? samples : 0;
}

/**
 * The first byte of the only frame, which begins with the flags of SILK (RFC 6716 §4.2.3); -1 where there are none to
 * be read.
 */
function silkFlags(payload: Uint8Array, start: number, end: number): number {
  const toc = payload[start]!;
  return end - start > silenceBytes && toc < 0x80 && (toc & 3) === 0 ? payload[start + 1]! : -1;
}

/** Frames of 20 ms in a SILK frame: as many flags of voice come first. */
const voiceFlags = (toc: number): number => Math.max(1, frameSamples(toc) / 960);

/** Whether the packet tells of the one before it (LBRR, RFC 6716 §4.2.4), in the first or only channel. */
function hasRedundancy(payload: Uint8Array, start: number, end: number): boolean {
  const flags = silkFlags(payload, start, end);
  return flags >= 0 && ((flags >> (7 - voiceFlags(payload[start]!))) & 1) === 1;
}

/** Voice or not, as the peer's encoder judged it: nothing is decoded for it. What cannot be told counts as loud. */
export function opusLoudness(payload: Uint8Array, start: number, end: number): number {
  if (end - start <= silenceBytes) return 0;
  const flags = silkFlags(payload, start, end);
  if (flags < 0) return 32_767;
  const count = voiceFlags(payload[start]!);
  const stereo = (payload[start]! & 4) !== 0;
  const voice = flags >> (8 - count) !== 0 || (stereo && ((flags >> (7 - 2 * count)) & ((1 << count) - 1)) !== 0);
  return voice ? 32_767 : 0;
}

interface Freed {
  free(): void;
}

/** Handles of the library, some of them ready. */
class Spares<Handle extends Freed> {
  readonly #make: () => Promise<Handle>;
  readonly #ready: Handle[] = [];
  #filling = false;

  constructor(make: () => Promise<Handle>) {
    this.#make = make;
  }

  async fill(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    try {
      while (this.#ready.length < spares) this.#ready.push(await this.#make());
    } finally {
      this.#filling = false;
    }
  }

  /** One for `owner`, at once or in a moment; when there is no memory for it, it stays without, and silent. */
  take(owner: Owner<Handle>): void {
    const ready = this.#ready.pop();
    const late = ready === undefined ? this.#make().then((handle) => owner.own(handle)) : Promise.resolve();
    if (ready !== undefined) owner.own(ready);
    Promise.all([late, this.fill()]).catch(() => {});
  }
}

/** Whoever uses a handle of the library, and frees it. */
class Owner<Handle extends Freed> {
  handle: Handle | null = null;
  #closed = false;

  own(handle: Handle): void {
    if (this.#closed) handle.free();
    else this.handle = handle;
  }

  close(): void {
    this.#closed = true;
    this.handle?.free();
    this.handle = null;
  }
}

class OpusDecoder extends Owner<OpusDecoderHandle> implements Decoder {
  readonly #repair = { decodeFec: true, frameSize: 0 };
  /** What was made up beyond what was wanted: the library makes whole steps. */
  #rest: Int16Array = new Int16Array(0);

  decode(payload: Uint8Array, start: number, end: number, out: Int16Array, at = 0): number {
    this.#rest = this.#rest.subarray(0, 0);
    if (this.handle === null || end <= start) return 0;
    try {
      return put(this.handle.decode(payload.subarray(start, end)), out, at);
    } catch {
      return 0;
    }
  }

  tells(payload: Uint8Array, start: number, end: number): boolean {
    return hasRedundancy(payload, start, end);
  }

  recover(payload: Uint8Array, start: number, end: number, out: Int16Array, at: number, samples: number): number {
    if (this.handle === null || !hasRedundancy(payload, start, end)) return 0;
    this.#repair.frameSize = Math.max(frameSamples(payload[start]!), Math.ceil(samples / step) * step);
    this.#rest = this.#rest.subarray(0, 0);
    try {
      const told = this.handle.decode(payload.subarray(start, end), this.#repair);
      // Of a frame whose beginning was made up already, the end is wanted.
      return put(told.subarray(told.length - samples), out, at);
    } catch {
      return 0;
    }
  }

  conceal(out: Int16Array, at: number, samples: number): void {
    if (this.#rest.length < samples) {
      const missing = samples - this.#rest.length;
      const made = this.#makeUp(Math.ceil(missing / step) * step);
      out.set(this.#rest, at);
      out.set(made.subarray(0, missing), at + this.#rest.length);
      this.#rest = made.subarray(missing);
      return;
    }
    out.set(this.#rest.subarray(0, samples), at);
    this.#rest = this.#rest.subarray(samples);
  }

  #makeUp(samples: number): Int16Array {
    try {
      return this.handle?.decodePacketLoss(samples) ?? new Int16Array(samples);
    } catch {
      return new Int16Array(samples);
    }
  }
}

class OpusEncoder extends Owner<OpusEncoderHandle> implements Encoder {
  /** Kept, so that none is made for each packet. */
  readonly #options = { frameSize: 0, maxPacketBytes: maxPayload };
  /** How long there has been nothing to hear. */
  #silentMs = 0;

  encode(pcm: Int16Array, start: number, samples: number, out: Uint8Array, at: number): number {
    if (this.handle === null || this.#pauses(pcm, start, samples)) return 0;
    this.#options.frameSize = samples;
    const packet = this.handle.encode(
      start === 0 && samples === pcm.length ? pcm : pcm.subarray(start, start + samples),
      this.#options,
    );
    out.set(packet, at);
    return packet.length;
  }

  #pauses(pcm: Int16Array, start: number, samples: number): boolean {
    for (let i = start; i < start + samples; i++) {
      if (Math.abs(pcm[i]!) <= silentSample) continue;
      this.#silentMs = 0;
      return false;
    }
    this.#silentMs += (samples * 1000) / rate;
    if (this.#silentMs >= silenceMs + refreshMs) this.#silentMs = silenceMs;
    return this.#silentMs > silenceMs;
  }
}

function put(pcm: Int16Array, out: Int16Array, at: number): number {
  const samples = Math.min(pcm.length, out.length - at);
  out.set(samples === pcm.length ? pcm : pcm.subarray(0, samples), at);
  return samples;
}

/** Loads the library and makes the codec: 48 kHz, mixed in mono, with in-band FEC and DTX. */
export async function loadOpus(): Promise<Codec> {
  const { Application, createDecoder, createEncoder, Signal } = await import('libopus-wasm');
  const usual = { sampleRate: rate, channels: 1 } as const;
  const encoders = new Spares(() =>
    createEncoder({
      ...usual,
      application: Application.Voip,
      signal: Signal.Voice,
      complexity: 5,
      bitrate,
      fec: true,
      packetLossPercent: expectedLoss,
    }),
  );
  const decoders = new Spares(() => createDecoder(usual));
  await Promise.all([encoders.fill(), decoders.fill()]);
  return {
    name: 'OPUS',
    channels: 2,
    clockRate: rate,
    sampleRate: rate,
    maxPayload,
    packetTimes: [10, 20, 40, 60],
    samplesIn: opusSamples,
    loudness: opusLoudness,
    createDecoder() {
      const decoder = new OpusDecoder();
      decoders.take(decoder);
      return decoder;
    },
    createEncoder() {
      const encoder = new OpusEncoder();
      encoders.take(encoder);
      return encoder;
    },
  };
}
