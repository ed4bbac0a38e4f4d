import type { Kysely } from 'kysely';
import type { IdempotencyStore, KnownRequest } from '../../../api/idempotency/known-requests.ts';
import { deleteInParts } from '../pruning/parted-deletes.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf } from '../threads/writer.ts';

type Request = Parameters<IdempotencyStore['begin']>[0];

/**
 * Requests known by their key. One process owns the data folder, so two that begin at once meet here, not in the
 * database.
 */
export class SqliteRequestTable implements IdempotencyStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  /** Being stored now, by scope and key: resolves when that is done or has failed. */
  readonly #beginning = new Map<string, Promise<void>>();

  constructor(db: Kysely<Tables>, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async begin(request: Request): Promise<KnownRequest> {
    const name = JSON.stringify([request.scope, request.key]);
    for (;;) {
      const other = this.#beginning.get(name);
      if (other === undefined) break;
      await other;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#beginning.set(name, promise);
    try {
      const known = await this.#find(request);
      if (known !== null) return known;
      const { scope, key, fingerprint, at } = request;
      await this.#writer.write([
        stepOf(
          this.#db.insertInto('known_request').values({ scope, key, fingerprint, at, status: null, body: null }),
          1,
        ),
      ]);
      return { state: 'new' };
    } finally {
      this.#beginning.delete(name);
      resolve();
    }
  }

  async finish({ scope, key, status, body }: Parameters<IdempotencyStore['finish']>[0]): Promise<void> {
    const answer = this.#db.updateTable('known_request').set({ status, body });
    await this.#writer.write([stepOf(answer.where('scope', '=', scope).where('key', '=', key))]);
  }

  async forget({ scope, key }: { scope: string; key: string }): Promise<void> {
    const gone = this.#db.deleteFrom('known_request').where('scope', '=', scope).where('key', '=', key);
    await this.#writer.write([stepOf(gone)]);
  }

  async prune(before: number): Promise<void> {
    const old = this.#db.selectFrom('known_request').select(['scope', 'key']).where('at', '<', before);
    await deleteInParts(this.#writer, old, (some) =>
      this.#db
        .deleteFrom('known_request')
        .where((of) => of(of.refTuple('scope', 'key'), 'in', some.$asTuple('scope', 'key'))),
    );
  }

  async #find({ scope, key }: Request): Promise<KnownRequest | null> {
    const row = await this.#db
      .selectFrom('known_request')
      .selectAll()
      .where('scope', '=', scope)
      .where('key', '=', key)
      .executeTakeFirst();
    if (row === undefined) return null;
    const { fingerprint, at, status, body } = row;
    if (status === null || body === null) return { state: 'begun', fingerprint, at };
    return { state: 'done', fingerprint, status, body };
  }
}
