import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { after, test } from 'node:test';
import { Kysely } from 'kysely';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { sqliteDialect } from '../dialect.ts';
import { SqliteRequestTable } from '../records/request-table.ts';
import { SqliteTokenTable } from '../records/token-table.ts';
import { SqliteWebhookTables } from '../records/webhook-tables.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import type { Tables } from '../tables.ts';
import type { GroupWriter, WriteStep } from '../threads/writer.ts';
import { rowsPerDelete } from './parted-deletes.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-deletes-'));
await (await openSqliteStore({ folder, clock: new VirtualClock() })).close();
const database = new DatabaseSync(join(folder, 'partyline.db'));
const db = new Kysely<Tables>({ dialect: sqliteDialect(database) });

/** Writes in this thread, and notes how many rows each job changes and how it finds them. */
const jobs: { readonly rows: number; readonly plan: string }[] = [];
const writer = {
  async write(steps: readonly WriteStep[]) {
    let rows = 0;
    const plans: string[] = [];
    for (const { sql, parameters } of steps) {
      plans.push(
        ...database
          .prepare(`explain query plan ${sql}`)
          .all(...parameters)
          .map((step) => String(step['detail'])),
      );
      const before = Number(database.prepare('select total_changes() as n').get()?.['n']);
      database.prepare(sql).run(...(parameters as SQLInputValue[]));
      rows += Number(database.prepare('select total_changes() as n').get()?.['n']) - before;
    }
    jobs.push({ rows, plan: plans.join('\n') });
  },
} as unknown as GroupWriter;

after(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true, force: true });
});

const count = 1700;

function fill(insert: string, rowOf: (at: number) => SQLInputValue[]): void {
  const statement = database.prepare(insert);
  database.exec('begin');
  for (let at = 0; at < count; at++) statement.run(...rowOf(at));
  database.exec('commit');
  jobs.length = 0;
}

function fillTokens(): void {
  const insert = 'insert or replace into token values (?, ?, ?, ?, ?, 3, 12, 1, ?, null, ?, null)';
  fill(insert, (at) => [`hash${at}`, 'access', 'f', 'app', 'mark', at, '']);
}

function fillDeliveries(): void {
  const columns =
    'number, id, organization_id, extension_id, type, url, method, enabled, note, since, created_at, modified_at';
  database.exec(
    `insert or replace into webhook_subscription (${columns}) values (1,'s','3','3-1',1,'','get',1,'',0,1,1)`,
  );
  const insert =
    "insert into webhook_delivery (lane, subscription_id, order_key, at, fields) values ('l', 's', 'o', 1, '')";
  fill(insert, () => []);
}

const left = (table: string) => Number(database.prepare(`select count(*) as n from ${table}`).get()?.['n']);

test('no job of the writer thread deletes more than one part, however much is to go, and none reads a whole table', async () => {
  const tokens = new SqliteTokenTable(db, writer);
  const requests = new SqliteRequestTable(db, writer);
  const webhooks = new SqliteWebhookTables(db, writer);
  const positions = () =>
    database
      .prepare('select position from webhook_delivery')
      .all()
      .map((row) => Number(row['position']));
  const deletes: [string, string, number, () => void, () => Promise<unknown>][] = [
    ['expired tokens', 'token', 0, fillTokens, () => tokens.prune(count)],
    ['tokens that have not expired stay', 'token', 100, fillTokens, () => tokens.prune(count - 101)],
    ['tokens of an app', 'token', 0, fillTokens, () => tokens.remove({ appKey: 'app' })],
    ['tokens of a family', 'token', 0, fillTokens, () => tokens.remove({ family: 'f' })],
    [
      'old requests',
      'known_request',
      10,
      () =>
        fill("insert into known_request values ('s', ?, '', ?, 200, '')", (at) => [`key${(at * 7919) % count}`, at]),
      () => requests.prune(count - 10),
    ],
    ['what waits for a subscription', 'webhook_delivery', 0, fillDeliveries, () => webhooks.removeSubscriptions(['s'])],
    [
      'the oldest of a lane',
      'webhook_delivery',
      30,
      fillDeliveries,
      () => webhooks.dropOldest({ lane: 'l', keep: 30 }),
    ],
    ['what has been delivered', 'webhook_delivery', 0, fillDeliveries, () => webhooks.finish(positions())],
  ];
  for (const [what, table, stays, prepare, remove] of deletes) {
    database.exec(`delete from ${table}`);
    prepare();
    assert.equal(left(table), count, what);
    await remove();
    assert.equal(left(table), stays, what);
    assert.ok(jobs.length >= Math.floor(count / rowsPerDelete), `${what}: ${jobs.length} jobs`);
    for (const { rows, plan } of jobs) {
      assert.ok(rows <= rowsPerDelete, `${what}: ${rows} rows in one job`);
      assert.ok(!/SCAN (token|known_request|webhook_delivery)/.test(plan), `${what}: ${plan}`);
    }
  }
});
