import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTimeline } from '../src/pages/console/call/read-timeline.ts';

const begin = Date.parse('2026-11-21T10:00:00.000Z');

test('the columns of the server are the timeline that is drawn, its events in the order of the log', () => {
  const lane = { connection: 'a', callId: 'one', leg: 'l', name: 'Ann', number: '101', role: 'participant' };
  const said = {
    call: { id: 'one', calls: ['one', 'two'], kind: 'call', state: 'ended', conference: null, from: null, to: null },
    from: '2026-11-21T10:00:00.000Z',
    to: '2026-11-21T10:00:10.000Z',
    lanes: [
      {
        ...lane,
        direction: 'incoming',
        from: '2026-11-21T10:00:01.000Z',
        to: null,
        spans: [
          { kind: 'present', from: [1000], to: [null] },
          { kind: 'talking', from: [1500, 3000], to: [2000, 4000] },
        ],
        samples: { at: [5000], level: [null], loss: [0.02], jitterMs: [3.5], mos: [4.2], packets: [250] },
      },
    ],
    events: [
      { seq: 1, callId: 'one', at: '2026-11-21T10:00:00.000Z', type: 'originated', text: 'Ann calls', says: [] },
      { seq: 3, callId: 'one', at: '2026-11-21T10:00:02.000Z', type: 'held', text: 'holds', says: [] },
      { seq: 1, callId: 'two', at: '2026-11-21T10:00:05.000Z', type: 'originated', text: 'Ben calls', says: [] },
    ],
    talking: [
      { callId: 'two', who: ['Ben'], seq: [2], at: [6000], started: [[0]], stopped: [[]] },
      { callId: 'one', who: ['Ann', 'Ben'], seq: [2, 4], at: [1500, 3000], started: [[0], [1]], stopped: [[], [0]] },
    ],
    signalling: [{ at: '2026-11-21T10:00:00.500Z', method: 'INVITE', callId: 'x', from: '10.0.0.1:5060' }],
    why: [{ code: 'busy', sentence: 'Ann was busy.', evidence: [3], details: {} }],
    recordings: [{ id: 'r', callId: 'one', startedAt: '2026-11-21T10:00:01.000Z', endedAt: null, path: '/r' }],
  };
  const { call, events, from, lanes, recordings, signalling, to, why } = readTimeline(JSON.stringify(said));
  assert.deepEqual([call.calls, from, to, why], [['one', 'two'], begin, begin + 10_000, said.why]);
  assert.deepEqual(lanes, [
    {
      ...lane,
      direction: 'incoming',
      from: begin + 1000,
      to: null,
      spans: [
        { kind: 'present', from: begin + 1000, to: null },
        { kind: 'talking', from: begin + 1500, to: begin + 2000 },
        { kind: 'talking', from: begin + 3000, to: begin + 4000 },
      ],
      samples: [{ at: begin + 5000, level: null, loss: 0.02, jitterMs: 3.5, mos: 4.2, packets: 250 }],
    },
  ]);
  assert.deepEqual(
    events.map(({ at, callId, seq, text }) => [callId, seq, at - begin, text]),
    [
      ['one', 1, 0, 'Ann calls'],
      ['one', 2, 1500, 'Ann talks'],
      ['one', 3, 2000, 'holds'],
      ['one', 4, 3000, 'Ben talks, Ann stops'],
      ['two', 1, 5000, 'Ben calls'],
      ['two', 2, 6000, 'Ben talks'],
    ],
  );
  assert.deepEqual(events[3]?.says, [
    { code: 'talks', who: 'Ben' },
    { code: 'stopsTalking', who: 'Ann' },
  ]);
  assert.equal(signalling[0]?.at, begin + 500);
  assert.deepEqual([recordings[0]?.startedAt, recordings[0]?.endedAt], [begin + 1000, null]);
});
