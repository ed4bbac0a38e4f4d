import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { coerceError } from '../../../base/app-error.ts';
import { systemClock } from '../../../base/clock.ts';
import { IdleCollection } from '../../../base/idle-collection.ts';
import { openDatabase } from '../connection.ts';
import type { JobStep, WriteReply, WriteRequest } from './writer-messages.ts';

/**
 * Pages that have come to the log since it was last copied into the database, about; then that is done. It is what
 * SQLite does by itself at 1000, but in the middle of a commit, which waits for it.
 */
const checkpointPages = 1000;
/** Then SQLite does it, whatever we think. */
const mostPages = 4000;
/** Of the pages that a commit writes, those that it writes for itself. */
const pagesOfCommit = 3;

/**
 * The thread that writes. It knows no tables: it runs the statements it is sent, all that arrived together in one
 * transaction, and answers when that is on the disk.
 */
class WriterThread {
  readonly #database: DatabaseSync;
  readonly #sql: string[] = [];
  readonly #statements: StatementSync[] = [];
  #pages = 0;

  constructor(file: string) {
    this.#database = openDatabase(file);
    // What undoes a statement alone is in a temporary file else: of a call with triggers, six times what is stored.
    this.#database.exec('pragma temp_store = memory');
    this.#database.exec(`pragma wal_autocheckpoint = ${mostPages}`);
  }

  write({ newSql, jobs }: WriteRequest): WriteReply {
    // Prepared when first run: a failure then must not shift the numbers.
    this.#sql.push(...newSql);
    try {
      this.#transaction(() => {
        for (const job of jobs) this.#run(job);
      });
      return { failures: [] };
    } catch (error) {
      // One bad job must not take its neighbours with it: once more, each on its own.
      return jobs.length === 1 ? { failures: [[0, coerceError(error).message]] } : this.#oneByOne(jobs);
    }
  }

  /** Between two commits. What readers still look at stays in the log for later. */
  checkpoint(): void {
    if (this.#pages < checkpointPages) return;
    this.#pages = 0;
    try {
      this.#database.exec('pragma wal_checkpoint(passive)');
    } catch {
      // The disk is full, say: the next commit will tell.
    }
  }

  close(): void {
    this.#database.close();
  }

  #oneByOne(jobs: WriteRequest['jobs']): WriteReply {
    const failures: [number, string][] = [];
    jobs.forEach((job, at) => {
      try {
        this.#transaction(() => this.#run(job));
      } catch (error) {
        failures.push([at, coerceError(error).message]);
      }
    });
    return { failures };
  }

  #run(job: readonly JobStep[]): void {
    this.#pages += job.length;
    for (const [sql, parameters, changes] of job) {
      this.#statements[sql] ??= this.#database.prepare(this.#sql[sql]!);
      const result = this.#statements[sql].run(...parameters);
      if (changes >= 0 && result.changes !== changes) {
        throw new Error(`expected to change ${changes} rows, changed ${result.changes}`);
      }
    }
  }

  #transaction(body: () => void): void {
    this.#database.exec('begin immediate');
    try {
      body();
      this.#database.exec('commit');
      this.#pages += pagesOfCommit;
    } catch (error) {
      // After some errors (disk full) SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }
}

const port = parentPort;
if (port !== null) {
  const thread = new WriterThread((workerData as { file: string }).file);
  let written = 0;
  new IdleCollection({ clock: systemClock, work: () => written, idle: () => true });
  port.on('message', (message: WriteRequest | 'close') => {
    if (message === 'close') {
      thread.close();
      port.close();
    } else {
      written++;
      port.postMessage(thread.write(message) satisfies WriteReply);
      thread.checkpoint();
    }
  });
}
