/**
 * What waits to be read: in turn by who asks, first come, first served of each. Of one half as much may wait as of all.
 */
export class WaitingReads<Question> {
  readonly #most: number;
  /** Who was served last comes last. */
  readonly #byAsker = new Map<string, Question[]>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  mayWait(asker: string): boolean {
    return this.#count < this.#most && (this.#byAsker.get(asker)?.length ?? 0) < this.#most / 2;
  }

  add(asker: string, question: Question): void {
    const waiting = this.#byAsker.get(asker);
    if (waiting === undefined) this.#byAsker.set(asker, [question]);
    else waiting.push(question);
    this.#count++;
  }

  /** Takes out the one whose turn it is. Those before it that `isOver` says nobody waits for go with it. */
  take(isOver: (question: Question) => boolean): { readonly next: Question | null; readonly over: Question[] } {
    const over: Question[] = [];
    for (const [asker, waiting] of this.#byAsker) {
      this.#byAsker.delete(asker);
      const at = waiting.findIndex((question) => !isOver(question));
      const taken = waiting.splice(0, at === -1 ? waiting.length : at + 1);
      this.#count -= taken.length;
      const next = at === -1 ? null : taken.pop()!;
      over.push(...taken);
      if (waiting.length > 0) this.#byAsker.set(asker, waiting);
      if (next !== null) return { next, over };
    }
    return { next: null, over };
  }

  /** Takes out all. */
  clear(): Question[] {
    const all = [...this.#byAsker.values()].flat();
    this.#byAsker.clear();
    this.#count = 0;
    return all;
  }
}
