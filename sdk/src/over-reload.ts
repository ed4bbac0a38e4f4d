/** As long as the server waits for who was there, ms. */
const goodMs = 20_000;

/**
 * What a page keeps over its own reload: in the storage of its tab, from when the page goes until another looks, and
 * for seconds. What proves who asks is good for no longer at the server; passwords are never kept. Where a browser
 * refuses to keep it, nothing is.
 */
export class OverReload<Kept> {
  readonly #name: string;
  readonly #value: () => Kept | null;
  readonly #refused: () => void;

  /** `value`: asked for when the page goes; null: there is nothing. `refused`: it cannot be kept. */
  constructor(name: string, value: () => Kept | null, refused: () => void = () => {}) {
    this.#name = name;
    this.#value = value;
    this.#refused = refused;
    globalThis.addEventListener?.('pagehide', this.#keep);
    globalThis.addEventListener?.('pageshow', this.#isBack);
  }

  /** What the page before has kept; it stays for who takes it. null: nothing, or too long ago. */
  static look(name: string): unknown {
    try {
      const { at, value } = JSON.parse(sessionStorage.getItem(keyOf(name)) ?? '{}') as { at?: number; value?: unknown };
      const age = Date.now() - (at ?? 0);
      return age >= 0 && age < goodMs ? (value ?? null) : null;
    } catch {
      return null;
    }
  }

  /** As `look`; nobody else finds it from then on. */
  static take(name: string): unknown {
    const value = OverReload.look(name);
    OverReload.put(name, null);
    return value;
  }

  /** null: forget it. False: the browser refuses to keep it. */
  static put(name: string, value: unknown): boolean {
    try {
      if (value === null) sessionStorage.removeItem(keyOf(name));
      else sessionStorage.setItem(keyOf(name), JSON.stringify({ at: Date.now(), value }));
      return true;
    } catch {
      return false;
    }
  }

  /** Nothing is kept any more. Idempotent. */
  end(): void {
    globalThis.removeEventListener?.('pagehide', this.#keep);
    globalThis.removeEventListener?.('pageshow', this.#isBack);
  }

  readonly #keep = (): void => {
    const value = this.#value();
    if (value !== null && !OverReload.put(this.#name, value)) this.#refused();
  };

  /** The same page is shown again: it has what it had. */
  readonly #isBack = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) OverReload.put(this.#name, null);
  };
}

function keyOf(name: string): string {
  return `partyline.${name}`;
}
