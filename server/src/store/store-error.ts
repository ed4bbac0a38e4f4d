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

/** What to do about it, for whoever starts a server or a command on the folder. */
const nextSteps: Partial<Record<StoreFailure, string>> = {
  unwritable: 'give it to the user that runs this, make room, or name another folder with PARTYLINE_DATA',
  inUse: 'end that one first (systemctl stop partyline), or name another folder with PARTYLINE_DATA',
  foreign: 'name another folder with PARTYLINE_DATA',
  newer: 'install that version again, or restore a backup of this one',
  damaged: 'restore it from a backup',
};

/** What is wrong with the store, in one line that can be shown. */
export class StoreError extends Error {
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string) {
    super(message);
    this.name = 'StoreError';
    this.failure = failure;
  }

  /** With what to do next. */
  get forPeople(): string {
    const next = nextSteps[this.failure];
    return next === undefined ? this.message : `${this.message}; ${next}`;
  }
}
