/** Work on one call or several. */
export interface Job {
  /** The calls it is about as things stand; null: there is nothing left for it to do. */
  targets(): readonly string[] | null;
  /** Told once instead of running when `targets` gives null. */
  dropped(): void;
}

/**
 * How far an executed batch got: how many jobs from its beginning were used (at least one), and when they are finished
 * (null: they are).
 */
export interface Execution {
  readonly used: number;
  readonly finished: Promise<void> | null;
}

/** A job and the calls it has been queued for. */
export interface Waiting<J extends Job> {
  readonly job: J;
  readonly callIds: readonly string[];
}

interface Queue<J extends Job> {
  readonly waiting: Waiting<J>[];
  /** Index of the first that still waits. */
  head: number;
  busy: boolean;
}

const largestBatch = 256;

/**
 * One queue per call. A job runs when it is first in the queues of all its calls, so jobs over several calls can't
 * lock each other out: they stand in every queue in the same order. While a batch is being stored, what comes in for
 * its calls waits, and then goes as one batch.
 */
export class CallQueues<J extends Job> {
  readonly #queues = new Map<string, Queue<J>>();
  readonly #execute: (batch: readonly Waiting<J>[]) => Execution;
  readonly #idle: () => void;

  /**
   * `execute` must not throw and `finished` must not reject. `idle` is told whenever nothing waits or runs any more.
   */
  constructor(execute: (batch: readonly Waiting<J>[]) => Execution, idle: () => void) {
    this.#execute = execute;
    this.#idle = idle;
  }

  /** Calls with work waiting or under way. */
  get size(): number {
    return this.#queues.size;
  }

  add(job: J): void {
    const callIds = job.targets();
    if (callIds === null) {
      job.dropped();
      return;
    }
    const waiting = { job, callIds: [...new Set(callIds)] };
    for (const callId of waiting.callIds) this.#queue(callId).waiting.push(waiting);
    this.#pump(waiting.callIds);
  }

  #queue(callId: string): Queue<J> {
    let queue = this.#queues.get(callId);
    if (queue === undefined) {
      queue = { waiting: [], head: 0, busy: false };
      this.#queues.set(callId, queue);
    }
    return queue;
  }

  /** Starts whatever can start in these queues. */
  #pump(callIds: Iterable<string>): void {
    const todo = [...callIds];
    for (let callId = todo.pop(); callId !== undefined; callId = todo.pop()) {
      const queue = this.#queues.get(callId);
      if (queue === undefined || queue.busy) continue;
      const first = queue.waiting[queue.head];
      if (first === undefined) {
        this.#queues.delete(callId);
        if (this.#queues.size === 0) this.#idle();
        continue;
      }
      if (!first.callIds.every((id) => this.#isFirst(id, first))) continue;
      if (!stillMeans(first)) {
        // Its leg or its conference is elsewhere by now: it goes to the end of the queue there.
        for (const id of first.callIds) this.#take(id);
        todo.push(...first.callIds);
        this.add(first.job);
      } else this.#start(callId, queue, first);
    }
  }

  #isFirst(callId: string, waiting: Waiting<J>): boolean {
    const queue = this.#queues.get(callId);
    return queue !== undefined && !queue.busy && queue.waiting[queue.head] === waiting;
  }

  /** Runs a batch from the front of one queue. */
  #start(callId: string, queue: Queue<J>, first: Waiting<J>): void {
    const callIds = new Set(first.callIds);
    const batch = [first];
    for (let at = queue.head + 1; batch.length < largestBatch; at++) {
      const next = queue.waiting[at];
      if (next === undefined || !stillMeans(next)) break;
      // Its other calls, if any, must be free for it and new to the batch.
      const free = next.callIds.every((id) => id === callId || (!callIds.has(id) && this.#isFirst(id, next)));
      if (!free) break;
      for (const id of next.callIds) callIds.add(id);
      batch.push(next);
    }
    for (const id of callIds) this.#queue(id).busy = true;
    const { used, finished } = this.#execute(batch);
    for (let at = 0; at < used; at++) for (const id of batch[at]!.callIds) this.#take(id);
    const release = () => {
      for (const id of callIds) this.#queue(id).busy = false;
      this.#pump(callIds);
    };
    if (finished === null) release();
    else void finished.then(release);
  }

  #take(callId: string): void {
    const queue = this.#queue(callId);
    queue.head += 1;
    if (queue.head < queue.waiting.length && queue.head <= 1024) return;
    queue.waiting.splice(0, queue.head);
    queue.head = 0;
  }
}

function stillMeans<J extends Job>(waiting: Waiting<J>): boolean {
  const targets = waiting.job.targets();
  if (targets === null) return false;
  const now = new Set(targets);
  return now.size === waiting.callIds.length && waiting.callIds.every((id) => now.has(id));
}
