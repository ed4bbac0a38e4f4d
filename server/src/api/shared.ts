import { turns } from './turns.ts';

/**
 * What costs much to make and is the same for everybody: made once for all who have asked by the time it is begun, each
 * time in a turn of its own. Who comes while it is made waits for the next one, so that nobody is told what was before
 * he asked.
 */
export class Shared<Made> {
  readonly #make: () => Promise<Made>;
  /** Not begun yet. */
  #next: Promise<Made> | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(make: () => Promise<Made>) {
    this.#make = make;
  }

  get(): Promise<Made> {
    if (this.#next !== null) return this.#next;
    const next = this.#running.then(async () => {
      await turns.take();
      this.#next = null;
      return this.#make();
    });
    this.#running = next.catch(() => {});
    this.#next = next;
    return next;
  }
}
