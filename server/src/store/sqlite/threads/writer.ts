import { Worker } from 'node:worker_threads';
import type { Compilable } from 'kysely';
import type { Clock, Timer } from '../../../base/clock.ts';
import { StoreError } from '../../store-error.ts';
import type { JobStep, SqlValue, WriteReply, WriteRequest } from './writer-messages.ts';

/** A statement to be run by the writer thread. */
export interface WriteStep {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  /** How many rows it must change; otherwise the job fails. */
  readonly changes?: number;
}

/** A query as a step. */
export function stepOf(query: Compilable, changes?: number): WriteStep {
  const { sql, parameters } = query.compile();
  return { sql, parameters: parameters as readonly SqlValue[], ...(changes === undefined ? {} : { changes }) };
}

interface Job {
  readonly steps: readonly WriteStep[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface WriterOptions {
  readonly file: string;
  /** Statements that may wait; beyond it a write is refused at once. */
  readonly maxWaiting?: number;
  /** Statements in one commit, which bounds how long the first of them waits. */
  readonly maxBatch?: number;
  readonly clock: Clock;
}

/** Under load commits begin so far apart at least: each costs locks, a message and a wait for the disk. */
const groupMs = 4;
/** That is load: so many writes in a window of so long. */
const loadWindowMs = 100;
const loadWrites = 100;

/**
 * The control thread's end of the writer thread. While one commit is under way, whatever arrives waits and goes into
 * the next one (group commit), and from 1000 writes a second on for up to 4 ms more: under load one wait for the disk
 * serves hundreds of writes, and idle a write waits for nobody.
 */
export class GroupWriter {
  readonly #worker: Worker;
  readonly #maxWaiting: number;
  readonly #maxBatch: number;
  readonly #sqlNumbers = new Map<string, number>();
  #queue: Job[] = [];
  #waiting = 0;
  #underWay: readonly Job[] | null = null;
  #closing: { readonly done: Promise<void>; readonly resolve: () => void } | null = null;
  #broken: StoreError | null = null;
  #appends = 0;
  readonly #clock: Clock;
  #begunMs = Number.NEGATIVE_INFINITY;
  #windowMs = Number.NEGATIVE_INFINITY;
  #writes = 0;
  #writesBefore = 0;
  /** A commit that is put off. */
  #later: Timer | null = null;
  #commits = 0;
  #failed = 0;

  constructor(options: WriterOptions) {
    this.#clock = options.clock;
    this.#maxWaiting = options.maxWaiting ?? 100_000;
    this.#maxBatch = options.maxBatch ?? 5000;
    this.#worker = new Worker(new URL('./writer-thread.ts', import.meta.url), {
      workerData: { file: options.file },
      // Options of the main program (--eval, --inspect-brk …) are not for the thread.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.on('message', (reply: WriteReply) => this.#committed(reply));
    this.#worker.on('error', (error: Error) => this.#stop(`the writer thread failed: ${error.message}`));
    this.#worker.on('exit', () => this.#stop('the writer thread has ended'));
    // Does not keep the process alive by itself, only while something is being written.
    this.#worker.unref();
  }

  /** Runs `steps` in order, all or nothing. Durable when resolved; rejects with StoreError. */
  write(steps: readonly WriteStep[]): Promise<void> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    if (this.#closing !== null) return Promise.reject(new StoreError('closed', 'the store is closed'));
    if (this.#waiting + steps.length > this.#maxWaiting) {
      this.#failed++;
      return Promise.reject(
        new StoreError('overloaded', `the store cannot keep up: ${this.#waiting} writes are waiting`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ steps, resolve, reject });
      this.#waiting += steps.length;
      this.#count();
      this.#sendSoon();
    });
  }

  counters() {
    return { waiting: this.#waiting, appends: this.#appends, commits: this.#commits, failed: this.#failed };
  }

  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing.done;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing = { done: promise, resolve };
    if (this.#broken !== null) resolve();
    else if (this.#later !== null) this.#send();
    else if (this.#underWay === null) this.#endThread();
    return promise;
  }

  #count(): void {
    const nowMs = this.#clock.monotonic();
    const passed = nowMs - this.#windowMs;
    if (passed >= loadWindowMs) {
      this.#writesBefore = passed < 2 * loadWindowMs ? this.#writes : 0;
      this.#writes = 0;
      this.#windowMs = nowMs;
    }
    this.#writes++;
  }

  /** At once, or when the last commit began long enough ago. */
  #sendSoon(): void {
    if (this.#underWay !== null || this.#later !== null || this.#queue.length === 0) return;
    const waitMs = this.#begunMs + groupMs - this.#clock.monotonic();
    const loaded = this.#writesBefore >= loadWrites && this.#waiting < this.#maxBatch && this.#closing === null;
    if (!loaded || !(waitMs > 0)) {
      this.#send();
      return;
    }
    // What waits keeps the process alive.
    this.#worker.ref();
    this.#later = this.#clock.setTimer(waitMs, () => this.#send());
  }

  #send(): void {
    this.#later?.cancel();
    this.#later = null;
    this.#begunMs = this.#clock.monotonic();
    const jobs = this.#takeBatch();
    const newSql: string[] = [];
    const request: WriteRequest = {
      newSql,
      jobs: jobs.map(({ steps }) =>
        steps.map(({ sql, parameters, changes }): JobStep => [this.#numberOf(sql, newSql), parameters, changes ?? -1]),
      ),
    };
    this.#underWay = jobs;
    this.#worker.ref();
    this.#worker.postMessage(request);
  }

  #takeBatch(): readonly Job[] {
    let count = 0;
    let statements = 0;
    while (count < this.#queue.length && (count === 0 || statements < this.#maxBatch)) {
      statements += this.#queue[count]!.steps.length;
      count++;
    }
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  #numberOf(sql: string, newSql: string[]): number {
    let number = this.#sqlNumbers.get(sql);
    if (number === undefined) {
      number = this.#sqlNumbers.size;
      this.#sqlNumbers.set(sql, number);
      newSql.push(sql);
    }
    return number;
  }

  #committed({ failures }: WriteReply): void {
    const jobs = this.#underWay ?? [];
    this.#underWay = null;
    this.#commits++;
    this.#appends += jobs.length - failures.length;
    this.#failed += failures.length;
    const reasons = new Map(failures);
    jobs.forEach((job, at) => {
      this.#waiting -= job.steps.length;
      const reason = reasons.get(at);
      if (reason === undefined) job.resolve();
      else job.reject(new StoreError('failed', `nothing was stored: ${reason}`));
    });
    if (this.#queue.length > 0) this.#sendSoon();
    else if (this.#closing !== null) this.#endThread();
    else this.#worker.unref();
  }

  #endThread(): void {
    this.#worker.ref();
    this.#worker.postMessage('close');
  }

  #stop(reason: string): void {
    if (this.#broken !== null) return;
    this.#broken =
      this.#closing === null ? new StoreError('failed', reason) : new StoreError('closed', 'the store is closed');
    const lost = [...(this.#underWay ?? []), ...this.#queue];
    this.#underWay = null;
    this.#queue = [];
    this.#waiting = 0;
    this.#later?.cancel();
    this.#later = null;
    this.#failed += lost.length;
    for (const job of lost) job.reject(this.#broken);
    this.#closing?.resolve();
  }
}
