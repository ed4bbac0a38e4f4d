/**
 * How much of something each source holds, so that no single one takes all. A source may hold as much as is still free:
 * one alone half of everything, two a third each, and whoever comes next always finds some; or at most `perSource`. The
 * table holds only sources that have something, so that bounds it too.
 */
export class SourceShares {
  readonly #capacity: number;
  readonly #perSource: number | null;
  readonly #held = new Map<string, number>();
  #total = 0;

  /** `perSource`: a fixed share instead, as long as there is some left. */
  constructor(capacity: number, perSource: number | null = null) {
    this.#capacity = capacity;
    this.#perSource = perSource;
  }

  /** Whether so many units more are within the share of the source. */
  mayTake(source: string, units: number): boolean {
    const held = (this.#held.get(source) ?? 0) + units;
    const free = this.#capacity - this.#total;
    return this.#perSource === null ? held <= free : held <= this.#perSource && units <= free;
  }

  /** Takes so many units for the source; false, and nothing taken, when that is more than its share. */
  take(source: string, units: number): boolean {
    if (!this.mayTake(source, units)) return false;
    this.#held.set(source, (this.#held.get(source) ?? 0) + units);
    this.#total += units;
    return true;
  }

  giveBack(source: string, units: number): void {
    const held = (this.#held.get(source) ?? 0) - units;
    if (held > 0) this.#held.set(source, held);
    else this.#held.delete(source);
    this.#total -= units;
  }

  /** Sources that hold something. */
  get sources(): number {
    return this.#held.size;
  }

  clear(): void {
    this.#held.clear();
    this.#total = 0;
  }
}
