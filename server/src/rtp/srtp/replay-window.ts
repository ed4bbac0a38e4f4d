/** RFC 3711 §3.3.2: at least 64. */
const size = 128;

/** Which of the last packets have come (RFC 3711 §3.3.2). Indexes are whole numbers up to 2^48. */
export class ReplayWindow {
  #highest = -1;
  readonly #seen = new Uint8Array(size);

  /** Of those that were accepted; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Not come yet, and not so old that nobody can tell. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    return index > this.#highest - size && this.#seen[index % size] === 0;
  }

  accept(index: number): void {
    if (index > this.#highest) {
      if (index - this.#highest >= size) this.#seen.fill(0);
      else for (let at = this.#highest + 1; at < index; at++) this.#seen[at % size] = 0;
      this.#highest = index;
    }
    this.#seen[index % size] = 1;
  }
}
