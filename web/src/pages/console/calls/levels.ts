interface ConferenceLevels {
  readonly call: string;
  readonly levels: readonly { readonly connection: string; readonly level: number }[];
}

const quietest = -60;

/** How loud everybody is, by connection; drawn on the elements themselves, five times a second, past React. */
export class Levels {
  readonly #meters = new Map<string, HTMLElement>();
  /** What each shows. */
  readonly #shown = new Map<string, string>();
  readonly #loud = new Map<string, Set<string>>();

  /** For `ref`: the element that shows the level of this connection; null when it is gone. */
  meter(connection: string, element: HTMLElement | null): void {
    this.#shown.delete(connection);
    if (element === null) this.#meters.delete(connection);
    else this.#meters.set(connection, element);
  }

  take(conferences: readonly ConferenceLevels[]): void {
    for (const { call, levels } of conferences) {
      const before = this.#loud.get(call) ?? new Set();
      const now = new Set<string>();
      for (const { connection, level } of levels) {
        now.add(connection);
        this.#show(connection, Math.max(0, 1 - level / quietest));
      }
      for (const connection of before) if (!now.has(connection)) this.#show(connection, 0);
      if (now.size === 0) this.#loud.delete(call);
      else this.#loud.set(call, now);
    }
  }

  talking(started: readonly string[], stopped: readonly string[]): void {
    for (const id of started) this.#meters.get(id)?.classList.add('talks');
    for (const id of stopped) this.#meters.get(id)?.classList.remove('talks');
  }

  #show(connection: string, share: number): void {
    // A pixel is a thirtieth of it.
    const level = (Math.round(share * 30) / 30).toFixed(2);
    if (this.#shown.get(connection) === level) return;
    this.#shown.set(connection, level);
    this.#meters.get(connection)?.style.setProperty('--level', level);
  }
}
