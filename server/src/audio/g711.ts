/**
 * G.711 µ-law and A-law by table (ITU-T G.711; bit layout as in the G.191 reference).
 *
 *   µ-law   s eee mmmm, all bits inverted on the wire      A-law   s eee mmmm, even bits inverted (XOR 0x55)
 *
 * PCM is 16-bit linear; µ-law peaks at ±32124, A-law at ±32256.
 */

const ulawToPcm = new Int16Array(256);
const alawToPcm = new Int16Array(256);
/** Indexed by the upper 14 bits of the sample: all that µ-law resolves. */
const pcmToUlaw = new Uint8Array(1 << 14);
/** Indexed by the upper 12 bits of the sample: all that A-law resolves. */
const pcmToAlaw = new Uint8Array(1 << 12);

function expandUlaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 7)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
}

function expandAlaw(code: number): number {
  const bits = code ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
}

/** `sample` is 14-bit signed. */
function compressUlaw(sample: number): number {
  const sign = sample < 0 ? 0x00 : 0x80;
  const magnitude = Math.min((sample < 0 ? ~sample : sample) + 33, 0x1fff);
  const exponent = 26 - Math.clz32(magnitude);
  return sign | (~((exponent << 4) | ((magnitude >> (exponent + 1)) & 0x0f)) & 0x7f);
}

/** `sample` is 12-bit signed. */
function compressAlaw(sample: number): number {
  const sign = sample < 0 ? 0x00 : 0x80;
  const magnitude = sample < 0 ? ~sample : sample;
  const exponent = magnitude < 16 ? 0 : 28 - Math.clz32(magnitude);
  const mantissa = exponent <= 1 ? magnitude & 0x0f : (magnitude >> (exponent - 1)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

for (let code = 0; code < 256; code++) {
  ulawToPcm[code] = expandUlaw(code);
  alawToPcm[code] = expandAlaw(code);
}
for (let sample = -(1 << 13); sample < 1 << 13; sample++) pcmToUlaw[sample & 0x3fff] = compressUlaw(sample);
for (let sample = -(1 << 11); sample < 1 << 11; sample++) pcmToAlaw[sample & 0x0fff] = compressAlaw(sample);

/** The codes for a sample of zero. */
export const ulawSilence = 0xff;
export const alawSilence = 0xd5;

/** Decodes bytes `[start, end)` of `src` to `out` from `at` on: one sample per byte. */
export function decodeUlaw(src: Uint8Array, start: number, end: number, out: Int16Array, at: number): void {
  for (let i = start, o = at; i < end; i++, o++) out[o] = ulawToPcm[src[i]!]!;
}

/** Decodes bytes `[start, end)` of `src` to `out` from `at` on: one sample per byte. */
export function decodeAlaw(src: Uint8Array, start: number, end: number, out: Int16Array, at: number): void {
  for (let i = start, o = at; i < end; i++, o++) out[o] = alawToPcm[src[i]!]!;
}

/** Encodes samples `[start, end)` of `pcm` to `out` from `at` on: one byte per sample. */
export function encodeUlaw(pcm: Int16Array, start: number, end: number, out: Uint8Array, at: number): void {
  for (let i = start, o = at; i < end; i++, o++) out[o] = pcmToUlaw[(pcm[i]! >> 2) & 0x3fff]!;
}

/** Encodes samples `[start, end)` of `pcm` to `out` from `at` on: one byte per sample. */
export function encodeAlaw(pcm: Int16Array, start: number, end: number, out: Uint8Array, at: number): void {
  for (let i = start, o = at; i < end; i++, o++) out[o] = pcmToAlaw[(pcm[i]! >> 4) & 0x0fff]!;
}
