import { alawSilence, decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw, ulawSilence } from './g711.ts';

/** The longest packet taken from a peer (RFC 3551 §4.2); a longer payload is malformed. */
export const maxPacketMs = 200;

/** Turns one packet's payload into PCM. May keep state from packet to packet (a codec that is not `stateless`). */
export interface Decoder {
  /**
   * Decodes bytes `[start, end)` of `payload` to `out` from `at` (default 0) on and returns the number of samples.
   * Never throws: a payload that cannot be decoded, or would not fit, gives fewer samples or 0.
   */
  decode(payload: Uint8Array, start: number, end: number, out: Int16Array, at?: number): number;
}

export interface Encoder {
  /** Encodes `samples` samples of `pcm` from `start` on, to `out` from `at` on; returns the number of bytes. */
  encode(pcm: Int16Array, start: number, samples: number, out: Uint8Array, at: number): number;
}

/** One audio format of RFC 3551. PCM is mono, 16 bits. */
export interface Codec {
  /** As in SDP, upper case. */
  readonly name: string;
  /** Of the RTP timestamp, Hz. */
  readonly clockRate: number;
  /** Of the PCM, Hz; a whole multiple of, or equal to, the clock rate or a whole fraction of it. */
  readonly sampleRate: number;
  /** Equal PCM gives equal bytes whoever listens, so that one encode serves all listeners. */
  readonly stateless: boolean;
  /** Bytes of the longest packet accepted. */
  readonly maxPayload: number;
  /** Samples that a payload will decode to; 0 when it is malformed. */
  samplesIn(payload: Uint8Array, start: number, end: number): number;
  /** The byte that, repeated, is silence; null when the format has none. */
  readonly silenceByte: number | null;
  createDecoder(): Decoder;
  createEncoder(): Encoder;
}

type DecodeBytes = (src: Uint8Array, start: number, end: number, out: Int16Array, at: number) => void;
type EncodeSamples = (pcm: Int16Array, start: number, end: number, out: Uint8Array, at: number) => void;

/** A format with a fixed number of bytes per sample and no state. */
function pcmCodec(
  name: string,
  rate: number,
  sampleBytes: 1 | 2,
  silenceByte: number,
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
  };
  const encoder: Encoder = {
    encode(pcm, start, samples, out, at) {
      encodeSamples(pcm, start, start + samples, out, at);
      return samples * sampleBytes;
    },
  };
  return {
    name,
    clockRate: rate,
    sampleRate: rate,
    stateless: true,
    maxPayload: (rate / 1000) * maxPacketMs * sampleBytes,
    samplesIn: (_payload, start, end) => ((end - start) / sampleBytes) | 0,
    silenceByte,
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

export const pcmu: Codec = pcmCodec('PCMU', 8000, 1, ulawSilence, decodeUlaw, encodeUlaw);
export const pcma: Codec = pcmCodec('PCMA', 8000, 1, alawSilence, decodeAlaw, encodeAlaw);

/** Uncompressed, one per room rate: wideband rooms can be tested before there is a wideband codec. */
const l16 = [8000, 16000, 48000].map((rate) => pcmCodec('L16', rate, 2, 0, decodeL16, encodeL16));

const codecs: readonly Codec[] = [pcmu, pcma, ...l16];

/**
 * The codec of an `a=rtpmap` name, in any case: `PCMU`, `PCMA`, `L16` (with its clock rate as the second argument or
 * as `L16/16000`); null when there is none.
 */
export function codecByName(name: string, clockRate?: number): Codec | null {
  const [encoding = '', rateText] = name.toUpperCase().split('/', 2);
  const rate = clockRate ?? (rateText === undefined ? 8000 : Number(rateText));
  return codecs.find((codec) => codec.name === encoding && codec.clockRate === rate) ?? null;
}
