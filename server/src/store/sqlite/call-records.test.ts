import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { after, test } from 'node:test';
import { type CompiledQuery, Kysely } from 'kysely';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { CallRecord } from '../../call/call-record.ts';
import type { RecordQuery } from '../../call/ports.ts';
import { eventOf, recordOf } from '../contract-places.ts';
import { SqliteCallLog } from './call-log.ts';
import { sqliteDialect } from './dialect.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Tables } from './tables.ts';
import type { GroupWriter } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'partyline-records-'));
const records = 3000;
const store = await openSqliteStore({ folder, clock: new VirtualClock() });
for (let at = 0; at < records; at += 500) {
  const some = Array.from({ length: 500 }, (_, index): CallRecord => {
    const record = recordOf(`r${at + index}`, `c${at + index}`);
    const from = { ...record.from, extensionId: (at + index) % 1000 === 0 ? '3-rare' : '3-often' };
    return { ...record, from, startedAt: at + index, answeredAt: null, endedAt: at + index + 1 };
  });
  await store.calls.append([eventOf(`call${at}`, 1)], some);
}
await store.close();

// The same file once more, with every statement noted.
const database = new DatabaseSync(join(folder, 'partyline.db'));
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
const ranges: RecordQuery[] = [{}, { from: 5, to: 900 }, { startedFrom: 5, startedTo: 900 }, { answeredFrom: 5 }];
const orders: RecordQuery[] = [{ order: 'ascending' }, { order: 'descending' }];
const pages: RecordQuery[] = [{}, { after: 'r700' }, { offset: 20 }];

test('every list of records is read through the index that narrows it most, in order', async () => {
  for (const range of ranges) {
    for (const order of orders) {
      for (const page of pages) {
        const rest = { organizationId, ...range, ...order, ...page };
        const ask = (query: RecordQuery) => plansOf(() => log.records({ ...rest, ...query }));
        for (const plan of await ask({ callId: 'c777' })) {
          assert.match(plan, /INDEX (call_record_call |sqlite_autoindex_call_record_)/);
        }
        for (const plan of await ask({ callId: 'c777', extensionIds: ['3-rare', '3-often'] })) {
          assert.match(plan, /INDEX (call_record_call |sqlite_autoindex_call_record_)/);
        }
        for (const query of [{ extensionId: '3-rare' }, { extensionIds: ['3-rare', '3-other', '3-third'] }]) {
          for (const plan of (await ask(query)).filter((one) => !one.includes('sqlite_autoindex'))) {
            assert.match(
              plan,
              /INDEX call_record_from_extension \(from_extension=\? AND ended_at>\? AND ended_at<\?\)/,
            );
            assert.match(plan, /INDEX call_record_to_extension \(to_extension=\? AND ended_at>\? AND ended_at<\?\)/);
            assert.match(
              plan,
              /INDEX call_record_charged_extension \(charged_extension=\? AND ended_at>\? AND ended_at<\?\)/,
            );
            assert.ok(!/TEMP B-TREE|call_record_organization|SCAN/.test(plan), plan);
          }
        }
        for (const plan of (await ask({})).filter((one) => !one.includes('sqlite_autoindex'))) {
          assert.match(plan, /INDEX call_record_organization \(organization_id=\? AND ended_at>\? AND ended_at<\?\)$/);
        }
        const anyones = await plansOf(() => log.records({ ...range, ...order, ...page }));
        for (const plan of anyones.filter((one) => !one.includes('sqlite_autoindex'))) {
          assert.match(plan, /INDEX call_record_ended \(ended_at>\? AND ended_at<\?\)$/);
        }
      }
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

test('what nobody asked for is read in small parts, with turns for others between them', async () => {
  let turns = 0;
  let counting = true;
  const count = () => {
    turns++;
    if (counting) setImmediate(count);
  };
  asked.length = 0;
  setImmediate(count);
  const found = await log.records({ organizationId, extensionIds: ['3-often'], dispositions: ['busy'], startedTo: 2 });
  counting = false;
  assert.deepEqual(found, []);
  assert.equal(asked.length, Math.floor((records - 3) / 500) + 1);
  assert.ok(turns >= asked.length - 1, `${turns} turns`);
  for (const { parameters } of asked) assert.equal(parameters.at(-1), 500, 'rows at once');
});

test('a long list is read once from end to end, whatever its pages', async () => {
  asked.length = 0;
  let last: CallRecord | undefined;
  let seen = 0;
  do {
    const next = last === undefined ? {} : { after: last.id };
    const page = await log.records({ organizationId, order: 'ascending', limit: 1000, ...next });
    seen += page.length;
    last = page.at(-1);
  } while (last !== undefined);
  assert.equal(seen, records);
  const rows = asked.filter(({ parameters }) => parameters.at(-1) === 500).length * 500;
  assert.ok(rows <= records + 4 * 500, `${rows} rows for ${records} records`);
});

test('many extensions are asked for in several statements and are still one list', async () => {
  const extensionIds = ['3-rare', ...Array.from({ length: 120 }, (_, at) => `3-${at}`), '3-often'];
  const ids = (await log.records({ organizationId, extensionIds, limit: 1000, order: 'ascending' })).map(
    ({ id }) => id,
  );
  assert.deepEqual(
    ids,
    Array.from({ length: 1000 }, (_, at) => `r${at}`),
  );
});
