/** What is read beside the cursor, and not looked at while it moves. */
const calmMs = 100;

/** One moment that everything on the page points at; told at most once in each frame. */
export class Cursor {
  #at: number;
  #frame = 0;
  #timer = 0;
  #calmAt = 0;
  /** The reader has put it somewhere. */
  #taken = false;
  readonly #listeners = new Set<() => void>();
  readonly #calm = new Set<() => void>();

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

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** The same for text that follows it: told ten times a second at most, and where it comes to rest. */
  readonly subscribeCalm = (listener: () => void): (() => void) => {
    this.#calm.add(listener);
    return () => void this.#calm.delete(listener);
  };

  readonly read = (): number => this.#at;

  #move(at: number): void {
    if (at === this.#at) return;
    this.#at = at;
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const listener of this.#listeners) listener();
      if (this.#timer !== 0) return;
      const waits = Math.max(0, this.#calmAt + calmMs - performance.now());
      this.#timer = window.setTimeout(() => {
        this.#timer = 0;
        this.#calmAt = performance.now();
        for (const listener of this.#calm) listener();
      }, waits);
    });
  }
}
