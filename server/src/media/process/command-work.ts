import { processorTimeMs } from './overload.ts';

/**
 * What commands of the control process take of the processor, each with the promises that it settles. Many may come in
 * one read: a tick that is due goes before each of them.
 */
export class CommandWork {
  /** So far. */
  processorMs = 0;
  readonly #before: () => void;
  #beganMs = Number.NaN;
  readonly #end = () => {
    if (Number.isNaN(this.#beganMs)) return;
    this.processorMs += processorTimeMs() - this.#beganMs;
    this.#beganMs = Number.NaN;
  };

  /** `before` each command: what must not wait for it. */
  constructor(before: () => void) {
    this.#before = before;
  }

  /** A command is about to be performed. */
  begin(): void {
    this.#end();
    this.#before();
    this.#beganMs = processorTimeMs();
    // Promises go on before what is due next, so this is after the last of them.
    queueMicrotask(() => process.nextTick(this.#end));
  }
}
