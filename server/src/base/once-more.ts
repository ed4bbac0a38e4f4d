/** Work that may be asked for at any rate: one at a time, and one more afterwards for all who asked meanwhile. */
export class OnceMore {
  readonly #work: () => Promise<void>;
  #going: Promise<void> | null = null;
  #askedMeanwhile = false;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Settles as the last of what goes on then, which began after this was asked. */
  ask(): Promise<void> {
    if (this.#going !== null) this.#askedMeanwhile = true;
    this.#going ??= this.#go();
    return this.#going;
  }

  async #go(): Promise<void> {
    for (;;) {
      this.#askedMeanwhile = false;
      const failed = await this.#work().then(
        () => null,
        (error: unknown) => ({ error }),
      );
      if (this.#askedMeanwhile) continue;
      this.#going = null;
      if (failed !== null) throw failed.error;
      return;
    }
  }
}
