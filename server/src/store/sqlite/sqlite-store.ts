import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { type Random, systemRandom } from '../../base/random.ts';
import type { StreamEvent } from '../../call/model/event-log.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { SqliteCallLog } from './call-log.ts';
import { applicationId, openDatabase, openingError } from './connection.ts';
import { claimDataFolder } from './data-folder.ts';
import { sqliteDialect } from './dialect.ts';
import { migrate } from './migrations.ts';
import { hasManyCalls } from './phone-calls/kept-phone-calls.ts';
import { Pruning } from './pruning/pruning.ts';
import { SqliteDirectoryTables } from './records/directory-tables.ts';
import { SqliteFactTable } from './records/fact-table.ts';
import { SqliteRequestTable } from './records/request-table.ts';
import { Salts } from './records/salts.ts';
import { SqliteTokenTable } from './records/token-table.ts';
import { SqliteWebhookTables } from './records/webhook-tables.ts';
import { StoreHealth } from './store-health.ts';
import type { Tables } from './tables.ts';
import { ListReader } from './threads/reader.ts';
import { listsBy } from './threads/reader-dialect.ts';
import { GroupWriter } from './threads/writer.ts';

export interface SqliteStoreOptions {
  /** Absolute path of the data folder; made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  /** Salts come from it: only tests give one of their own. */
  readonly random?: Random;
  /** Statements that may wait to be written. */
  readonly maxWaiting?: number;
}

/**
 * Opens the store in `folder`: claims the folder, checks that what is there is ours, brings its schema up to date.
 * Throws StoreError. One connection here reads what calls wait for, one in the reader thread reads lists, one in the
 * writer thread writes.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { folder, clock, random = systemRandom, maxWaiting } = options;
  const claimed = claimDataFolder(folder);
  let database: DatabaseSync | null = null;
  try {
    checkOwner(claimed.file);
    database = openDatabase(claimed.file);
    const db = new Kysely<Tables>({ dialect: sqliteDialect(database) });
    await migrate(db, claimed.file);
    // From here on only the writer thread writes.
    database.exec('pragma query_only = on');
    const writer = new GroupWriter({ file: claimed.file, clock, ...(maxWaiting === undefined ? {} : { maxWaiting }) });
    const reader = new ListReader({ file: claimed.file, clock });
    if (hasManyCalls(database)) reader.start();
    const lists = listsBy(reader);
    const pruning = new Pruning(lists('pruning'), writer, clock);
    const health = new StoreHealth({ clock, writer, folder, file: claimed.file });
    const salts = new Salts(db, writer, random);
    const calls = new SqliteCallLog(db, writer, lists, (query) => reader.phoneCallPage(query));
    const logged = (events: readonly StreamEvent[]) =>
      events.length === 0 ? [] : calls.writesOf([{ events, records: [] }]);
    let closing: Promise<void> | null = null;
    return {
      calls,
      directory: new SqliteDirectoryTables(db, writer, clock, logged),
      tokens: new SqliteTokenTable(db, writer),
      idempotency: new SqliteRequestTable(db, writer),
      webhooks: new SqliteWebhookTables(db, writer),
      facts: new SqliteFactTable(db, writer),
      salt: (name) => salts.salt(name),
      prune: (kept) => pruning.prune(kept),
      trouble: () => health.trouble(),
      counters: () => writer.counters(),
      close() {
        closing ??= writer.close().then(async () => {
          await reader.close();
          await db.destroy();
          claimed.release();
        });
        return closing;
      },
    };
  } catch (error) {
    database?.close();
    claimed.release();
    throw openingError(claimed.file, error);
  }
}

/** Looks before anything is changed: a database of another program stays as it is. */
function checkOwner(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const id = database.prepare('pragma application_id').get()?.['application_id'];
    if (id === applicationId) return;
    const tables = database.prepare('select count(*) as count from sqlite_master').get()?.['count'];
    if (id !== 0 || tables !== 0) throw new StoreError('foreign', `${file} is a database of another program`);
    database.exec(`pragma application_id = ${applicationId}`);
  } finally {
    database.close();
  }
}
