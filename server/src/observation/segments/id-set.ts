/** Ids by what they hash to: that one is not in it is certain, that it is nearly so. A few bytes for each. */
export class IdSet {
  readonly #hashes = new Set<number>();
  /** In order, when all are known. */
  #sealed: Uint32Array | null = null;

  add(id: string): void {
    if (id !== '') this.#hashes.add(hashOf(id));
  }

  /** No more are added. */
  seal(): this {
    this.#sealed = Uint32Array.from(this.#hashes).sort();
    this.#hashes.clear();
    return this;
  }

  mayHaveAny(...groups: readonly Iterable<string>[]): boolean {
    for (const ids of groups) for (const id of ids) if (this.#has(hashOf(id))) return true;
    return false;
  }

  #has(hash: number): boolean {
    const sealed = this.#sealed;
    if (sealed === null) return this.#hashes.has(hash);
    let [low, high] = [0, sealed.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sealed[middle]! < hash) low = middle + 1;
      else high = middle;
    }
    return sealed[low] === hash;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
