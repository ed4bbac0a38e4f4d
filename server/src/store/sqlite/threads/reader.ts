import { Worker } from 'node:worker_threads';
import type { Clock } from '../../../base/clock.ts';
import type { PhoneCallPage, PhoneCallQuery } from '../../../call/model/phone-call-record.ts';
import { StoreError } from '../../store-error.ts';
import type { ReadReply, ReadRequest, Statement } from './reader-messages.ts';
import { WaitingReads } from './waiting-reads.ts';
import type { SqlValue } from './writer-messages.ts';

type Asked = Statement | { readonly phoneCalls: PhoneCallQuery };
type Answer = Exclude<ReadReply, { readonly failure: string }>;

interface Question {
  readonly asked: Asked;
  /** By the monotonic clock: nobody waits for it after that. */
  readonly until: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface ListReaderOptions {
  readonly file: string;
  readonly clock: Clock;
  /** Statements that may wait, half of them of one who asks; beyond it one is refused at once. */
  readonly maxWaiting?: number;
  /** How long a statement may wait, and how long it may take, ms. */
  readonly maxWaitMs?: number;
  readonly maxReadMs?: number;
}

/**
 * The control thread's end of the reader thread, which is made when the first list is asked for. Lists are read there
 * one after the other, so that whatever is asked, and by however many, signalling has its own thread for itself; in
 * turn by who asks, so that the many that one asks for at once keep nobody else waiting.
 */
export class ListReader {
  readonly #options: Required<ListReaderOptions>;
  #worker: Worker | null = null;
  readonly #waiting: WaitingReads<Question>;
  #underWay: Question | null = null;
  #closing: { readonly done: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(options: ListReaderOptions) {
    this.#options = { maxWaiting: 2000, maxWaitMs: 10_000, maxReadMs: 3000, ...options };
    this.#waiting = new WaitingReads(this.#options.maxWaiting);
  }

  /**
   * `asker`: the organization, or another name. Rejects with StoreError `overloaded` when it cannot be answered in
   * time.
   */
  async read(asker: string, sql: string, parameters: readonly SqlValue[]): Promise<readonly unknown[]> {
    const answer = await this.#ask(asker, { sql, parameters });
    return 'rows' in answer ? answer.rows : [];
  }

  /** Null: phone calls are not kept in memory, so they have to be read. Rejects as `read`. */
  async phoneCallPage(phoneCalls: PhoneCallQuery): Promise<PhoneCallPage | null> {
    const answer = await this.#ask(phoneCalls.organizationId, { phoneCalls });
    return 'page' in answer ? answer.page : null;
  }

  /** Makes the thread before it is asked, so that it has in memory by then what it keeps there. */
  start(): void {
    if (this.#closing === null && this.#worker === null) this.#startThread().unref();
  }

  #ask(asker: string, asked: Asked): Promise<Answer> {
    if (this.#closing !== null) return Promise.reject(new StoreError('closed', 'the store is closed'));
    const { clock, maxWaitMs } = this.#options;
    if (!this.#waiting.mayWait(asker)) {
      return Promise.reject(new StoreError('overloaded', 'too many lists are asked for at once'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(asker, { asked, until: clock.monotonic() + maxWaitMs, resolve, reject });
      this.#next();
    });
  }

  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing.done;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing = { done: promise, resolve };
    this.#refuse(this.#waiting.clear(), new StoreError('closed', 'the store is closed'));
    if (this.#worker === null) resolve();
    else if (this.#underWay === null) this.#endThread(this.#worker);
    return promise;
  }

  #next(): void {
    if (this.#underWay !== null) return;
    const now = this.#options.clock.monotonic();
    const { next: question, over } = this.#waiting.take(({ until }) => until < now);
    this.#refuse(over, new StoreError('overloaded', 'too many lists are asked for'));
    const worker = question === null ? this.#worker : (this.#worker ?? this.#startThread());
    if (question === null) {
      worker?.unref();
      return;
    }
    this.#underWay = question;
    worker?.ref();
    worker?.postMessage({ ...question.asked, budgetMs: this.#options.maxReadMs } satisfies ReadRequest);
  }

  #startThread(): Worker {
    const worker = new Worker(new URL('./reader-thread.ts', import.meta.url), {
      workerData: { file: this.#options.file },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 },
    });
    this.#worker = worker;
    worker.on('message', (reply: ReadReply) => this.#answered(reply));
    worker.on('error', (error: Error) => this.#stopped(worker, `the reader thread failed: ${error.message}`));
    worker.on('exit', () => this.#stopped(worker, 'the reader thread has ended'));
    return worker;
  }

  #answered(reply: ReadReply): void {
    const question = this.#underWay;
    this.#underWay = null;
    if (!('failure' in reply)) question?.resolve(reply);
    else if (reply.late)
      question?.reject(new StoreError('overloaded', 'the list takes too long to read: ask for less'));
    else question?.reject(new StoreError('failed', `the list could not be read: ${reply.failure}`));
    if (this.#closing !== null && this.#worker !== null) this.#endThread(this.#worker);
    else this.#next();
  }

  #endThread(worker: Worker): void {
    worker.ref();
    worker.postMessage('close');
  }

  /** The next list gets a thread of its own again. */
  #stopped(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const lost = this.#underWay;
    this.#underWay = null;
    if (lost !== null) this.#refuse([lost], new StoreError('failed', reason));
    if (this.#closing !== null) this.#closing.resolve();
    else this.#next();
  }

  #refuse(questions: readonly Question[], error: StoreError): void {
    for (const { reject } of questions) reject(error);
  }
}
