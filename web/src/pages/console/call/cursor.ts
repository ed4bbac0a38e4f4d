/** One moment that everything on the page points at; told at most once in each frame. */
export class Cursor {
  #at: number;
  #frame = 0;
  /** The reader has put it somewhere. */
  #taken = false;
  readonly #listeners = new Set<() => void>();

  constructor(at: number) {
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  readonly set = (at: number): void => {
    this.#taken = true;
    this.#move(at);
  };

  /** To what happened last, as long as the reader has not put it somewhere. */
  follow(at: number): void {
    if (!this.#taken) this.#move(at);
  }

  #move(at: number): void {
    if (at === this.#at) return;
    this.#at = at;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const listener of this.#listeners) listener();
    });
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly read = (): number => this.#at;
}
