import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from 'kysely';
import type { StoredToken, TokenStore } from '../../../api/oauth/token-records.ts';
import { deleteInParts } from '../pruning/parted-deletes.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf, type WriteStep } from '../threads/writer.ts';
import { columnsOf } from './columns.ts';

const columns = columnsOf<Selectable<Tables['token']>>()({
  hash: 'hash',
  kind: 'kind',
  family: 'family',
  appKey: 'app_key',
  secretMark: 'secret_mark',
  organizationId: 'organization_id',
  userId: 'user_id',
  issuedAt: 'issued_at',
  expiresAt: 'expires_at',
  redirectUri: 'redirect_uri',
  codeChallenge: 'code_challenge',
  userAgent: 'user_agent',
});

export class SqliteTokenTable implements TokenStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;

  constructor(db: Kysely<Tables>, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async save(tokens: readonly StoredToken[]): Promise<void> {
    if (tokens.length > 0) await this.#writer.write(tokens.map((token) => this.#put(token)));
  }

  async replace(hash: string, tokens: readonly StoredToken[]): Promise<void> {
    const gone = stepOf(this.#db.deleteFrom('token').where('hash', '=', hash));
    await this.#writer.write([gone, ...tokens.map((token) => this.#put(token))]);
  }

  async load(now: number): Promise<StoredToken[]> {
    const rows = await this.#db
      .selectFrom('token')
      .selectAll()
      .where('expires_at', '>', now)
      .orderBy('issued_at')
      .orderBy('hash')
      .execute();
    return rows.map(columns.fromRow);
  }

  async remove(which: Parameters<TokenStore['remove']>[0]): Promise<void> {
    if ('hash' in which) {
      await this.#writer.write([stepOf(this.#db.deleteFrom('token').where('hash', '=', which.hash))]);
    } else if ('family' in which) {
      await this.#removeWhere((of) => of('family', '=', which.family));
    } else if ('userIds' in which) {
      const { organizationId, userIds } = which;
      await this.#removeWhere((of) =>
        of.and([of('organization_id', '=', organizationId), of('user_id', 'in', userIds)]),
      );
    } else {
      await this.#removeWhere((of) => of('app_key', '=', which.appKey));
    }
  }

  async prune(now: number): Promise<void> {
    await this.#removeWhere((of) => of('expires_at', '<=', now));
  }

  async #removeWhere(condition: (of: ExpressionBuilder<Tables, 'token'>) => Expression<SqlBool>): Promise<void> {
    const those = this.#db.selectFrom('token').select('hash').where(condition);
    await deleteInParts(this.#writer, those, (some) => this.#db.deleteFrom('token').where('hash', 'in', some));
  }

  #put(token: StoredToken): WriteStep {
    const row = columns.toRow(token);
    const put = this.#db.insertInto('token').values(row);
    return stepOf(put.onConflict((conflict) => conflict.column('hash').doUpdateSet(row)));
  }
}
