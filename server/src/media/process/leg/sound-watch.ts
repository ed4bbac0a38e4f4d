/** Looks over which packets are counted: with one look every 200 ms, 600 ms. */
const looks = 3;
/** In so many looks that many packets are a stream; fewer keep an address binding open, or are a mistake. */
const fewest = 3;

/** Whether a stream flows, told by how its count of packets grows from look to look. */
export class SoundWatch {
  /** The counts of the last looks, the oldest first. */
  readonly #counts: number[] = [];
  #flows = false;

  /** One look; `packets` only grows. Gives what has changed, null when nothing has. */
  look(packets: number): boolean | null {
    this.#counts.push(packets);
    if (this.#counts.length > looks + 1) this.#counts.shift();
    const came = packets - this.#counts[0]!;
    // It begins with a stream, and ends when nothing comes at all.
    const flows = this.#flows ? came > 0 || this.#counts.length <= looks : came >= fewest;
    if (flows === this.#flows) return null;
    this.#flows = flows;
    return flows;
  }
}
