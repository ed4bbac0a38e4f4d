/**
 * Which process an organization lives in: the one with the highest hash of (organization, process). When a process is
 * added or dies only its own share moves (rendezvous hashing). Null when none is live.
 */
export function placeOf(organization: string, live: readonly number[]): number | null {
  let best: number | null = null;
  let bestWeight = -1;
  for (const index of live) {
    const weight = hash32(`${index}\u0000${organization}`);
    if (weight > bestWeight || (weight === bestWeight && best !== null && index < best)) {
      best = index;
      bestWeight = weight;
    }
  }
  return best;
}

/** FNV-1a with a final avalanche (murmur3), so that close names land apart. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
