import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallEvent } from '../../call/model/events.ts';
import { sampleColumns, spanColumns, talkingColumns } from './timeline-columns.ts';

const begin = 1_764_000_000_000;

test('spans of a lane by their kind, with times behind the beginning; one that lasts has no end', () => {
  const spans = [
    { kind: 'present', from: begin + 20, to: null },
    { kind: 'talking', from: begin + 100, to: begin + 300 },
    { kind: 'talking', from: begin + 500, to: null },
  ] as const;
  assert.deepEqual(spanColumns(spans, begin), [
    { kind: 'present', from: [20], to: [null] },
    { kind: 'talking', from: [100, 500], to: [300, null] },
  ]);
  assert.deepEqual(spanColumns([], begin), []);
});

test('samples of a lane in lists of one length, also what is not known', () => {
  const some = [
    { legId: 'a', at: begin + 5000, level: -23, received: 240, lost: 10, jitterMs: 4.5, mos: 4.1 },
    { legId: 'a', at: begin + 10_000, level: null, received: 0, lost: 0, jitterMs: 0, mos: null },
  ];
  assert.deepEqual(sampleColumns(some, begin), {
    at: [5000, 10_000],
    level: [-23, null],
    loss: [0.04, 0],
    jitterMs: [4.5, 0],
    mos: [4.1, null],
    packets: [240, 0],
  });
});

test('who talks, by call: each name once, and events of another type not at all', () => {
  const event = (callId: string, seq: number, started: string[], stopped: string[]) =>
    ({ callId, seq, at: begin + seq, type: 'talking', data: { started, stopped } }) as unknown as CallEvent;
  const held = { callId: 'one', seq: 3, at: begin + 3, type: 'held' } as unknown as CallEvent;
  const names: Record<string, string> = { a: 'Ann', b: 'Ben, the other' };
  const events = [event('one', 2, ['a'], []), held, event('one', 4, ['b'], ['a']), event('two', 2, ['c', 'a'], [])];
  assert.deepEqual(
    talkingColumns(events, (id) => names[id] ?? id, begin),
    [
      {
        callId: 'one',
        who: ['Ann', 'Ben, the other'],
        seq: [2, 4],
        at: [2, 4],
        started: [[0], [1]],
        stopped: [[], [0]],
      },
      { callId: 'two', who: ['c', 'Ann'], seq: [2], at: [2], started: [[0, 1]], stopped: [[]] },
    ],
  );
});
