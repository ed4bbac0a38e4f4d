/**
 * Serial-number arithmetic (RFC 1982) for RTP: 16-bit sequence numbers and 32-bit timestamps that wrap.
 */

/** How far `a` is ahead of `b`, in [-32768, 32767]. */
export function seq16Diff(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** `a` moved on by `delta`, wrapped to 16 bits. */
export function seq16Add(a: number, delta: number): number {
  return (a + delta) & 0xffff;
}

/** How far `a` is ahead of `b`, in [-2^31, 2^31 - 1]. */
export function ts32Diff(a: number, b: number): number {
  return (a - b) | 0;
}
