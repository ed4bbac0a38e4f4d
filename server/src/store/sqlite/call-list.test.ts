import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { systemClock } from '../../base/clock.ts';
import { endOf, eventOf } from '../testing/contract-places.ts';
import { recentCalls } from './call-list.ts';
import { openDatabase } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { openSqliteStore } from './sqlite-store.ts';
import type { Tables } from './tables.ts';

test('however long the log is, one page looks at so many calls and says where to go on; nothing is left out or doubled', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-recent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openSqliteStore({ folder, clock: systemClock });
  for (let at = 0; at < 50; at++) {
    const cause = at % 16 === 3 ? 'busy' : 'normal';
    await store.calls.append([eventOf(`c${at}`, 1), { ...endOf(`c${at}`, 2), cause }], []);
  }
  await store.close();
  const db = new Kysely<Tables>({ dialect: sqliteDialect(openDatabase(join(folder, 'partyline.db'))) });
  t.after(() => db.destroy());
  const all = async (query: object, limit: number) => {
    const pages: string[][] = [];
    for (let before: number | null | undefined; before !== null; ) {
      const page = await recentCalls(
        db,
        { ended: true, ...query, limit, ...(before === undefined ? {} : { before }) },
        { atOnce: 4, most: 12 },
      );
      pages.push(page.calls.map(({ callId }) => callId));
      before = page.next;
    }
    return pages;
  };
  assert.deepEqual(await all({ cause: 'busy' }, 9), [[], ['c35'], ['c19'], ['c3'], []]);
  assert.deepEqual((await all({ cause: 'busy' }, 1)).flat(), ['c35', 'c19', 'c3']);
  assert.deepEqual(
    (await all({}, 7)).flat(),
    Array.from({ length: 50 }, (_, at) => `c${49 - at}`),
  );
  assert.deepEqual(await all({ callId: 'c3' }, 9), [['c3']]);
  assert.deepEqual((await all({ cause: 'locked' }, 9)).flat(), []);
});
