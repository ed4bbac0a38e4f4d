import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from './g711.ts';
import { loudnessByTable, loudnessOfPairs } from './loudness.ts';

/** The longest packet taken from a peer (RFC 3551 §4.2); a longer payload is malformed. */
export const maxPacketMs = 200;

/** Turns one packet's payload into PCM. May keep state from packet to packet. */
export interface Decoder {
  /**
   * Decodes bytes `[start, end)` of `payload` to `out` from `at` (default 0) on and returns the number of samples.
   * Never throws: a payload that cannot be decoded, or would not fit, gives fewer samples or 0.
   */
  decode(payload: Uint8Array, start: number, end: number, out: Int16Array, at?: number): number;
  /**
   * The packet before this one is lost: what this one says of it (in-band FEC), as `samples` samples to `out` from `at`
   * on. Returns how many it could tell; 0 for none. Comes before `decode` of the same payload.
   */
  recover?(payload: Uint8Array, start: number, end: number, out: Int16Array, at: number, samples: number): number;
  /** Whether this payload tells of the packet before it, so that `recover` is worth a longer delay. */
  tells?(payload: Uint8Array, start: number, end: number): boolean;
  /**
   * Sound in place of a packet that is lost, by the format's own means. Without it, the last pitch period is repeated.
   */
  conceal?(out: Int16Array, at: number, samples: number): void;
  /** Frees what garbage collection does not see. Idempotent; nothing may be decoded afterwards. */
  close(): void;
}

export interface Encoder {
  /**
   * Encodes `samples` samples of `pcm` from `start` on, to `out` from `at` on; returns the number of bytes, at most the
   * codec's `maxPayload`, and 0 when nothing need be sent (DTX).
   */
  encode(pcm: Int16Array, start: number, samples: number, out: Uint8Array, at: number): number;
  /** As of the decoder. */
  close(): void;
}

/**
 * One audio format with its parameters. PCM is mono, 16 bits. Of the same format there is one object: they are compared
 * by identity.
 */
export interface Codec {
  /** As in SDP, upper case. */
  readonly name: string;
  /** As in SDP; sound is mixed in one. */
  readonly channels: number;
  /** Of the RTP timestamp, Hz. */
  readonly clockRate: number;
  /** Of the PCM, Hz; a whole multiple of, or equal to, the clock rate or a whole fraction of it. */
  readonly sampleRate: number;
  /** Bytes of the longest packet accepted or made. */
  readonly maxPayload: number;
  /** How long packets that are made can be, ms; null: any whole 10 ms. */
  readonly packetTimes: readonly number[] | null;
  /** Samples that a payload will decode to; 0 when it is malformed. */
  samplesIn(payload: Uint8Array, start: number, end: number): number;
  /**
   * About how loud a payload is, without decoding it: the mean magnitude of its samples (0 to 32767). What cannot be
   * told so counts as loud, and is decoded.
   */
  readonly loudness: (payload: Uint8Array, start: number, end: number) => number;
  createDecoder(): Decoder;
  createEncoder(): Encoder;
}

/** What a decoder and an encoder without state have to free. */
const nothing = (): void => {};

type DecodeBytes = (src: Uint8Array, start: number, end: number, out: Int16Array, at: number) => void;
type EncodeSamples = (pcm: Int16Array, start: number, end: number, out: Uint8Array, at: number) => void;

/** A format with a fixed number of bytes per sample and no state. */
function pcmCodec(
  name: string,
  rate: number,
  sampleBytes: 1 | 2,
  decodeBytes: DecodeBytes,
  encodeSamples: EncodeSamples,
): Codec {
  const decoder: Decoder = {
    decode(payload, start, end, out, at = 0) {
      // A trailing half sample is cut off.
      const samples = Math.min(((end - start) / sampleBytes) | 0, out.length - at);
      if (!(samples > 0)) return 0;
      decodeBytes(payload, start, start + samples * sampleBytes, out, at);
      return samples;
    },
    close: nothing,
  };
  const encoder: Encoder = {
    encode(pcm, start, samples, out, at) {
      encodeSamples(pcm, start, start + samples, out, at);
      return samples * sampleBytes;
    },
    close: nothing,
  };
  return {
    name,
    clockRate: rate,
    sampleRate: rate,
    channels: 1,
    maxPayload: (rate / 1000) * maxPacketMs * sampleBytes,
    packetTimes: null,
    samplesIn: (_payload, start, end) => ((end - start) / sampleBytes) | 0,
    loudness: sampleBytes === 1 ? loudnessByTable(magnitudes(decodeBytes)) : loudnessOfPairs,
    createDecoder: () => decoder,
    createEncoder: () => encoder,
  };
}

/** L16 is in network byte order (RFC 3551 4.5.11). */
function decodeL16(src: Uint8Array, start: number, end: number, out: Int16Array, at: number): void {
  for (let i = start, o = at; i < end; i += 2, o++) out[o] = (src[i]! << 8) | src[i + 1]!;
}

function encodeL16(pcm: Int16Array, start: number, end: number, out: Uint8Array, at: number): void {
  for (let i = start, o = at; i < end; i++, o += 2) {
    const sample = pcm[i]!;
    out[o] = (sample >> 8) & 0xff;
    out[o + 1] = sample & 0xff;
  }
}

export const pcmu: Codec = pcmCodec('PCMU', 8000, 1, decodeUlaw, encodeUlaw);
export const pcma: Codec = pcmCodec('PCMA', 8000, 1, decodeAlaw, encodeAlaw);

/** Uncompressed, one per room rate: wideband rooms can be tested before there is a wideband codec. */
const l16 = [8000, 16000, 48000].map((rate) => pcmCodec('L16', rate, 2, decodeL16, encodeL16));

/** By name and clock rate: those that are there, and those that can be loaded. */
const codecs = new Map<string, Codec>();
const loaders = new Map<string, () => Promise<Codec>>();
/** Those that are being made: whoever wants one meanwhile waits for the same, in turn. */
const loading = new Map<string, Promise<void>>();

for (const codec of [pcmu, pcma, ...l16]) addCodec(codec);

/** A format that is there at once. */
export function addCodec(codec: Codec): void {
  codecs.set(`${codec.name}/${codec.clockRate}`, codec);
}

/** A format that takes time to make (a library to load): made when it is first asked for. */
export function offerCodec(name: string, clockRate: number, load: () => Promise<Codec>): void {
  loaders.set(`${name}/${clockRate}`, load);
}

/** Makes these formats ready, by names as of `codecByName`; unknown ones are passed over. Null when all of them are. */
export function loadCodecs(names: readonly string[]): Promise<unknown> | null {
  const waiting: Promise<void>[] = [];
  for (const key of new Set(names.map((name) => keyOf(name)))) {
    const load = codecs.has(key) ? undefined : loaders.get(key);
    if (load !== undefined) waiting.push(loading.get(key) ?? begin(key, load));
  }
  return waiting.length === 0 ? null : Promise.all(waiting);
}

function begin(key: string, load: () => Promise<Codec>): Promise<void> {
  const made = load()
    .then(addCodec)
    .finally(() => loading.delete(key));
  loading.set(key, made);
  return made;
}

/**
 * The codec of an `a=rtpmap` name, in any case: `PCMU`, `PCMA`, `L16` (with its clock rate as the second argument or
 * as `L16/16000`); null when there is none, or it is not loaded.
 */
export function codecByName(name: string, clockRate?: number): Codec | null {
  return codecs.get(keyOf(name, clockRate)) ?? null;
}

function keyOf(name: string, clockRate?: number): string {
  const [encoding = '', rateText] = name.toUpperCase().split('/', 2);
  return `${encoding}/${clockRate ?? (rateText === undefined ? 8000 : Number(rateText))}`;
}

/** Of the sample that each code byte stands for. */
function magnitudes(decodeBytes: DecodeBytes): Uint16Array {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const pcm = new Int16Array(256);
  decodeBytes(codes, 0, 256, pcm, 0);
  return Uint16Array.from(pcm, (sample) => Math.abs(sample));
}
