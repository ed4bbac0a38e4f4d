/** What must outlive this process though nothing waits for it: plain data as JSON text, by kind and key. */
export interface Fact {
  readonly kind: string;
  readonly key: string;
  readonly data: string;
  /** ms since the epoch; null: until it is forgotten. */
  readonly expiresAt: number | null;
}

/** A fact that is there now in place of any of the same kind and key; `data` null: none is. */
export interface FactChange {
  readonly kind: string;
  readonly key: string;
  readonly data: string | null;
  readonly expiresAt: number | null;
}

/** Where facts are kept between starts. */
export interface FactStore {
  /** Those that have not expired at `now`, in no particular order. What has expired is dropped. */
  load(now: number): Promise<Fact[]>;
  /** All or nothing, in order; durable when resolved. */
  change(changes: readonly FactChange[]): Promise<void>;
}

/** Takes down facts behind the back of whoever has them: returns at once, never throws. */
export interface Facts {
  /**
   * `data` is asked for when it is written, so the latest counts, and never if the fact is forgotten before. Null: not
   * worth keeping.
   */
  keep(kind: string, key: string, data: () => string | null, expiresAt: number | null): void;
  forget(kind: string, key: string): void;
  /**
   * Whether what was to be kept could not be written the last time: it is tried again, but no more should be promised.
   */
  readonly isFailing: boolean;
}

/** For what nobody starts again. */
export const noFacts: Facts = { keep() {}, forget() {}, isFailing: false };
