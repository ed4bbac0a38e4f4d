/** What is known of a request that named a key of its own. */
export type KnownRequest =
  | { readonly state: 'new' }
  /** Begun before (`at`, ms since the epoch) and not answered, or not yet. */
  | { readonly state: 'begun'; readonly fingerprint: string; readonly at: number }
  | { readonly state: 'done'; readonly fingerprint: string; readonly status: number; readonly body: string };

/** Requests that must not be done twice. Every change is durable when resolved. */
export interface IdempotencyStore {
  /**
   * Exactly one of any number of callers with the same scope and key gets `new`, and from then on the request is known.
   */
  begin(request: {
    readonly scope: string;
    readonly key: string;
    readonly fingerprint: string;
    /** ms since the epoch. */
    readonly at: number;
  }): Promise<KnownRequest>;
  finish(answer: {
    readonly scope: string;
    readonly key: string;
    readonly status: number;
    readonly body: string;
  }): Promise<void>;
  /** As if it had never begun. */
  forget(which: { readonly scope: string; readonly key: string }): Promise<void>;
  /** Drops what began before, part by part: other changes do not wait for the whole. */
  prune(before: number): Promise<void>;
}
