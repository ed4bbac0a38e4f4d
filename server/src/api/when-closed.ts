/** A connection, or an answer on one. */
export interface Closing {
  readonly destroyed: boolean;
  readonly closed: boolean;
  once(event: 'close', act: () => void): unknown;
}

/**
 * Calls once it is closed. Whoever asks may have gone while it was found out who that is, or while something was done
 * for it: what is closed already says so to nobody who comes later.
 */
export function whenClosed(closing: Closing, act: () => void): void {
  if (closing.destroyed || closing.closed) queueMicrotask(act);
  else closing.once('close', act);
}
