import type { Kysely } from 'kysely';
import { StoreError } from '../store-error.ts';
import * as foundation from './migrations/0001-foundation.ts';
import * as inviteByPhone from './migrations/0002-invite-by-phone.ts';
import * as facts from './migrations/0003-facts.ts';
import * as signedWebhooks from './migrations/0004-signed-webhooks.ts';
import * as phoneCalls from './migrations/0005-phone-calls.ts';
import * as streams from './migrations/0006-streams.ts';
import * as phoneCallChanges from './migrations/0007-phone-call-changes.ts';
import * as attempts from './migrations/0008-attempts.ts';
import * as directoryOrigins from './migrations/0009-directory-origins.ts';
import * as phoneCallGroups from './migrations/0010-phone-call-groups.ts';
import type { Tables } from './tables.ts';

/** In order; a number is never used twice and a released migration never changes. */
const migrations: readonly { number: number; name: string; up: (db: Kysely<unknown>) => Promise<void> }[] = [
  { number: 1, name: 'foundation', up: foundation.up },
  { number: 2, name: 'invite-by-phone', up: inviteByPhone.up },
  { number: 3, name: 'facts', up: facts.up },
  { number: 4, name: 'signed-webhooks', up: signedWebhooks.up },
  { number: 5, name: 'phone-calls', up: phoneCalls.up },
  { number: 6, name: 'streams', up: streams.up },
  { number: 7, name: 'phone-call-changes', up: phoneCallChanges.up },
  { number: 8, name: 'attempts', up: attempts.up },
  { number: 9, name: 'directory-origins', up: directoryOrigins.up },
  { number: 10, name: 'phone-call-groups', up: phoneCallGroups.up },
];

/** The schema of this version, and what each step to it is called. */
export const schemaSteps: readonly { readonly number: number; readonly name: string }[] = migrations;

/**
 * Brings the schema up to this version, each step in a transaction of its own; `upTo`: to that of an earlier version,
 * for tests. Throws StoreError `newer` for one it does not know.
 */
export async function migrate(
  db: Kysely<Tables>,
  file: string,
  upTo: number = Number.POSITIVE_INFINITY,
): Promise<void> {
  await db.schema
    .createTable('migration')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .execute();
  const done = await db.selectFrom('migration').selectAll().orderBy('number').execute();
  refuseNewer(file, done);
  for (const { number, name, up } of migrations) {
    if (number > upTo || done.some((known) => known.number === number)) continue;
    await db.transaction().execute(async (transaction) => {
      await up(transaction as unknown as Kysely<unknown>);
      await transaction.insertInto('migration').values({ number, name }).execute();
    });
  }
}

/** Throws StoreError `newer` when one of the steps that a database has gone is not known here. */
export function refuseNewer(file: string, done: readonly { readonly number: number; readonly name: string }[]): void {
  const newest = migrations.at(-1)?.number ?? 0;
  const unknown = done.find(({ number }) => number > newest);
  if (unknown === undefined) return;
  const schema = `schema ${unknown.number} (${unknown.name})`;
  throw new StoreError(
    'newer',
    `${file} was written by a later version: it has ${schema}, this version knows ${newest}`,
  );
}
