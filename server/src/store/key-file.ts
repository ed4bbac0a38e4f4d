import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../base/random.ts';
import { StoreError } from './store-error.ts';

const keyBytes = 32;

/**
 * A random key of the data folder, in a file of its own for its owner alone (0600): not in the database, so that a copy
 * of that does not hold it. One that is missing or damaged is made anew. Throws StoreError `unwritable`.
 */
export function keyOfFolder(folder: string, name: string, random: Random): Buffer {
  const file = join(folder, name);
  try {
    const kept = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
    if (kept.length === keyBytes) return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unwritable(file, error);
  }
  const made = Buffer.from(random.bytes(keyBytes));
  try {
    const handle = openSync(`${file}.new`, 'w', 0o600);
    try {
      writeSync(handle, `${made.toString('hex')}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw unwritable(file, error);
  }
  return made;
}

function unwritable(file: string, error: unknown): StoreError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new StoreError('unwritable', `${file} cannot be read or written (${code ?? message})`);
}
