import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { StoreError } from '../store-error.ts';

/**
 * Opens the database for one thread. WAL, so that readers and the writer do not wait for each other; `synchronous = FULL`, so that
 * what was committed survives a power cut and not only a crash.
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

/** kysely's SQLite dialect over `node:sqlite`, which has the interface it expects except for how parameters are passed. */
export function sqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({ database: new StatementCache(database) });
}

const maxStatements = 200;

/** Keeps prepared statements by their text, the least recently used going first. */
class StatementCache implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text);
    const statement = known ?? new PreparedStatement(this.#database.prepare(text));
    if (known !== undefined) this.#statements.delete(text);
    else if (this.#statements.size >= maxStatements) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(text, statement);
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

class PreparedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...(parameters as SQLInputValue[]));
  }

  run(parameters: readonly unknown[]) {
    return this.#statement.run(...(parameters as SQLInputValue[]));
  }

  iterate(parameters: readonly unknown[]) {
    return this.#statement.iterate(...(parameters as SQLInputValue[]));
  }
}

/** SQLite's primary result codes (https://sqlite.org/rescode.html) that mean something to an operator. */
const meanings: Readonly<Record<number, readonly ['unwritable' | 'inUse' | 'foreign' | 'damaged', string]>> = {
  5: ['inUse', 'is in use by another process'],
  6: ['inUse', 'is in use by another process'],
  8: ['unwritable', 'cannot be written (read-only)'],
  10: ['unwritable', 'cannot be read or written (input/output error)'],
  11: ['damaged', 'is damaged; restore it from a backup'],
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
