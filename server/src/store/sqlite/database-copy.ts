import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store-error.ts';
import { applicationId, openingError } from './connection.ts';
import { refuseNewer } from './migrations.ts';

/**
 * All pages in one step: in WAL mode that holds up no writer, and it never has to begin anew because one wrote
 * meanwhile, as it would page by page.
 */
const allPages = 0x7fff_ffff;

/** What a database says of itself. */
export interface DatabaseShown {
  /** The newest step of its schema; 0: it has none yet. */
  readonly schema: number;
  readonly steps: readonly { readonly number: number; readonly name: string }[];
  readonly bytes: number;
}

/**
 * Copies the database of a server, running or not, into the new file `target` (0600) as it is at one moment: SQLite's
 * online backup. Throws StoreError.
 */
export async function copyDatabase(file: string, target: string): Promise<DatabaseShown> {
  const shown = showDatabase(file);
  closeSync(openSync(target, 'wx', 0o600));
  const source = open(file);
  try {
    await backup(source, target, { rate: allPages });
  } catch (error) {
    throw openingError(target, error);
  } finally {
    source.close();
  }
  chmodSync(target, 0o600);
  return { ...shown, bytes: statSync(target).size };
}

/** Looks without changing anything. Throws StoreError for what is missing, damaged, or not ours. */
export function showDatabase(file: string): DatabaseShown {
  const database = open(file);
  try {
    const id = database.prepare('pragma application_id').get()?.['application_id'];
    if (id !== applicationId) throw new StoreError('foreign', `${file} is not a Partyline database`);
    const steps = database.prepare('select number, name from migration order by number').all() as unknown as {
      number: number;
      name: string;
    }[];
    return { schema: steps.at(-1)?.number ?? 0, steps, bytes: statSync(file).size };
  } catch (error) {
    throw openingError(file, error);
  } finally {
    database.close();
  }
}

/** That every page is whole, and that this version can read it. Throws StoreError `damaged` or `newer`. */
export function checkDatabase(file: string): DatabaseShown {
  const shown = showDatabase(file);
  refuseNewer(file, shown.steps);
  const database = open(file);
  try {
    const found = database.prepare('pragma integrity_check(1)').get()?.['integrity_check'];
    if (found !== 'ok') throw new StoreError('damaged', `${file} is damaged: ${found}`);
  } catch (error) {
    throw openingError(file, error);
  } finally {
    database.close();
  }
  return shown;
}

function open(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  } catch (error) {
    throw openingError(file, error);
  }
}
