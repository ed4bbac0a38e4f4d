import type { Clock, Timer } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import type { Store } from '../store/store.ts';
import type { RecordingRetention } from './recording-retention.ts';
import { SettledTime } from './settled-time.ts';

const firstMs = 60_000;
const everyMs = 10 * 60_000;

export interface RetentionOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'prune'>;
  readonly recordings: Pick<RecordingRetention, 'prune' | 'close'>;
  /** What else is kept of calls as long as their log: removes what is older than that, ms since the epoch. */
  readonly seen: { prune(before: number): Promise<void> };
  readonly retention: Config['retention'];
}

/** Has what is too old or too much removed, a minute after the start and every ten minutes, never twice at a time. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #time: SettledTime;
  #timer: Timer;
  #closed = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#time = new SettledTime(options.clock);
    this.#timer = this.#in(firstMs);
  }

  close(): void {
    this.#closed = true;
    this.#options.recordings.close();
    this.#timer.cancel();
  }

  #in(ms: number): Timer {
    return this.#options.clock.setTimer(ms, () => void this.#prune());
  }

  async #prune(): Promise<void> {
    await this.#pruneStore();
    await this.#pruneRecordings();
    await this.#pruneSeen();
    if (!this.#closed) this.#timer = this.#in(everyMs);
  }

  async #pruneStore(): Promise<void> {
    const { log, store, retention } = this.#options;
    const now = this.#time.now();
    const since = (age: number | null) => (age === null ? null : now - age);
    try {
      const gone = await store.prune({
        eventsFrom: since(retention.logMs),
        mostEvents: retention.logEvents,
        recordsFrom: since(retention.recordsMs),
        mostRecords: retention.recordsMost,
        mostRequests: retention.requestKeysMost,
      });
      if (gone.calls + gone.records + gone.requests > 0) log.info(gone, 'what was kept long enough was removed');
    } catch (error) {
      if (!this.#closed) log.warn({ err: error }, 'old calls could not be removed; it is tried again');
    }
  }

  async #pruneSeen(): Promise<void> {
    const { log, retention, seen } = this.#options;
    if (this.#closed || retention.logMs === null) return;
    try {
      await seen.prune(this.#time.now() - retention.logMs);
    } catch (error) {
      if (!this.#closed) log.warn({ err: error }, 'old traces could not be removed; it is tried again');
    }
  }

  async #pruneRecordings(): Promise<void> {
    if (this.#closed) return;
    const { log, recordings, retention } = this.#options;
    try {
      const gone = await recordings.prune({ ageMs: retention.recordingsMs, bytes: retention.recordingsBytes });
      if (gone > 0) log.info({ recordings: gone }, 'what was kept long enough was removed');
    } catch (error) {
      if (!this.#closed) log.warn({ err: error }, 'old recordings could not be removed; it is tried again');
    }
  }
}
