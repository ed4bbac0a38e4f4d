import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolder } from '../../base/folders.ts';
import { StoreError } from '../store-error.ts';

/**
 * Makes the folder where it is missing and claims it: two servers on one log would both number its events. The claim is
 * a lock of the operating system on a file, so it ends with the process, however that ends. Throws StoreError
 * `unwritable` or `inUse`.
 */
export function claimDataFolder(folder: string): { readonly file: string; release(): void } {
  const file = join(folder, 'partyline.db');
  try {
    makeFolder(folder, 0o700);
    // It holds PINs. SQLite gives its side files the same mode.
    onlyForItsOwner(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new StoreError('unwritable', `the data folder ${folder} cannot be written (${code})`);
  }
  const lock = claim(folder);
  return { file, release: () => lock.close() };
}

/**
 * Only that no server runs on the folder, which is there, and that none can be started: until `release`. Throws as
 * `claimDataFolder`.
 */
export function lockDataFolder(folder: string): { release(): void } {
  const lock = claim(folder);
  return { release: () => lock.close() };
}

/** Makes the file where it is missing; one that was there with other rights loses them. */
function onlyForItsOwner(file: string): void {
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

function claim(folder: string): DatabaseSync {
  let lock: DatabaseSync | null = null;
  const file = join(folder, 'partyline.lock');
  try {
    // Whoever may read it could hold it, and keep the server from starting.
    onlyForItsOwner(file);
    // A moment of patience for a server that is just going down.
    lock = new DatabaseSync(file, { timeout: 1000 });
    lock.exec('pragma journal_mode = off; pragma locking_mode = exclusive; begin exclusive');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === 5) {
      throw new StoreError('inUse', `the data folder ${folder} is in use by another server`);
    }
    throw new StoreError('unwritable', `the data folder ${folder} cannot be written (${(error as Error).message})`);
  }
}
