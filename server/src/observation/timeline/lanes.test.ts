import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallEvent } from '../../call/model/events.ts';
import { eventTypes } from '../../call/model/events.ts';
import { phrasesOf } from './event-phrases.ts';
import { textOf } from './event-text.ts';
import { Lanes } from './lanes.ts';

const device = { kind: 'extension', name: 'Ada', number: '20' };
let seq = 0;
function event(at: number, type: string, connectionId: string | null, data: object = {}): CallEvent {
  return { callId: 'c', seq: ++seq, at, type, connectionId, cause: 'normal', data } as unknown as CallEvent;
}
const seed = (id: string, more: object = {}) => ({
  id,
  legId: `leg-${id}`,
  device,
  direction: 'incoming',
  role: 'participant',
  ...more,
});

function lanesOf(events: readonly CallEvent[], only: readonly string[] | null = null) {
  const lanes = new Lanes(only === null ? null : new Set(only));
  for (const one of events) lanes.take(one);
  return lanes.all.map(({ connection, from, to, role, spans }) => ({
    connection,
    role,
    time: [from, to],
    spans: spans.map(({ kind, from: begin, to: end }) => `${kind} ${begin}-${end ?? ''}`),
  }));
}

const story = [
  event(1, 'originated', null, { call: { kind: 'conference' }, connections: [] }),
  event(2, 'originated', 'a', { connections: [seed('a')] }),
  event(4, 'established', 'a'),
  event(5, 'established', 'b', { connection: seed('b', { muted: true }) }),
  event(6, 'talking', null, { started: ['a', 'gone'], stopped: [] }),
  event(7, 'held', 'a'),
  event(9, 'retrieved', 'a'),
  event(10, 'dataChanged', 'b', { muted: false, role: 'moderator' }),
  event(11, 'talking', null, { started: ['b'], stopped: ['a'] }),
  event(12, 'dataChanged', 'a', { muted: true }),
  event(15, 'connectionCleared', 'a'),
];

test('each participant has a lane with what became of it, and what lasts is open', () => {
  assert.deepEqual(lanesOf(story), [
    {
      connection: 'a',
      role: 'participant',
      time: [2, 15],
      spans: ['ringing 2-4', 'present 4-15', 'talking 6-7', 'hold 7-9', 'muted 12-15'],
    },
    { connection: 'b', role: 'moderator', time: [5, null], spans: ['present 5-', 'muted 5-10', 'talking 11-'] },
  ]);
  assert.deepEqual(
    lanesOf(story, ['b']).map(({ connection }) => connection),
    ['b'],
  );
});

test('every type of event has words', () => {
  const data = {
    connections: [seed('a')],
    started: ['a'],
    stopped: [],
    why: 'full',
    failures: 9,
    count: 2,
    by: 'device',
    to: '30',
    digits: null,
    recordingId: 'r',
    fromCall: 'd',
  };
  for (const type of eventTypes) {
    // Of dataChanged only what changed is there.
    const given = type === 'diverted' ? { to: '30' } : type === 'dataChanged' ? { locked: true } : data;
    const text = textOf(phrasesOf(event(1, type, 'a', given), (id) => id));
    assert.ok(text.length > 3 && !text.includes('undefined'), `${type}: ${text}`);
  }
});
