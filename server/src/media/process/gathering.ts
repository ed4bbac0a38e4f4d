/** How long datagrams may gather; a fifth of a frame. */
const gatherMs = 4;

/**
 * Lets datagrams gather in the kernel. With hundreds of legs a packet comes every few microseconds; waking for each costs more
 * than reading it. After a turn of the event loop that read packets the thread sleeps for a moment, so that the next turn
 * reads many at once. Commands wait as long as packets do; ticks do not.
 */
export class Gathering {
  readonly #msToTick: () => number;
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));
  readonly #sleep = () => {
    this.#asked = false;
    const ms = Math.min(gatherMs, this.#msToTick() - 1);
    // Nobody ever wakes it: this is a sleep.
    if (ms > 0) Atomics.wait(this.#cell, 0, 0, ms);
  };
  #asked = false;

  /** `msToTick` tells how long the next tick is away. */
  constructor(msToTick: () => number) {
    this.#msToTick = msToTick;
  }

  /** To be called for every packet. */
  packet(): void {
    if (this.#asked) return;
    this.#asked = true;
    setImmediate(this.#sleep);
  }
}
