import type { DirectoryRecords, LockoutRecord, RecordsToApply } from '../base/provisioning.ts';
import type { WebhookStore } from '../base/webhook-records.ts';
import type { CallStore } from '../call/ports.ts';

/** What the directory is made from, kept between starts. */
export interface DirectoryStore {
  /** In the order in which they were last applied, the latest last: where two claim the same number or login, the latest has it. */
  load(): Promise<DirectoryRecords>;
  /** All or nothing; doing it twice changes nothing. */
  apply(records: RecordsToApply): Promise<void>;
  lockouts(): Promise<LockoutRecord[]>;
  /** Replaces the count of the same conference and caller; one without failures is dropped. */
  saveLockout(record: LockoutRecord): Promise<void>;
}

/** A token given out, without the token: who has a copy of the store can use none of them. Times are ms since the epoch. */
export interface StoredToken {
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  readonly kind: 'access' | 'refresh' | 'code';
  /** All that came from one consent or one request, through every refresh: revoked together. */
  readonly family: string;
  readonly appKey: string;
  readonly organizationId: number;
  readonly userId: number;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly redirectUri: string | null;
  readonly userAgent: string;
}

/** OAuth tokens. Every change is durable when resolved. */
export interface TokenStore {
  /** All or none; replaces one with the same hash. */
  save(tokens: readonly StoredToken[]): Promise<void>;
  /** Those that have not expired at `now`, oldest first. */
  load(now: number): Promise<StoredToken[]>;
  remove(which: { readonly hash: string } | { readonly appKey: string } | { readonly family: string }): Promise<void>;
  /** Drops what has expired at `now`. */
  prune(now: number): Promise<void>;
}

/** What is known of a request that named a key of its own. */
export type KnownRequest =
  | { readonly state: 'new' }
  /** Begun before (`at`, ms since the epoch) and not answered, or not yet. */
  | { readonly state: 'begun'; readonly fingerprint: string; readonly at: number }
  | { readonly state: 'done'; readonly fingerprint: string; readonly status: number; readonly body: string };

/** Requests that must not be done twice. Every change is durable when resolved. */
export interface IdempotencyStore {
  /** Exactly one of any number of callers with the same scope and key gets `new`, and from then on the request is known. */
  begin(request: {
    readonly scope: string;
    readonly key: string;
    readonly fingerprint: string;
    /** ms since the epoch. */
    readonly at: number;
  }): Promise<KnownRequest>;
  finish(answer: {
    readonly scope: string;
    readonly key: string;
    readonly status: number;
    readonly body: string;
  }): Promise<void>;
  /** As if it had never begun. */
  forget(which: { readonly scope: string; readonly key: string }): Promise<void>;
  /** Drops what began before. */
  prune(before: number): Promise<void>;
}

/** One place where everything is kept. `contract.ts` says what each implementation must do. */
export interface Store {
  readonly calls: CallStore;
  readonly directory: DirectoryStore;
  readonly tokens: TokenStore;
  readonly idempotency: IdempotencyStore;
  readonly webhooks: WebhookStore;
  /** 32 random bytes under this name, made when first asked for and the same ever after. */
  salt(name: string): Promise<Buffer>;
  /** How much is waiting to be written, and what was written since the start. */
  counters(): { readonly waiting: number; readonly appends: number; readonly commits: number; readonly failed: number };
  /** Resolves when everything appended before is durable. Later appends reject. Doing it twice does nothing. */
  close(): Promise<void>;
}
