type Then = (value: unknown) => unknown;
type State = 'pending' | 'resolved' | 'rejected';

/**
 * What the methods of this library give: a thenable (Promises/A+) that also has the methods of a promise of jQuery.
 * `done`, `fail` and `always` run in the order they were added, at once when it is settled already; `then` makes
 * another one.
 */
export class SdkPromise<Value = unknown> implements PromiseLike<Value> {
  #state: State = 'pending';
  #value: unknown = undefined;
  #settling = false;
  #waiting: { readonly on: State; readonly run: Then }[] = [];
  #progress: Then[] = [];

  /** As of the language's own promise; without one it is settled by `settle`. */
  constructor(executor?: (resolve: (value?: unknown) => void, reject: (reason?: unknown) => void) => void) {
    if (typeof executor !== 'function') return;
    try {
      executor(
        (value) => this.settle(true, value),
        (reason) => this.settle(false, reason),
      );
    } catch (error) {
      this.settle(false, error);
    }
  }

  static from<Value>(given: PromiseLike<Value>): SdkPromise<Value> {
    return new SdkPromise<Value>((resolve, reject) => void given.then(resolve, reject));
  }

  static resolved<Value>(value?: Value): SdkPromise<Value> {
    return new SdkPromise<Value>((resolve) => resolve(value));
  }

  static rejected(reason: unknown): SdkPromise<never> {
    return new SdkPromise<never>((_resolve, reject) => reject(reason));
  }

  /** The first time alone counts. A thenable is waited for. */
  settle(resolved: boolean, value?: unknown): void {
    if (this.#settling) return;
    this.#settling = true;
    if (!resolved) {
      this.#end('rejected', value);
      return;
    }
    this.#adopt(value);
  }

  notify(value: unknown): void {
    if (this.#state !== 'pending') return;
    for (const run of this.#progress) run(value);
  }

  done(...callbacks: unknown[]): this {
    return this.#add('resolved', callbacks);
  }

  fail(...callbacks: unknown[]): this {
    return this.#add('rejected', callbacks);
  }

  always(...callbacks: unknown[]): this {
    return this.done(...callbacks).fail(...callbacks);
  }

  progress(...callbacks: unknown[]): this {
    for (const run of functions(callbacks)) if (this.#state === 'pending') this.#progress.push(run);
    return this;
  }

  state(): State {
    return this.#state;
  }

  promise(): this {
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a thenable
  then<Done = Value, Failed = never>(
    onDone?: ((value: Value) => Done | PromiseLike<Done>) | null,
    onFail?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
    onProgress?: ((value: unknown) => unknown) | null,
  ): SdkPromise<Done | Failed> {
    const next = new SdkPromise<Done | Failed>();
    const pass = (on: State, handler: unknown) => (value: unknown) => {
      queueMicrotask(() => {
        if (typeof handler !== 'function') {
          next.settle(on === 'resolved', value);
          return;
        }
        try {
          next.settle(true, handler(value));
        } catch (error) {
          next.settle(false, error);
        }
      });
    };
    if (typeof onProgress === 'function') this.progress(onProgress);
    this.done(pass('resolved', onDone));
    this.fail(pass('rejected', onFail));
    return next;
  }

  catch<Failed = never>(onFail?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null) {
    return this.then(null, onFail);
  }

  finally(run?: (() => void) | null): SdkPromise<Value> {
    const after = typeof run === 'function' ? run : () => {};
    return this.then(
      (value) => SdkPromise.resolved(after()).then(() => value),
      (reason) => SdkPromise.resolved(after()).then(() => SdkPromise.rejected(reason)),
    ) as SdkPromise<Value>;
  }

  #adopt(value: unknown): void {
    if (value === this) {
      this.#end('rejected', new TypeError('a promise cannot wait for itself'));
      return;
    }
    if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      let settled = false;
      try {
        const { then } = value as { then?: unknown };
        if (typeof then === 'function') {
          const once = (run: () => void) => {
            if (settled) return;
            settled = true;
            run();
          };
          then.call(
            value,
            (result: unknown) => once(() => this.#adopt(result)),
            (reason: unknown) => once(() => this.#end('rejected', reason)),
          );
          return;
        }
      } catch (error) {
        if (!settled) this.#end('rejected', error);
        settled = true;
        return;
      }
    }
    this.#end('resolved', value);
  }

  #end(state: 'resolved' | 'rejected', value: unknown): void {
    this.#state = state;
    this.#value = value;
    this.#progress = [];
    for (const { on, run } of this.#waiting.splice(0)) if (on === state) quietly(run, value);
  }

  #add(on: State, callbacks: readonly unknown[]): this {
    for (const run of functions(callbacks)) {
      if (this.#state === 'pending') this.#waiting.push({ on, run });
      else if (this.#state === on) quietly(run, this.#value);
    }
    return this;
  }
}

function functions(callbacks: readonly unknown[]): Then[] {
  return callbacks.flat(4).filter((one): one is Then => typeof one === 'function');
}

/** What a callback of the page throws is the page's, and is told as such; the others run all the same. */
export function quietly<Args extends unknown[]>(run: (...args: Args) => unknown, ...args: Args): void {
  try {
    run(...args);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
