import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Repeat, Schedule } from './records.ts';
import { isOpen, isOpenWithin, plannedEnd } from './schedule.ts';

const hour = 3_600_000;
const schedule = (start: string, hours: number, repeat: Repeat, timeZone = 'UTC'): Schedule => ({
  start,
  durationMs: hours * hour,
  timeZone,
  repeat,
});

/** A schedule, and instants with whether it is open then. */
const table: [name: string, schedule: Schedule, instants: [string, boolean][]][] = [
  ['anytime', 'anytime', [['1999-01-01T00:00:00Z', true]]],
  [
    'once',
    schedule('2026-01-05T09:00', 1, 'never'),
    [
      ['2026-01-05T08:59:59.999Z', false],
      ['2026-01-05T09:00:00Z', true],
      ['2026-01-05T09:59:59.999Z', true],
      ['2026-01-05T10:00:00Z', false],
      ['2026-01-06T09:30:00Z', false],
    ],
  ],
  [
    'once, for days',
    schedule('2026-01-05T09:00', 72, 'never'),
    [
      ['2026-01-07T23:00:00Z', true],
      ['2026-01-08T08:59:00Z', true],
      ['2026-01-08T09:00:00Z', false],
    ],
  ],
  [
    'daily, over midnight',
    schedule('2026-01-05T23:00', 2, 'daily'),
    [
      ['2026-01-05T00:30:00Z', false],
      ['2026-01-06T00:30:00Z', true],
      ['2026-01-06T01:00:00Z', false],
      ['2027-06-01T23:30:00Z', true],
    ],
  ],
  [
    'weekly',
    schedule('2026-01-05T09:00', 1, 'weekly'),
    [
      ['2026-01-12T09:30:00Z', true],
      ['2026-01-13T09:30:00Z', false],
      ['2025-12-29T09:30:00Z', false],
    ],
  ],
  [
    'monthly on the 31st',
    schedule('2026-01-31T09:00', 1, 'monthly'),
    [
      ['2026-01-31T09:30:00Z', true],
      ['2026-02-28T09:30:00Z', false],
      ['2026-03-03T09:30:00Z', false],
      ['2026-03-31T09:30:00Z', true],
    ],
  ],
  [
    "weekly in Berlin: nine o'clock is nine o'clock, summer and winter",
    schedule('2026-01-05T09:00', 1, 'weekly', 'Europe/Berlin'),
    [
      ['2026-01-12T07:59:00Z', false],
      ['2026-01-12T08:00:00Z', true],
      ['2026-06-01T07:00:00Z', true],
      ['2026-06-01T08:00:00Z', false],
    ],
  ],
  [
    'daily in Auckland: the date there is not the date here',
    schedule('2026-01-05T08:00', 1, 'daily', 'Pacific/Auckland'),
    [
      ['2026-01-03T19:30:00Z', false],
      ['2026-01-04T19:30:00Z', true],
      ['2026-01-04T20:00:00Z', false],
    ],
  ],
  [
    'at an hour that summer time skips',
    schedule('2026-03-28T02:30', 1, 'daily', 'Europe/Berlin'),
    [
      ['2026-03-28T01:30:00Z', true],
      ['2026-03-29T00:30:00Z', false],
      ['2026-03-29T01:30:00Z', true],
      ['2026-03-30T00:30:00Z', true],
    ],
  ],
  [
    'at an hour that comes twice: the first',
    schedule('2026-10-24T02:30', 1, 'daily', 'Europe/Berlin'),
    [
      ['2026-10-25T00:30:00Z', true],
      ['2026-10-25T01:30:00Z', false],
      ['2026-10-26T01:30:00Z', true],
    ],
  ],
];

describe('schedule', () => {
  for (const [name, when, instants] of table) {
    test(name, () => {
      for (const [instant, open] of instants) assert.equal(isOpen(when, Date.parse(instant)), open, instant);
    });
  }
});

/** A schedule, and spans with whether it is open in some of it; empty: without end. */
const spans: [name: string, schedule: Schedule, spans: [from: string, to: string, open: boolean][]][] = [
  ['anytime', 'anytime', [['1999-01-01T00:00:00Z', '1999-01-02T00:00:00Z', true]]],
  [
    'once',
    schedule('2026-01-05T09:00', 1, 'never'),
    [
      ['2026-01-05T00:00:00Z', '2026-01-06T00:00:00Z', true],
      ['2026-01-05T09:30:00Z', '2026-01-05T09:31:00Z', true],
      ['2026-01-04T00:00:00Z', '2026-01-05T09:00:00Z', false],
      ['2026-01-05T10:00:00Z', '2026-01-06T00:00:00Z', false],
      ['2026-01-05T09:59:59Z', '', true],
      ['2026-01-05T10:00:00Z', '', false],
      ['', '2026-01-05T09:00:01Z', true],
      ['', '2026-01-05T09:00:00Z', false],
      ['', '', true],
    ],
  ],
  [
    'once, for longer than two months',
    schedule('2026-01-05T09:00', 100 * 24, 'never'),
    [
      ['2026-04-01T00:00:00Z', '2026-04-02T00:00:00Z', true],
      ['2026-04-15T08:59:00Z', '', true],
      ['2026-04-15T09:00:00Z', '', false],
    ],
  ],
  [
    'weekly',
    schedule('2026-01-05T09:00', 1, 'weekly'),
    [
      ['2026-01-06T00:00:00Z', '2026-01-12T09:00:00Z', false],
      ['2026-01-06T00:00:00Z', '2026-01-12T09:01:00Z', true],
      ['2025-01-01T00:00:00Z', '2026-01-05T00:00:00Z', false],
      ['2025-01-01T00:00:00Z', '2030-01-01T00:00:00Z', true],
      ['2030-01-01T00:00:00Z', '', true],
    ],
  ],
  [
    'monthly on the 31st',
    schedule('2026-01-31T09:00', 1, 'monthly'),
    [
      ['2026-02-01T00:00:00Z', '2026-03-31T00:00:00Z', false],
      ['2026-02-01T00:00:00Z', '', true],
      ['2026-05-31T10:00:00Z', '2026-08-01T00:00:00Z', true],
    ],
  ],
];

describe('a span of time', () => {
  for (const [name, when, asked] of spans) {
    test(name, () => {
      for (const [from, to, open] of asked) {
        const since = from === '' ? Number.NEGATIVE_INFINITY : Date.parse(from);
        const until = to === '' ? Number.POSITIVE_INFINITY : Date.parse(to);
        assert.equal(isOpenWithin(when, since, until), open, `${from} to ${to}`);
      }
    });
  }
});

test('an end is told in the zone of the start, also where the clock was set meanwhile', () => {
  const end = (start: string, hours: number) =>
    plannedEnd(schedule(start, hours, 'never', 'Europe/Berlin') as Exclude<Schedule, 'anytime'>);
  assert.equal(end('2026-01-05T23:30', 1), '2026-01-06T00:30');
  assert.equal(end('2026-03-29T01:30', 1), '2026-03-29T03:30');
});
