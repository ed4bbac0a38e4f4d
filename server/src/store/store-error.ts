/**
 * - `unwritable`  the data folder cannot be made or written
 * - `inUse`       another server runs on it
 * - `foreign`     what is there is not ours
 * - `newer`       made by a later version
 * - `damaged`     ours, but broken
 * - `failed`      writing failed now: disk full, input/output error; nothing of that append was stored
 * - `overloaded`  more waits to be written than is bearable
 * - `closed`      after close()
 */
export type StoreFailure =
  | 'unwritable'
  | 'inUse'
  | 'foreign'
  | 'newer'
  | 'damaged'
  | 'failed'
  | 'overloaded'
  | 'closed';

/** What is wrong with the store, in one line that can be shown. */
export class StoreError extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string) {
    super(message);
    this.name = 'StoreError';
    this.failure = failure;
  }
}
