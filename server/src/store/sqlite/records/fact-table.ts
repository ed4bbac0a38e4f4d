import type { Kysely } from 'kysely';
import type { Fact, FactChange, FactStore } from '../../../base/facts.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf, type WriteStep } from '../threads/writer.ts';

/** Facts, a row each. */
export class SqliteFactTable implements FactStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #put: string;
  readonly #delete: string;

  constructor(db: Kysely<Tables>, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
    this.#put = putSql(db);
    this.#delete = db.deleteFrom('fact').where('kind', '=', '').where('key', '=', '').compile().sql;
  }

  async load(now: number): Promise<Fact[]> {
    await this.#writer.write([stepOf(this.#db.deleteFrom('fact').where('expires_at', '<=', now))]);
    const rows = await this.#db.selectFrom('fact').selectAll().execute();
    return rows.map(({ kind, key, data, expires_at }) => ({ kind, key, data, expiresAt: expires_at }));
  }

  async change(changes: readonly FactChange[]): Promise<void> {
    if (changes.length > 0) await this.#writer.write(changes.map((change) => this.#step(change)));
  }

  #step({ kind, key, data, expiresAt }: FactChange): WriteStep {
    if (data === null) return { sql: this.#delete, parameters: [kind, key] };
    return { sql: this.#put, parameters: [kind, key, data, expiresAt] };
  }
}

/** Compiled once, with stand-ins; the parameters are kind, key, data and the end. */
function putSql(db: Kysely<Tables>): string {
  return db
    .insertInto('fact')
    .values({ kind: '', key: '', data: '', expires_at: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'key'])
        .doUpdateSet((of) => ({ data: of.ref('excluded.data'), expires_at: of.ref('excluded.expires_at') })),
    )
    .compile().sql;
}
