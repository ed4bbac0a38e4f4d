import type { Codec } from '../../audio/codec.ts';

/** Every so many bytes one is looked at: 40 of a 20 ms packet. */
const stride = 4;
/** Mean magnitude of speech or noise relative to its RMS, roughly. */
const meanToRms = 0.7;

/** Magnitudes by code byte, for codecs of one byte per sample. */
const tables = new Map<string, Uint16Array | null>();

/** The table to estimate a codec's loudness without decoding, or null when it has none. */
export function loudnessTable(codec: Codec): Uint16Array | null {
  const key = `${codec.name}/${codec.clockRate}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = codec.name === 'PCMU' || codec.name === 'PCMA' ? buildTable(codec) : null;
    tables.set(key, table);
  }
  return table;
}

function buildTable(codec: Codec): Uint16Array {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const pcm = new Int16Array(256);
  codec.createDecoder().decode(codes, 0, 256, pcm);
  return Uint16Array.from(pcm, (sample) => Math.abs(sample));
}

/** Mean magnitude (0 to 32767) of the samples in `payload[start, end)`, from every fourth. */
export function loudnessOf(table: Uint16Array, payload: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i += stride) sum += table[payload[i]!]!;
  const count = Math.ceil((end - start) / stride);
  return count > 0 ? sum / count : 0;
}

/** The mean magnitude that goes with a level in dBov. */
export function loudnessAt(dbov: number): number {
  return meanToRms * 32768 * 10 ** (dbov / 20);
}
