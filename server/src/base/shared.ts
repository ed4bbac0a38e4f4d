/**
 * What costs much to make, or to do, and is the same for everybody: made once for all who have asked by the time it is
 * begun, one at a time. Who comes while it is made waits for the next one, so that nobody is told what was before he
 * asked.
 */
export class Shared<Made> {
  readonly #make: () => Promise<Made>;
  readonly #turn: () => Promise<void>;
  /** Not begun yet. */
  #next: Promise<Made> | null = null;
  #running: Promise<unknown> = Promise.resolve();

  /** `turn`: what each time is waited for before it is begun. */
  constructor(make: () => Promise<Made>, turn: () => Promise<void> = async () => {}) {
    this.#make = make;
    this.#turn = turn;
  }

  get(): Promise<Made> {
    if (this.#next !== null) return this.#next;
    const next = this.#running.then(async () => {
      await this.#turn();
      this.#next = null;
      return this.#make();
    });
    this.#running = next.catch(() => {});
    this.#next = next;
    return next;
  }
}
