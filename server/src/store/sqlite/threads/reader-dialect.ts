import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Tables } from '../tables.ts';
import type { ListReader } from './reader.ts';
import type { SqlValue } from './writer-messages.ts';

/** The tables for one who asks for lists: an organization by its id, or another name. */
export type Lists = (asker: string) => Kysely<Tables>;

/** Who asks where no organization is known. */
export const anybody = '';

/** Who asks for what live clients of an organization need: not after its lists, as those of all others wait for it. */
export const liveClients = 'live clients';

/** kysely over the reader thread, for each who asks. */
export function listsBy(reader: ListReader): Lists {
  return (asker) => new Kysely({ dialect: readerDialect(reader, asker) });
}

/** kysely's own lets one query at a time through, and all others wait there, any number for any time. */
class ReaderAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** Each query is a statement of its own, and nothing is written. */
function readerDialect(reader: ListReader, asker: string): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      return { rows: (await reader.read(asker, sql, parameters as readonly SqlValue[])) as Row[] };
    },
    streamQuery: refuse,
  };
  return {
    createAdapter: () => new ReaderAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => {},
      acquireConnection: async () => connection,
      beginTransaction: refuse,
      commitTransaction: refuse,
      rollbackTransaction: refuse,
      releaseConnection: async () => {},
      destroy: async () => {},
    }),
  };
}

function refuse(): never {
  throw new Error('lists are read without transactions and without streams');
}
