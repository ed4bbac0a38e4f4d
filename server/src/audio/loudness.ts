/** Every so many samples one is looked at: 40 of a 20 ms packet of G.711. */
const stride = 4;
/** Mean magnitude of speech or noise relative to its RMS, roughly. */
const meanToRms = 0.7;

/**
 * The mean magnitude (0 to 32767) of a payload of one byte per sample, from every fourth, by the magnitude of each code
 * byte.
 */
export function loudnessByTable(table: Uint16Array): (payload: Uint8Array, start: number, end: number) => number {
  return (payload, start, end) => {
    let sum = 0;
    for (let i = start; i < end; i += stride) sum += table[payload[i]!]!;
    const count = Math.ceil((end - start) / stride);
    return count > 0 ? sum / count : 0;
  };
}

/** The same of a payload of two bytes per sample, in network byte order. */
export function loudnessOfPairs(payload: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let count = 0;
  for (let i = start; i + 1 < end; i += 2 * stride, count++) {
    sum += Math.abs(((payload[i]! << 24) >> 16) | payload[i + 1]!);
  }
  return count > 0 ? sum / count : 0;
}

/** The mean magnitude that goes with a level in dBov. */
export function loudnessAt(dbov: number): number {
  return meanToRms * 32768 * 10 ** (dbov / 20);
}
