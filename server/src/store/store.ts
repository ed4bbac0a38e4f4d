import type { IdempotencyStore } from '../api/idempotency/known-requests.ts';
import type { TokenStore } from '../api/oauth/token-records.ts';
import type { FactStore } from '../base/facts.ts';
import type { StreamEvent } from '../call/model/event-log.ts';
import type { CallStore } from '../call/ports.ts';
import type { DirectoryRecords, LockoutRecord, Origin, RecordRef, RecordsToApply } from '../directory/records.ts';
import type { WebhookStore } from '../push/webhooks/webhook-records.ts';

/** What is stored with records, all of it or nothing. */
export interface WithRecords {
  /** Who says what they are; by default the file. */
  readonly origin?: Origin;
  /** These go; nothing else goes with them. */
  readonly remove?: readonly RecordRef[];
  /** JSON by name; null: it goes. */
  readonly settings?: Readonly<Record<string, string | null>>;
  /** What the log says of it. */
  readonly events?: readonly StreamEvent[];
}

/** What the directory is made from, kept between starts. */
export interface DirectoryStore {
  /**
   * In the order in which they were last applied, the latest last: where two claim the same number or login, the latest
   * has it.
   */
  load(): Promise<DirectoryRecords>;
  /** All or nothing; doing it twice changes nothing. */
  apply(records: RecordsToApply, more?: WithRecords): Promise<void>;
  /** Those that are not from the file, each as `kind id`, and whose they are. */
  origins(): Promise<Map<string, Exclude<Origin, 'file'>>>;
  /** What was stored besides, by name. */
  settings(): Promise<Map<string, string>>;
  /** Replaces the password hash of a user, where there is that user. */
  savePasswordHash(organizationId: number, userId: number, passwordHash: string): Promise<void>;
  lockouts(): Promise<LockoutRecord[]>;
  /** Replaces the count of the same conference and caller; one without failures is dropped. */
  saveLockout(record: LockoutRecord): Promise<void>;
}

/** What is kept; null: without bound. Times are ms since the epoch. */
export interface Kept {
  /**
   * Logs of calls that ended at this time or later, and at most so many of the newest events (and those of running
   * calls).
   */
  readonly eventsFrom: number | null;
  readonly mostEvents: number | null;
  readonly recordsFrom: number | null;
  readonly mostRecords: number | null;
  readonly mostRequests: number | null;
}

/** What has been removed. */
export interface PruneCounts {
  readonly calls: number;
  readonly records: number;
  readonly requests: number;
}

/** One place where everything is kept. `contract.ts` says what each implementation must do. */
export interface Store {
  readonly calls: CallStore;
  readonly directory: DirectoryStore;
  readonly tokens: TokenStore;
  readonly idempotency: IdempotencyStore;
  readonly webhooks: WebhookStore;
  readonly facts: FactStore;
  /** 32 random bytes under this name, made when first asked for and the same ever after. */
  salt(name: string): Promise<Buffer>;
  /** Removes what is not to be kept, in small parts; running calls, and what webhooks have still to be told, stay. */
  prune(kept: Kept): Promise<PruneCounts>;
  /** Why nothing can be stored now, in one line; null: it can. Never rejects. */
  trouble(): Promise<string | null>;
  /** How much is waiting to be written, and what was written since the start. */
  counters(): { readonly waiting: number; readonly appends: number; readonly commits: number; readonly failed: number };
  /** Resolves when everything appended before is durable. Later appends reject. Doing it twice does nothing. */
  close(): Promise<void>;
}
