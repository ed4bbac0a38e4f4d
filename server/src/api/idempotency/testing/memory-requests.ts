import type { IdempotencyStore, KnownRequest } from '../known-requests.ts';

/** Keeps known requests for as long as it lives. For tests. */
export class MemoryRequests implements IdempotencyStore {
  readonly rows = new Map<string, { fingerprint: string; at: number; status?: number; body?: string }>();
  async begin({ scope, key, fingerprint, at }: Parameters<IdempotencyStore['begin']>[0]): Promise<KnownRequest> {
    const row = this.rows.get(`${scope} ${key}`);
    if (row === undefined) {
      this.rows.set(`${scope} ${key}`, { fingerprint, at });
      return { state: 'new' };
    }
    if (row.status === undefined) return { state: 'begun', fingerprint: row.fingerprint, at: row.at };
    return { state: 'done', fingerprint: row.fingerprint, status: row.status, body: row.body ?? '' };
  }
  async finish({ scope, key, status, body }: Parameters<IdempotencyStore['finish']>[0]) {
    Object.assign(this.rows.get(`${scope} ${key}`) ?? {}, { status, body });
  }
  async forget({ scope, key }: Parameters<IdempotencyStore['forget']>[0]) {
    this.rows.delete(`${scope} ${key}`);
  }
  async prune(before: number) {
    for (const [name, { at }] of this.rows) if (at < before) this.rows.delete(name);
  }
}
