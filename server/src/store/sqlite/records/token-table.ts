import type { Expression, ExpressionBuilder, Kysely, Selectable, SqlBool } from 'kysely';
import type { StoredToken, TokenStore } from '../../../api/oauth/token-records.ts';
import { deleteInParts, rowsPerDelete } from '../pruning/parted-deletes.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf, type WriteStep } from '../threads/writer.ts';

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
    return rows.map(tokenOf);
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
    await deleteInParts(this.#writer, {
      part: this.#db.deleteFrom('token').where('hash', 'in', those.limit(rowsPerDelete)),
      left: () => those.limit(1).executeTakeFirst(),
    });
  }

  #put(token: StoredToken): WriteStep {
    const row = rowOf(token);
    const put = this.#db.insertInto('token').values(row);
    return stepOf(put.onConflict((conflict) => conflict.column('hash').doUpdateSet(row)));
  }
}

function rowOf(token: StoredToken): Selectable<Tables['token']> {
  return {
    hash: token.hash,
    kind: token.kind,
    family: token.family,
    app_key: token.appKey,
    secret_mark: token.secretMark,
    organization_id: token.organizationId,
    user_id: token.userId,
    issued_at: token.issuedAt,
    expires_at: token.expiresAt,
    redirect_uri: token.redirectUri,
    code_challenge: token.codeChallenge,
    user_agent: token.userAgent,
  };
}

function tokenOf(row: Selectable<Tables['token']>): StoredToken {
  return {
    hash: row.hash,
    kind: row.kind,
    family: row.family,
    appKey: row.app_key,
    secretMark: row.secret_mark,
    organizationId: row.organization_id,
    userId: row.user_id,
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    redirectUri: row.redirect_uri,
    codeChallenge: row.code_challenge,
    userAgent: row.user_agent,
  };
}
