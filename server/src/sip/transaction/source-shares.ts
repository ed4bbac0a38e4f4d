/**
 * How much of the room for server transactions each source holds, so that no single one takes all. A source may hold
 * as much as is still free: one alone half of everything, two a third each, and whoever comes next always finds some.
 * The table holds only sources that have something, so the room bounds it too.
 */
export class SourceShares {
  readonly #room: number;
  readonly #held = new Map<string, number>();
  #total = 0;

  constructor(room: number) {
    this.#room = room;
  }

  /** Takes so many units for the source; false, and nothing taken, when that is more than its share. */
  take(source: string, units: number): boolean {
    const held = (this.#held.get(source) ?? 0) + units;
    if (held > this.#room - this.#total) return false;
    this.#held.set(source, held);
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
