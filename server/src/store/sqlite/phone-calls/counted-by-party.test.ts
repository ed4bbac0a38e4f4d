import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import type { CallRecord, Party } from '../../../call/model/call-record.ts';
import type { PhoneCallQuery } from '../../../call/model/phone-call-record.ts';
import { eventOf, recordOf } from '../../testing/contract-places.ts';
import { openDatabase } from '../connection.ts';
import { sqliteDialect } from '../dialect.ts';
import { migrate } from '../migrations.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import type { Tables } from '../tables.ts';

/** How many phone calls an extension had, where what is known of one changes while others had it too, or none. */

const phone = (number: string): Party => ({ kind: 'extension', number, name: '', extensionId: `3-${number}` });
const outside: Party = { kind: 'external', number: '2025550110', name: '', extensionId: null };

/**
 * 101 calls 113, who sends the call on: at once, when nobody is to be found, or to a number outside that it pays for.
 */
function sentOn(call: string, at: number, how: 'talked' | 'notReached' = 'talked'): readonly CallRecord[] {
  const record = (id: string, change: Partial<CallRecord>): CallRecord => ({
    ...recordOf(`${call}-${id}`, call),
    legId: `${call}-${id}`,
    from: phone('101'),
    startedAt: at,
    callEnteredAt: at,
    charged: '3-101',
    end: 'to',
    ...change,
  });
  const first = how === 'talked' ? {} : ({ disposition: 'noAnswer', answeredAt: null } as const);
  return [
    record('b', { to: phone('113'), direction: 'outgoing', endedAt: at + 10, ...first }),
    record('c', { to: outside, direction: 'outgoing', charged: '3-113', endedAt: at + 20 }),
    record('a', { to: phone('113'), direction: 'incoming', end: 'from', endedAt: at + 20 }),
  ];
}

const hour = 3_600_000;
const query: PhoneCallQuery = {
  organizationId: '3',
  prefix: '0003',
  extensionIds: ['3-113'],
  from: 0,
  to: null,
  order: 'ascending',
  offset: 0,
  limit: 20,
};

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-counted-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('a call that has more parts than at first, or came to something else, is counted with each that was in it', () =>
  inFolder(async (folder) => {
    const store = await openSqliteStore({ folder, clock: new VirtualClock() });
    for (const [call, how] of [
      ['one', 'talked'],
      ['two', 'notReached'],
    ] as const) {
      for (const record of sentOn(call, call === 'one' ? hour : 5 * hour, how)) {
        await store.calls.append([eventOf(record.id, 1)], [record]);
      }
      const known = call === 'one' ? ['one'] : ['one', 'two'];
      for (const extensionId of ['3-101', '3-113']) {
        const { total, ids, tally } = await store.calls.phoneCallPage({ ...query, extensionIds: [extensionId] });
        const counted = tally.reduce((sum, { count }) => sum + count, 0);
        assert.deepEqual([total, counted, ids], [known.length, known.length, known], extensionId);
      }
    }
    await store.close();
  }));

test('what an earlier version has lost of that is there again', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'partyline.db');
    const db = new Kysely<Tables>({ dialect: sqliteDialect(openDatabase(file)) });
    await migrate(db, file, 9);
    await db.destroy();
    const database = new DatabaseSync(file);
    database.exec('pragma application_id = 0x504c4e31');
    const insert = database.prepare(`insert into call_record
      (id, call_id, leg_id, organization_id, role, from_extension, to_extension, from_party, to_party, direction, party,
        charged_extension, started_at, answered_at, ended_at, call_entered_at, disposition, cause)
      values (?, ?, ?, '3', 'participant', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'normal')`);
    for (const one of sentOn('one', hour)) {
      const { id, callId, legId, from, to, direction, end, charged, startedAt, answeredAt, endedAt } = one;
      const parties = [from.extensionId, to.extensionId, JSON.stringify(from), JSON.stringify(to)] as const;
      const times = [startedAt, answeredAt, endedAt, one.callEnteredAt] as const;
      insert.run(id, callId, legId, ...parties, direction, end, charged, ...times, one.disposition);
    }
    const left = database.prepare('select count(*) as groups from phone_call_group').get()!['groups'];
    database.close();
    assert.equal(left, 0, 'that version had lost it');
    const store = await openSqliteStore({ folder, clock: new VirtualClock() });
    assert.deepEqual((await store.calls.phoneCallPage(query)).ids, ['one']);
    await store.close();
  }));
