import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store-error.ts';

/** `PLN1`: what SQLite keeps in the header of a file to say whose it is. */
export const applicationId = 0x50_4c_4e_31;

/**
 * Opens the database for one thread. WAL, so that readers and the writer do not wait for each other; `synchronous =
 * FULL`, so that what was committed survives a power cut and not only a crash.
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5000 });
  try {
    database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that mean something to an operator. */
const meanings: Readonly<Record<number, readonly ['unwritable' | 'inUse' | 'foreign' | 'damaged', string]>> = {
  5: ['inUse', 'is in use by another process'],
  6: ['inUse', 'is in use by another process'],
  8: ['unwritable', 'cannot be written (read-only)'],
  10: ['unwritable', 'cannot be read or written (input/output error)'],
  11: ['damaged', 'is damaged'],
  13: ['unwritable', 'cannot be written (disk full)'],
  14: ['unwritable', 'cannot be opened'],
  26: ['foreign', 'is not a Partyline database'],
};

/** What went wrong while opening `file`, in one line. */
export function openingError(file: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = (error as { errcode?: number }).errcode;
  const [failure, words] = (code === undefined ? undefined : meanings[code & 0xff]) ?? ['unwritable', undefined];
  return new StoreError(failure, `${file} ${words ?? `cannot be opened: ${(error as Error).message}`}`);
}
