import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { SeededRandom } from '../../../base/random.ts';
import type { CallRecord } from '../../../call/model/call-record.ts';
import { phoneCallPage } from '../../../call/testing/memory-phone-calls.ts';
import { passesTime } from '../../../call/testing/passes-time.ts';
import { phoneCallsOf } from '../../../call/testing/phone-calls-of.ts';
import { anyQuery, anyRecord } from '../../testing/contract-of-phone-calls.ts';
import { eventOf } from '../../testing/contract-places.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import { type KeptOptions, KeptPhoneCalls } from './kept-phone-calls.ts';
import { timeTextSpan, timeTextTest } from './time-text.ts';

const seed = Number(process.env['SEED'] ?? 11);

/** A store that is written, and what is kept of it in memory beside it. */
async function opened(t: TestContext, options: KeptOptions) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-kept-'));
  const store = await openSqliteStore({ folder, clock: systemClock });
  const database = new DatabaseSync(join(folder, 'partyline.db'));
  t.after(async () => {
    database.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  let calls = 0;
  return {
    database,
    kept: new KeptPhoneCalls(database, options),
    write: (records: readonly CallRecord[]) => store.calls.append([eventOf(`e${calls++}`, 1)], records),
  };
}

function loadAll(kept: KeptPhoneCalls): number {
  let pieces = 1;
  while (kept.load()) pieces++;
  return pieces;
}

const one = { organizationId: '3', prefix: '0003', extensionIds: null, from: 0, to: null } as const;
const page = { ...one, order: 'ascending', offset: 0, limit: 20 } as const;

test(`what is kept in memory says what all records say, whatever is asked, written and deleted (seed ${seed})`, async (t) => {
  const { database, kept, write } = await opened(t, { leastCalls: 1, atOnce: 7 });
  assert.equal(kept.load(), false, 'nothing yet');
  assert.equal(kept.page(page), null);
  const random = new SeededRandom(seed);
  let records: CallRecord[] = [];
  const compare = () => {
    for (let round = 0; round < 120; round++) {
      const query = anyQuery(random);
      const [found, wanted] = [kept.page(query), phoneCallPage(records, query)];
      assert.notEqual(found, null);
      const sorted = (tally: typeof wanted.tally) =>
        tally.map(({ flow, outcome, count }) => `${flow} ${outcome} ${count}`).sort();
      const told = ({ total, ids, tally }: typeof wanted) => [total, ids, sorted(tally)];
      assert.deepEqual(told(found!), told(wanted), JSON.stringify(query));
    }
  };
  for (let part = 0; part < 4; part++) {
    const some = Array.from({ length: part === 0 ? 150 : 20 }, (_, at) => anyRecord(random, part * 200 + at));
    await write(some);
    records.push(...some);
    if (part === 0) assert.ok(loadAll(kept) > 5, 'read in pieces');
    compare();
  }
  // A phone call goes with any of its records.
  for (const { id } of records.filter((_, at) => at % 5 === 0)) {
    database.prepare('delete from call_record where id = ?').run(id);
  }
  const left = new Set(
    database
      .prepare('select id from phone_call')
      .all()
      .map(({ id }) => id),
  );
  records = records.filter((record) => phoneCallsOf([record]).some(({ id }) => left.has(id)));
  compare();
});

test('who has not looked for longer than changes are kept reads all anew', async (t) => {
  const { database, kept, write } = await opened(t, { leastCalls: 1 });
  const random = new SeededRandom(seed);
  const records = Array.from({ length: 60 }, (_, at) => anyRecord(random, at));
  await write(records.slice(0, 30));
  loadAll(kept);
  await write(records.slice(30));
  database.exec('delete from phone_call_change where position < (select max(position) from phone_call_change)');
  assert.equal(kept.page(page), null);
  loadAll(kept);
  assert.deepEqual(kept.page(page)?.ids, phoneCallPage(records, page).ids);
});

test('few calls are not kept, nor too many, nor those of too many numbers', async (t) => {
  const random = new SeededRandom(seed);
  const records = Array.from({ length: 60 }, (_, at) => anyRecord(random, at));
  for (const options of [{}, { leastCalls: 1, mostParts: 20 }, { leastCalls: 1, mostParties: 3 }]) {
    const { kept, write } = await opened(t, options);
    await write(records);
    loadAll(kept);
    assert.equal(kept.page(page), null);
    assert.equal(kept.load(), false);
  }
});

test('texts of times are compared as one by one', () => {
  const random = new SeededRandom(seed);
  const some = (length: number) => Array.from({ length }, () => 1_700_000_000_000 + random.int(2_000_000_000));
  const texts = some(40).map((at) => new Date(at).toISOString().replace(/\.\d+/, ''));
  const cut = texts.map((text) => {
    const begin = random.int(text.length);
    return text.slice(begin, begin + 1 + random.int(text.length));
  });
  for (const text of [
    ...texts,
    ...cut,
    ...texts.map((one) => one.slice(0, 13)),
    'T',
    ':0',
    '-1',
    'x',
    `${texts[0]}0`,
  ]) {
    for (const op of ['contains', 'startsWith'] as const) {
      const [from, to] = timeTextSpan(text);
      const passes = op === 'contains' ? timeTextTest(text) : (at: number) => at >= from && at < to;
      for (const at of some(200)) {
        assert.equal(passes(at), passesTime({ op, values: [text] }, at), `${at} ${op} ${text}`);
      }
      for (const at of texts.map(Date.parse)) assert.equal(passes(at), passesTime({ op, values: [text] }, at));
      assert.equal(passes(Number.NaN), false);
    }
  }
});
