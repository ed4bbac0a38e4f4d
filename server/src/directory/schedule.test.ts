import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Repeat, Schedule } from './records.ts';
import { isOpen } from './schedule.ts';

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
