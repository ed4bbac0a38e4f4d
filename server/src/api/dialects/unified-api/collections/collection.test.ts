import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FastifyRequest } from 'fastify';
import { SeededRandom } from '../../../../base/random.ts';
import { formatDate, parseDate } from '../date.ts';
import type { UnifiedApiError } from '../errors.ts';
import {
  type CollectionOptions,
  collectionBody,
  filterOps,
  pageOf,
  passes,
  pick,
  type Query,
  readCollectionQuery,
} from './collection.ts';

const options: CollectionOptions = {
  filterable: { name: 'text', at: 'date', size: 'number' },
  fields: ['id', 'name', 'at'],
  sortedBy: 'at',
};
const read = (query: Query) => readCollectionQuery(query, options);

interface Row {
  readonly id: number;
  readonly name: string | null;
  readonly at: number;
  readonly size: number;
}
const rules = {
  value: (row: Row, by: string) => row[by as 'name' | 'at' | 'size'],
  order: (row: Row) => row.at,
};

describe('the standard request parameters', () => {
  test('defaults, and empty parameters as if not given', () => {
    const usual = { count: 20, startIndex: 0, fields: null, filter: null, sortOrder: null };
    assert.deepEqual(read({}), usual);
    assert.deepEqual(read({ sortBy: 'at' }), usual);
    const empty = {
      sortBy: '',
      count: '',
      startIndex: '',
      fields: '',
      filterBy: '',
      filterOp: '',
      filterValue: '',
      sortOrder: '',
    };
    assert.deepEqual(read(empty), usual);
    assert.deepEqual(read({ sortOder: 'x', format: 'json' }), usual);
  });

  const mistakes: readonly [code: string, query: Query][] = [
    ...['0', '-1', '5001', 'x', '1.5', '1e2', ' 1', ['1', '2'], '99999999999999999999'].map(
      (count): [string, Query] => ['count_invalid', { count }],
    ),
    ...['-1', '5001', 'x', '+1', ['1']].map((startIndex): [string, Query] => ['startindex_invalid', { startIndex }]),
    ...['nope', 'id,nope', 'id,,name', '__proto__', `${'id,'.repeat(100)}x`].map((fields): [string, Query] => [
      'fields_invalid',
      { fields },
    ]),
    ['filterby_invalid', { filterBy: 'nope', filterValue: 'x' }],
    ['filterby_invalid', { filterBy: 'toString', filterValue: 'x' }],
    ['filterby_invalid', { filterValue: 'x' }],
    ['filterby_invalid', { filterOp: 'equals' }],
    ['filterby_invalid', { filterBy: ['name', 'at'], filterValue: 'x' }],
    ['filterop_invalid', { filterBy: 'name', filterOp: 'like', filterValue: 'x' }],
    ['filterop_invalid', { filterBy: 'name', filterOp: ['equals'], filterValue: 'x' }],
    ['filtervalue_invalid', { filterBy: 'name' }],
    ['filtervalue_invalid', { filterBy: 'name', filterOp: 'equals', filterValue: '' }],
    ['filtervalue_invalid', { filterBy: 'name', filterValue: ['a', 'b'] }],
    ['filtervalue_invalid', { filterBy: 'at', filterOp: 'equals', filterValue: 'yesterday' }],
    ['filtervalue_invalid', { filterBy: 'at', filterOp: 'greaterThan', filterValue: '2026-02-30T00:00:00Z' }],
    ['filtervalue_invalid', { filterBy: 'size', filterOp: 'lessThan', filterValue: 'x' }],
    ['filtervalue_invalid', { filterBy: 'name', filterOp: 'inArray', filterValue: 'a,'.repeat(2000) }],
    ['sortorder_invalid', { sortOrder: 'up' }],
    ['sortorder_invalid', { sortOrder: ['ascending'] }],
    ['sortby_invalid', { sortBy: 'name' }],
    ['sortby_invalid', { sortBy: 'nonsense' }],
    ['sortby_invalid', { sortBy: ['at', 'at'] }],
  ];
  for (const [code, query] of mistakes) {
    test(`${code} for ${JSON.stringify(query).slice(0, 80)}`, () => {
      assert.throws(
        () => read(query),
        (error: UnifiedApiError) => error.code === code && error.status === 400,
      );
    });
  }

  test('fields are joined by commas or repeated, each once', () => {
    assert.deepEqual(read({ fields: 'id, name' }).fields, ['id', 'name']);
    assert.deepEqual(read({ fields: ['id', 'at,id'] }).fields, ['id', 'at']);
    assert.deepEqual(pick({ id: 1, name: 'a', at: 2 }, ['at', 'id']), { at: 2, id: 1 });
    assert.deepEqual(pick({ id: 1 } as { id: number; at?: number }, ['at', 'id']), { id: 1 });
    const row = { id: 1 };
    assert.equal(pick(row, null), row);
  });
});

describe('filters', () => {
  const at = Date.parse('2026-03-04T05:06:07.890Z');
  const row: Row = { id: 1, name: 'Weekly', at, size: 12 };
  const cases: readonly [by: keyof typeof options.filterable, op: string, value: string, passes: boolean][] = [
    ['name', 'contains', 'eek', true],
    ['name', 'contains', 'EEK', false],
    ['name', 'startsWith', 'Wee', true],
    ['name', 'startsWith', 'eek', false],
    ['name', 'equals', 'Weekly', true],
    ['name', 'equals', 'Week', false],
    ['name', 'present', '', true],
    ['name', 'greaterThan', 'Weekl', true],
    ['name', 'lessThan', 'Weekl', false],
    ['name', 'inArray', 'Daily, Weekly', true],
    ['name', 'inArray', 'Daily', false],
    // Shown to the second, so the same second is the same time, in whatever zone.
    ['at', 'equals', '2026-03-04T05:06:07Z', true],
    ['at', 'equals', '2026-03-04T06:06:07+01:00', true],
    ['at', 'equals', '2026-03-04T05:06:07', true],
    ['at', 'equals', '2026-03-04T05:06:08Z', false],
    ['at', 'greaterThan', '2026-03-04T05:06:06Z', true],
    ['at', 'greaterThan', '2026-03-04T05:06:07Z', false],
    ['at', 'lessThan', '2026-03-04T05:06:08Z', true],
    ['at', 'contains', '-03-04T', true],
    ['at', 'startsWith', '2026-04', false],
    ['at', 'inArray', '2026-03-04T05:06:07Z,2020-01-01', true],
    ['size', 'equals', '12', true],
    ['size', 'greaterThan', '9', true],
    ['size', 'lessThan', '9', false],
    ['size', 'contains', '1', true],
  ];
  for (const [by, op, value, expected] of cases) {
    test(`${by} ${op} ${value} is ${expected}`, () => {
      const { filter } = read({ filterBy: by, filterOp: op, filterValue: value });
      assert.equal(passes(filter, rules.value(row, by)), expected);
    });
  }

  test('every operation is tried above, and none passes a row without the value', () => {
    assert.deepEqual(
      filterOps.filter((op) => !cases.some(([, tried]) => tried === op)),
      [],
    );
    for (const op of filterOps) {
      const { filter } = read({ filterBy: 'name', filterOp: op, filterValue: 'x' });
      assert.equal(passes(filter, null), false);
    }
    assert.equal(passes(null, null), true);
    assert.equal(read({ filterBy: 'name', filterValue: 'x' }).filter?.op, 'contains');
  });
});

describe('pages', () => {
  test('any pages put together are all rows once, in order', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 200; round++) {
      const rows: Row[] = Array.from({ length: random.int(40) }, (_, id) => ({
        id,
        name: random.int(3) === 0 ? null : `n${random.int(4)}`,
        at: random.int(1000),
        size: 0,
      }));
      const count = 1 + random.int(12);
      const sortOrder = (['ascending', 'descending', ''] as const)[random.int(3)]!;
      const filter = random.int(2) === 0 ? {} : { filterBy: 'name', filterOp: 'equals', filterValue: 'n1' };
      const given = { count: String(count), sortOrder, ...filter };
      const seen: Row[] = [];
      let url = `/uapi/x/?${new URLSearchParams(given)}&accessRequestToken=secret`;
      for (let next: string | undefined = url; next !== undefined; ) {
        url = next.replace('http://pbx.test', '');
        const query = read(Object.fromEntries(new URL(url, 'http://pbx.test').searchParams));
        const { page, total } = pageOf(rows, query, rules);
        const request = { url, protocol: 'http', host: 'pbx.test' } as FastifyRequest;
        const body = collectionBody(request, null, query, total, page);
        assert.equal(body.startIndex, seen.length);
        assert.equal(body.itemsPerPage, count);
        assert.equal(body.filtered, 'filterBy' in filter);
        assert.equal(body.sorted, sortOrder !== '');
        assert.equal('prev' in body.paging, seen.length > 0);
        assert.equal(JSON.stringify(body.paging).includes('secret'), false);
        seen.push(...page);
        next = body.paging.next;
        assert.ok(next === undefined || next.startsWith('http://pbx.test/uapi/x/?'));
        assert.equal(
          body.totalResults,
          'filterBy' in filter ? rows.filter((row) => row.name === 'n1').length : rows.length,
        );
      }
      const expected = rows.filter((row) => !('filterBy' in filter) || row.name === 'n1');
      assert.deepEqual(new Set(seen), new Set(expected));
      assert.equal(seen.length, expected.length);
      const sign = sortOrder === 'descending' ? -1 : 1;
      for (const [at, row] of seen.entries()) if (at > 0) assert.ok(sign * (row.at - seen[at - 1]!.at) >= 0);
    }
  });

  test('a host that could break a link is not repeated; the configured address is', () => {
    const body = (host: string, publicUrl: string | null) =>
      collectionBody(
        { url: '/u?count=1', protocol: 'http', host } as FastifyRequest,
        publicUrl,
        read({ count: '1' }),
        2,
        [],
      ).paging.next;
    assert.equal(body('x"><script>', null), 'http://localhost/u?startIndex=1&count=1');
    assert.equal(body('[::1]:8080', null), 'http://[::1]:8080/u?startIndex=1&count=1');
    assert.equal(body('a.test', 'https://pbx.test/'), 'https://pbx.test/u?startIndex=1&count=1');
  });

  test('the next page keeps a question mark that stands in the query', () => {
    const url = '/u?filterBy=url&filterValue=http://a.test/?x&count=1';
    const request = { url, protocol: 'http', host: 'a.test' } as FastifyRequest;
    const next = collectionBody(request, null, read({ count: '1' }), 2, []).paging.next ?? '';
    assert.equal(new URL(next).searchParams.get('filterValue'), 'http://a.test/?x');
  });
});

describe('dates', () => {
  test('every second survives being written and read, in any zone', () => {
    const random = new SeededRandom(3);
    for (let round = 0; round < 2000; round++) {
      const ms = (random.int(4_000_000_000) - 1_000_000_000) * 1000;
      assert.equal(parseDate(formatDate(ms)), ms);
      const hours = random.int(12);
      const zone = `${String(hours).padStart(2, '0')}:30`;
      const shifted = formatDate(ms + (hours * 60 + 30) * 60_000).replace('Z', `+${zone}`);
      assert.equal(parseDate(shifted), ms);
      assert.equal(parseDate(shifted.replace('+', ' ')), ms);
    }
  });

  test('what is no date is none', () => {
    for (const text of [
      '',
      'x',
      '2026',
      '2026-13-01',
      '2026-02-29',
      '2026-02-28T25:00:00Z',
      '2026-02-28T00:00:00+15:00',
    ]) {
      assert.equal(parseDate(text), null, text);
    }
    assert.equal(parseDate('2024-02-29'), Date.UTC(2024, 1, 29));
    assert.equal(parseDate('2024-02-29 10:20:30'), Date.UTC(2024, 1, 29, 10, 20, 30));
    assert.equal(parseDate('2024-02-29 10:20:30.5 02:00'), Date.UTC(2024, 1, 29, 8, 20, 30));
    assert.equal(parseDate('2024-02-29 02:00'), Date.UTC(2024, 1, 28, 22), 'a zone, whose + was not escaped');
    assert.equal(parseDate('2011-02-10T15:04:55.123Z'), Date.UTC(2011, 1, 10, 15, 4, 55));
  });
});
