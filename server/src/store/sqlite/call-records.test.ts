import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { after, test } from 'node:test';
import { type CompiledQuery, Kysely } from 'kysely';
import { systemClock } from '../../base/clock.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { CallRecord } from '../../call/model/call-record.ts';
import type { PhoneCallQuery } from '../../call/model/phone-call-record.ts';
import { eventOf, recordOf } from '../testing/contract-places.ts';
import { SqliteCallLog } from './call-log.ts';
import { sqliteDialect } from './dialect.ts';
import { ListFunctions } from './phone-calls/list-functions.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Tables } from './tables.ts';
import type { GroupWriter } from './threads/writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-records-'));
const records = 3000;
const store = await openSqliteStore({ folder, clock: new VirtualClock() });
for (let at = 0; at < records; at += 500) {
  const some = Array.from({ length: 500 }, (_, index): CallRecord => {
    const record = recordOf(`r${at + index}`, `c${at + index}`);
    const from = { ...record.from, extensionId: (at + index) % 1000 === 0 ? '3-rare' : '3-often' };
    return {
      ...record,
      from,
      startedAt: at + index,
      callEnteredAt: at + index,
      answeredAt: null,
      endedAt: at + index + 1,
    };
  });
  await store.calls.append([eventOf(`call${at}`, 1)], some);
}
await store.close();

// The same file once more, with every statement noted.
const database = new DatabaseSync(join(folder, 'partyline.db'));
new ListFunctions(database, systemClock);
const asked: CompiledQuery[] = [];
const db = new Kysely<Tables>({
  dialect: sqliteDialect(database),
  log: ({ query }) => void asked.push(query),
});
const log = new SqliteCallLog(db, null as unknown as GroupWriter);

after(async () => {
  await db.destroy();
  rmSync(folder, { recursive: true, force: true });
});

/** What SQLite does for each statement that `question` makes. */
async function plansOf(question: () => Promise<unknown>): Promise<string[]> {
  asked.length = 0;
  await question();
  return asked.map(({ sql, parameters }) => {
    const steps = database.prepare(`explain query plan ${sql}`).all(...(parameters as SQLInputValue[]));
    return steps.map((step) => String(step['detail'])).join('\n');
  });
}

const organizationId = '3';

test('every list of records is read through the index that narrows it most, in order, and no further than its page', async () => {
  for (const order of ['ascending', 'descending'] as const) {
    for (const page of [{}, { after: 'r700' }, { offset: 20 }]) {
      const ofCall = await plansOf(() => log.records({ organizationId, callId: 'c777', order, ...page }));
      for (const plan of ofCall) assert.match(plan, /INDEX (call_record_call |sqlite_autoindex_call_record_)/);
      const ofAll = await plansOf(() => log.records({ organizationId, order, limit: 7, ...page }));
      for (const plan of ofAll.filter((one) => !one.includes('sqlite_autoindex'))) {
        assert.match(plan, /^SEARCH call_record USING INDEX call_record_organization \(organization_id=\?[^)]*\)$/);
      }
      assert.ok(asked.at(-1)!.parameters.includes(7), 'limited by SQLite');
    }
  }
});

test('recordings of one call, and one recording, are found by themselves', async () => {
  const ofCall = await plansOf(() => log.recordings({ organizationId, callId: 'c1', limit: 9, before: 100 }));
  assert.match(ofCall.join(), /^SEARCH recording USING INDEX recording_call \(call_id=\? AND number<\?\)$/);
  const one = await plansOf(() => log.recordings({ organizationId, recordingId: 'x', limit: 1 }));
  assert.match(one.join(), /^SEARCH recording USING INDEX sqlite_autoindex_recording_1 \(id=\?\)$/);
  const all = await plansOf(() => log.recordings({ organizationId, limit: 9 }));
  assert.match(all.join(), /^SEARCH recording USING INDEX recording_organization \(organization_id=\?\)$/);
});

const everything: PhoneCallQuery = {
  organizationId,
  prefix: '0003',
  extensionIds: null,
  from: 0,
  to: null,
  order: 'descending',
  offset: 0,
  limit: 20,
};

test('a page of phone calls is read in order through an index, and counted by the hour', async () => {
  const hour = 3_600_000;
  for (const extensionIds of [null, ['3-rare'], ['3-rare', '3-often', '3-211']]) {
    for (const change of [{}, { from: hour / 2, to: 9 * hour }, { outcome: 'answered' }, { offset: 900 }] as const) {
      const query: PhoneCallQuery = { ...everything, extensionIds, ...change };
      const plans = await plansOf(() => log.phoneCallPage({ ...query }));
      const text = plans.join('\n');
      assert.doesNotMatch(text, /SCAN (phone_call|phone_call_between|phone_call_member|phone_call_tally)\b/, text);
      assert.doesNotMatch(text, /TEMP B-TREE FOR (ORDER BY|DISTINCT)/, text);
      assert.match(
        plans[0]!,
        /SEARCH phone_call_tally USING PRIMARY KEY \(organization_id=\? AND members=\? AND hour>\?/,
      );
      const lists = plans.slice(1).join('\n');
      if (extensionIds === null)
        assert.match(text, /phone_call USING (COVERING )?INDEX phone_call_(published|manifold)|^$/);
      else assert.doesNotMatch(lists.replaceAll(/phone_call_manifold/g, ''), /phone_call_published/);
    }
  }
});

test('the phone calls of a page are found by their ids', async () => {
  const ids = ['c1', 'leg-r2', ...Array.from({ length: 98 }, (_, at) => `leg-r${at}`)];
  const plans = await plansOf(() => log.phoneCalls({ organizationId, extensionIds: null, ids }));
  assert.match(plans[0] ?? '', /^SEARCH phone_call USING INDEX sqlite_autoindex_phone_call_1 \(id=\?\)$/);
  assert.match(plans[1] ?? '', /^SEARCH phone_call_between USING PRIMARY KEY \(call_number=\?\)/);
});

test('phone calls of a number are found by the end of the number', async () => {
  for (const extensionIds of [null, ['3-rare']]) {
    for (const values of [['0003*15000'], ['+12025550110', '2025550111', '1']]) {
      const source = [{ op: 'inArray' as const, values }];
      const plans = await plansOf(() => log.phoneCallPage({ ...everything, extensionIds, source }));
      for (const plan of plans)
        assert.match(
          plan,
          /INDEX phone_call_between_source \(organization_id=\? AND source_tail=\? AND published>\?\)/,
        );
    }
  }
});

test('what takes too long to read is refused, and what comes after it is answered', async () => {
  const again = await openSqliteStore({ folder, clock: systemClock });
  const slow = [{ op: 'contains' as const, values: ['no such number'] }];
  const page = await again.calls.phoneCallPage({ ...everything, source: slow });
  assert.equal(page.total, 0);
  const functions = new ListFunctions(database, systemClock);
  functions.giveTime(-1);
  await assert.rejects(log.phoneCallPage({ ...everything, source: slow }), /the time is over/);
  functions.giveTime(10_000);
  assert.equal((await log.phoneCallPage(everything)).total, records);
  await again.close();
});

test('with its records a phone call goes, and is counted no more', async () => {
  const writing = new DatabaseSync(join(folder, 'partyline.db'));
  writing.exec('delete from call_record where number <= 2990');
  assert.equal((await log.phoneCallPage(everything)).total, 10);
  writing.exec('delete from call_record');
  for (const table of [
    'phone_call',
    'phone_call_between',
    'phone_call_member',
    'phone_call_tally',
    'phone_call_group',
  ]) {
    assert.deepEqual(
      writing.prepare(`select count(*) as left from ${table}`).get(),
      Object.assign(Object.create(null), { left: 0 }),
      table,
    );
  }
  writing.close();
});
