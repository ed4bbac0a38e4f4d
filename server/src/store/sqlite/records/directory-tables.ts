import { type Insertable, type Kysely, sql } from 'kysely';
import type { Clock } from '../../../base/clock.ts';
import type { StreamEvent } from '../../../call/model/event-log.ts';
import type {
  DirectoryRecords,
  LockoutRecord,
  Origin,
  RecordKind,
  RecordRef,
  RecordsToApply,
} from '../../../directory/records.ts';
import type { DirectoryStore, WithRecords } from '../../store.ts';
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

/** Where records of each kind are, and what each is known by there. */
const places: Readonly<Record<RecordKind, { readonly table: keyof Tables; readonly key: readonly string[] }>> = {
  organization: { table: 'organization', key: ['id'] },
  user: { table: 'user', key: ['organization_id', 'id'] },
  extension: { table: 'extension', key: ['id'] },
  conference: { table: 'conference', key: ['id'] },
  app: { table: 'app', key: ['key'] },
  trunk: { table: 'trunk', key: ['name'] },
};

/** The directory's records, each a row under its own key. */
export class SqliteDirectoryTables implements DirectoryStore {
  readonly #db: Kysely<Tables>;
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #log: (events: readonly StreamEvent[]) => WriteStep[];
  readonly #puts = new Map<string, string>();

  /** `log`: what stores events. */
  constructor(
    db: Kysely<Tables>,
    writer: GroupWriter,
    clock: Clock,
    log: (events: readonly StreamEvent[]) => WriteStep[],
  ) {
    this.#log = log;
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

  async apply(records: RecordsToApply, more: WithRecords = {}): Promise<void> {
    const { origin = 'file', remove = [], settings = {}, events = [] } = more;
    const stamp = { applied: this.#clock.now(), origin };
    const steps: WriteStep[] = [
      ...remove.map((ref) => this.#gone(ref)),
      ...records.organizations.map(({ id, name, prefix }) =>
        this.#put('organization', ['id'], { id, name, prefix, ...stamp }),
      ),
      ...records.users.map((user) => this.#put('user', ['organization_id', 'id'], userRow(user, stamp))),
      ...records.extensions.map((extension) => this.#put('extension', ['id'], extensionRow(extension, stamp))),
      ...records.conferences.map((conference) => this.#put('conference', ['id'], conferenceRow(conference, stamp))),
      ...records.apps.map((app) => this.#put('app', ['key'], appRow(app, stamp))),
      ...records.trunks.map((trunk) => this.#put('trunk', ['name'], trunkRow(trunk, stamp))),
    ];
    if (records.dialPlan !== null) {
      steps.push(stepOf(this.#db.deleteFrom('dial_rule')));
      records.dialPlan.forEach(({ match, trunk, strip, prepend, id = null }, position) => {
        const row = { position, match, trunk, strip, prepend, id };
        steps.push(stepOf(this.#db.insertInto('dial_rule').values(row)));
      });
    }
    for (const [name, value] of Object.entries(settings)) {
      steps.push(
        value === null
          ? stepOf(this.#db.deleteFrom('directory_setting').where('name', '=', name))
          : this.#put('directory_setting', ['name'], { name, value }),
      );
    }
    steps.push(...this.#log(events));
    if (steps.length > 0) await this.#writer.write(steps);
  }

  async origins(): Promise<Map<string, Exclude<Origin, 'file'>>> {
    const origins = new Map<string, Exclude<Origin, 'file'>>();
    for (const [kind, { table, key }] of Object.entries(places)) {
      const columns = sql.join(
        key.map((column) => sql.ref(column)),
        sql` || '-' || `,
      );
      const { rows } = await sql<{ id: string; origin: Exclude<Origin, 'file'> }>`
        select cast(${columns} as text) as id, origin from ${sql.table(table)} where origin <> 'file'
      `.execute(this.#db);
      for (const { id, origin } of rows) origins.set(`${kind} ${id}`, origin);
    }
    return origins;
  }

  async settings(): Promise<Map<string, string>> {
    const rows = await this.#db.selectFrom('directory_setting').selectAll().execute();
    return new Map(rows.map(({ name, value }) => [name, value]));
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

  #gone({ kind, id }: RecordRef): WriteStep {
    const { table, key } = places[kind];
    const [organization = '', user = ''] = id.split('-');
    const parameters =
      kind === 'user' ? [Number(organization), Number(user)] : kind === 'organization' ? [Number(id)] : [id];
    const where = key.map((column) => `"${column}" = ?`).join(' and ');
    return { sql: `delete from "${table}" where ${where}`, parameters };
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
