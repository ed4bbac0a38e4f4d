import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { coerceError } from '../../base/app-error.ts';
import { systemClock } from '../../base/clock.ts';
import { ListFunctions, TimeIsOver } from './list-functions.ts';
import type { ReadReply, ReadRequest } from './reader-messages.ts';

const mostStatements = 200;

/** The thread that reads lists. It knows no tables: it runs the statements it is sent, each within its time, and answers the rows. */
class ReaderThread {
  readonly #database: DatabaseSync;
  readonly #functions: ListFunctions;
  readonly #statements = new Map<string, StatementSync>();

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    // Lists are sorted by indexes; what is not, in memory.
    this.#database.exec('pragma query_only = on; pragma temp_store = memory; pragma cache_size = -8000');
    this.#functions = new ListFunctions(this.#database, systemClock);
  }

  read({ sql, parameters, budgetMs }: ReadRequest): ReadReply {
    this.#functions.giveTime(budgetMs);
    try {
      return { rows: this.#prepared(sql).all(...parameters) };
    } catch (error) {
      return { failure: coerceError(error).message, late: error instanceof TimeIsOver };
    }
  }

  close(): void {
    this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (this.#statements.size >= mostStatements) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}

const port = parentPort;
if (port !== null) {
  const thread = new ReaderThread((workerData as { file: string }).file);
  port.on('message', (message: ReadRequest | 'close') => {
    if (message === 'close') {
      thread.close();
      port.close();
    } else port.postMessage(thread.read(message) satisfies ReadReply);
  });
}
