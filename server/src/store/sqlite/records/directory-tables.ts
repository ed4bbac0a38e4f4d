import type { Insertable, Kysely } from 'kysely';
import type { Clock } from '../../../base/clock.ts';
import type { DirectoryRecords, LockoutRecord, RecordsToApply } from '../../../directory/records.ts';
import type { DirectoryStore } from '../../store.ts';
import type { Tables } from '../tables.ts';
import { type GroupWriter, stepOf, type WriteStep } from '../threads/writer.ts';
import type { SqlValue } from '../threads/writer-messages.ts';
import {
  appOf,
  appRow,
  conferenceOf,
  conferenceRow,
  dialRuleOf,
  extensionOf,
  extensionRow,
  lockoutOf,
  lockoutRow,
  trunkOf,
  trunkRow,
  userOf,
  userRow,
} from './directory-rows.ts';

/** The directory's records, each a row under its own key. */
export class SqliteDirectoryTables implements DirectoryStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #puts = new Map<string, string>();

  constructor(db: Kysely<Tables>, writer: GroupWriter, clock: Clock) {
    this.#db = db;
    this.#writer = writer;
    this.#clock = clock;
  }

  async load(): Promise<DirectoryRecords> {
    const db = this.#db;
    const [organizations, users, extensions, conferences, apps, trunks, dialPlan] = await Promise.all([
      db.selectFrom('organization').select(['id', 'name', 'prefix']).orderBy('applied').orderBy('id').execute(),
      db.selectFrom('user').selectAll().orderBy('applied').orderBy('organization_id').orderBy('id').execute(),
      db.selectFrom('extension').selectAll().orderBy('applied').orderBy('id').execute(),
      db.selectFrom('conference').selectAll().orderBy('applied').orderBy('id').execute(),
      db.selectFrom('app').selectAll().orderBy('applied').orderBy('key').execute(),
      db.selectFrom('trunk').selectAll().orderBy('applied').orderBy('name').execute(),
      db.selectFrom('dial_rule').selectAll().orderBy('position').execute(),
    ]);
    return {
      organizations,
      users: users.map(userOf),
      extensions: extensions.map(extensionOf),
      conferences: conferences.map(conferenceOf),
      apps: apps.map(appOf),
      trunks: trunks.map(trunkOf),
      dialPlan: dialPlan.map(dialRuleOf),
    };
  }

  async apply(records: RecordsToApply): Promise<void> {
    const applied = this.#clock.now();
    const steps: WriteStep[] = [
      ...records.organizations.map(({ id, name, prefix }) =>
        this.#put('organization', ['id'], { id, name, prefix, applied }),
      ),
      ...records.users.map((user) => this.#put('user', ['organization_id', 'id'], userRow(user, applied))),
      ...records.extensions.map((extension) => this.#put('extension', ['id'], extensionRow(extension, applied))),
      ...records.conferences.map((conference) => this.#put('conference', ['id'], conferenceRow(conference, applied))),
      ...records.apps.map((app) => this.#put('app', ['key'], appRow(app, applied))),
      ...records.trunks.map((trunk) => this.#put('trunk', ['name'], trunkRow(trunk, applied))),
    ];
    if (records.dialPlan !== null) {
      steps.push(stepOf(this.#db.deleteFrom('dial_rule')));
      records.dialPlan.forEach(({ match, trunk, strip, prepend }, position) => {
        const row = { position, match, trunk, strip, prepend };
        steps.push(stepOf(this.#db.insertInto('dial_rule').values(row)));
      });
    }
    if (steps.length > 0) await this.#writer.write(steps);
  }

  async savePasswordHash(organizationId: number, userId: number, passwordHash: string): Promise<void> {
    const user = this.#db.updateTable('user').set({ password_hash: passwordHash });
    await this.#writer.write([stepOf(user.where('organization_id', '=', organizationId).where('id', '=', userId))]);
  }

  async lockouts(): Promise<LockoutRecord[]> {
    const rows = await this.#db.selectFrom('lockout').selectAll().execute();
    return rows.map(lockoutOf);
  }

  async saveLockout(record: LockoutRecord): Promise<void> {
    const row = lockoutRow(record);
    const step =
      record.failures === 0
        ? stepOf(
            this.#db
              .deleteFrom('lockout')
              .where('conference_id', '=', row.conference_id)
              .where('caller_key', '=', row.caller_key),
          )
        : this.#put('lockout', ['conference_id', 'caller_key'], row);
    await this.#writer.write([step]);
  }

  /**
   * Inserts the row, or replaces the one with the same key. All rows of a table have the same columns in the same
   * order, so that its statement is compiled once: there may be tens of thousands of them at a start.
   */
  #put<Name extends keyof Tables>(
    table: Name,
    key: readonly (keyof Tables[Name] & string)[],
    row: Insertable<Tables[Name]>,
  ): WriteStep {
    let sql = this.#puts.get(table);
    if (sql === undefined) {
      const query = this.#db
        .insertInto(table)
        .values(row)
        .onConflict((conflict) =>
          conflict
            .columns(key as never)
            .doUpdateSet(((of: { ref(name: string): unknown }) =>
              Object.fromEntries(Object.keys(row).map((column) => [column, of.ref(`excluded.${column}`)]))) as never),
        );
      sql = query.compile().sql;
      this.#puts.set(table, sql);
    }
    return { sql, parameters: Object.values(row) as SqlValue[] };
  }
}
