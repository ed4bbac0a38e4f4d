/** Responses by class, `1xx` to `6xx`. */
export class ResponseCounts {
  readonly #classes = new Float64Array(7);

  count(status: number): void {
    const index = Math.floor(status / 100);
    if (index >= 1 && index <= 6) this.#classes[index]!++;
  }

  toJSON(): Record<string, number> {
    const out: Record<string, number> = {};
    for (let index = 1; index <= 6; index++) out[`${index}xx`] = this.#classes[index]!;
    return out;
  }
}
