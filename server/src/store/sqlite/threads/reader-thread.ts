import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { coerceError } from '../../../base/app-error.ts';
import { systemClock } from '../../../base/clock.ts';
import { KeptPhoneCalls } from '../phone-calls/kept-phone-calls.ts';
import { ListFunctions, TimeIsOver } from '../phone-calls/list-functions.ts';
import type { ReadReply, ReadRequest, Statement } from './reader-messages.ts';

const mostStatements = 200;

/**
 * The thread that reads lists. It runs the statements it is sent, each within its time, and answers the rows. Of the
 * tables it knows those of phone calls, which it keeps in memory when there are many.
 */
class ReaderThread {
  readonly #database: DatabaseSync;
  readonly #functions: ListFunctions;
  readonly #statements = new Map<string, StatementSync>();
  readonly #phoneCalls: KeptPhoneCalls;
  #loading = false;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
    // Lists are sorted by indexes; what is not, in memory.
    this.#database.exec('pragma query_only = on; pragma temp_store = memory; pragma cache_size = -8000');
    this.#functions = new ListFunctions(this.#database, systemClock);
    this.#phoneCalls = new KeptPhoneCalls(this.#database);
    this.#load();
  }

  read(request: ReadRequest): ReadReply {
    try {
      if ('phoneCalls' in request) {
        this.#load();
        return { page: this.#phoneCalls.page(request.phoneCalls) };
      }
      return { rows: this.#rows(request, request.budgetMs) };
    } catch (error) {
      return { failure: coerceError(error).message, late: error instanceof TimeIsOver };
    }
  }

  close(): void {
    this.#database.close();
  }

  #rows({ sql, parameters }: Statement, budgetMs: number): unknown[] {
    this.#functions.giveTime(budgetMs);
    return this.#prepared(sql).all(...parameters);
  }

  /** A piece in each round, so that what is asked meanwhile does not wait for all of them. */
  #load(): void {
    if (this.#loading || !this.#phoneCalls.load()) return;
    this.#loading = true;
    setImmediate(() => {
      this.#loading = false;
      if (this.#database.isOpen) this.#load();
    });
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
