import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import type { CallRecord, Party } from '../../call/model/call-record.ts';
import type { NumberFilter, PhoneCallQuery, TimeFilter } from '../../call/model/phone-call-record.ts';
import { phoneCallPage, phoneCallsById } from '../../call/testing/memory-phone-calls.ts';
import { eventOf, type OpenStore, recordOf } from './contract-places.ts';

/** What the lists of phone calls say is what reading all records says, whatever is asked. */
export function phoneCallContract(open: OpenStore): void {
  test('every list of phone calls is as by putting them together from all records', async () => {
    const { store } = await open();
    const random = new SeededRandom(7);
    const records: CallRecord[] = [];
    for (let part = 0; part < 3; part++) {
      const some = Array.from({ length: 80 }, (_, at) => anyRecord(random, part * 80 + at));
      await store.calls.append([eventOf(`e${part}`, 1)], some);
      records.push(...some);
      for (let round = 0; round < 150; round++) {
        const query = anyQuery(random);
        const page = await store.calls.phoneCallPage(query);
        const wanted = phoneCallPage(records, query);
        const why = JSON.stringify(query);
        const sorted = (tally: typeof page.tally) =>
          tally.map(({ flow, outcome, count }) => `${flow} ${outcome} ${count}`).sort();
        assert.deepEqual(
          [page.total, page.ids, sorted(page.tally)],
          [wanted.total, wanted.ids, sorted(wanted.tally)],
          why,
        );
        const asked = { organizationId: query.organizationId, extensionIds: query.extensionIds, ids: page.ids };
        if (page.ids.length > 0) {
          assert.deepEqual(await store.calls.phoneCalls(asked), phoneCallsById(records, asked), why);
        }
      }
    }
    const gone = { organizationId: '9', extensionIds: null, ids: ['leg-r1', 'c1'] };
    assert.deepEqual(await store.calls.phoneCalls(gone), []);
    await store.close();
  });
}

const hour = 3_600_000;
const start = 500_000 * hour;

function one<T>(random: SeededRandom, of: readonly T[]): T {
  return of[random.int(of.length)]!;
}

const parties: readonly Party[] = [
  { kind: 'extension', number: '101', name: 'A', extensionId: '3-101' },
  { kind: 'extension', number: '102', name: 'B "b"', extensionId: '3-102' },
  { kind: 'external', number: '3235550100', name: '', extensionId: null },
  { kind: 'external', number: '+13235550100', name: '', extensionId: null },
  { kind: 'external', number: '+493012345678', name: '', extensionId: null },
];
const room: Party = { kind: 'conference', number: '211', name: 'Weekly', extensionId: '3-211' };

export function anyRecord(random: SeededRandom, at: number): CallRecord {
  const startedAt = start + random.int(5 * hour);
  const answeredAt = random.int(3) === 0 ? null : startedAt + random.int(5000);
  const conference = random.int(3) === 0;
  const old = random.int(6) === 0;
  const [from, to] = [one(random, parties), one(random, parties)];
  const incoming = random.int(2) === 0;
  return {
    ...recordOf(`r${at}`, `c${random.int(40)}`),
    legId: random.int(8) === 0 ? null : `leg${random.int(60)}`,
    organizationId: random.int(12) === 0 ? '4' : '3',
    from: conference && !incoming ? room : from,
    to: conference && incoming ? room : to,
    direction: incoming ? 'incoming' : 'outgoing',
    role: one(random, ['participant', 'participant', 'moderator', 'supervisor']),
    charged: one(random, ['3-101', '3-300', null]),
    startedAt,
    answeredAt,
    endedAt: startedAt + random.int(hour),
    callEnteredAt: old ? null : startedAt - random.int(1000),
    callAnsweredAt: old ? null : answeredAt,
    end: old ? null : one(random, ['from', 'to']),
    disposition: one(random, ['answered', 'noAnswer', 'busy', 'failed', 'cancelled', 'refused']),
    cause: one(random, ['normal', 'locked', 'busy']),
  };
}

export function anyQuery(random: SeededRandom): PhoneCallQuery {
  const maybe = <T>(value: () => T, odds = 5): T | undefined => (random.int(odds) === 0 ? value() : undefined);
  const time = () => start + (random.int(2) === 0 ? random.int(6) * hour : random.int(6 * hour));
  const from = maybe(time, 2) ?? 0;
  const query = {
    organizationId: random.int(10) === 0 ? '4' : '3',
    prefix: '0003',
    extensionIds: one(random, [null, null, [], ['3-101'], ['3-211'], ['3-101', '3-102'], ['3-300', '3-211', '3-9']]),
    from,
    to: maybe(() => from + random.int(6 * hour), 2) ?? null,
    savedFrom: maybe(time, 9),
    savedTo: maybe(time, 9),
    published: maybe(() => anyTimeFilter(random), 9),
    answered: maybe(() => anyTimeFilter(random), 9),
    source: maybe(() => [anyNumberFilter(random)]),
    destination: maybe(() => [anyNumberFilter(random), anyNumberFilter(random)].slice(0, 1 + random.int(2))),
    flow: maybe(() => one(random, ['local', 'outgoing', 'incoming'] as const)),
    outcome: maybe(() => one(random, ['answered', 'busy', 'failed', 'noAnswer', 'notAllowed'] as const)),
    order: one(random, ['ascending', 'descending'] as const),
    offset: random.int(3) === 0 ? random.int(30) : 0,
    limit: 1 + random.int(50),
  };
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined),
  ) as unknown as PhoneCallQuery;
}

const ops = ['contains', 'equals', 'startsWith', 'present', 'greaterThan', 'lessThan', 'inArray'] as const;

function anyNumberFilter(random: SeededRandom): NumberFilter {
  const op = one(random, ops);
  const numbers = [
    '101',
    '0003*101',
    '0003*2',
    '211',
    '323',
    '+1323',
    '+13235550100',
    '13235550100',
    '3235550100',
    '03012345678',
    '3',
    '9',
  ];
  const values = op === 'present' ? [] : [one(random, numbers), ...(op === 'inArray' ? [one(random, numbers)] : [])];
  return { op, values };
}

function anyTimeFilter(random: SeededRandom): TimeFilter {
  const op = one(random, ops);
  const at = Math.floor((start + random.int(5 * hour)) / 1000) * 1000;
  if (op === 'present') return { op, values: [] };
  if (op === 'contains') return { op, values: [`:0${random.int(10)}:`] };
  if (op === 'startsWith') return { op, values: [new Date(at).toISOString().slice(0, 13)] };
  return { op, values: [at] };
}
