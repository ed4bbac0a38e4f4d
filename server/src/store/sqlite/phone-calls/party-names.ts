/** Numbers with the extension they are of, each kept once. */
export class PartyNames {
  readonly numbers: string[] = [];
  readonly extensions: (string | null)[] = [];
  /** By extension ('' for none), then by number. */
  readonly #known = new Map<string, Map<string, number>>();

  get length(): number {
    return this.numbers.length;
  }

  indexOf(number: string, extensionId: string | null): number {
    const key = extensionId ?? '';
    let ofExtension = this.#known.get(key);
    if (ofExtension === undefined) {
      ofExtension = new Map();
      this.#known.set(key, ofExtension);
    }
    const known = ofExtension.get(number);
    if (known !== undefined) return known;
    const index = this.numbers.push(number) - 1;
    this.extensions.push(extensionId);
    ofExtension.set(number, index);
    return index;
  }
}
