/**
 * The index of a packet, its rollover counter in front of its sequence number (RFC 3711 §3.3.1, Appendix A): that which
 * is nearest to the highest so far. Negative when it would be before the first.
 */
export function indexNear(highest: number, sequence: number): number {
  const last = highest % 0x1_0000;
  const base = highest - last;
  if (last < 0x8000) return sequence - last > 0x8000 ? base - 0x1_0000 + sequence : base + sequence;
  return last - 0x8000 > sequence ? base + 0x1_0000 + sequence : base + sequence;
}
