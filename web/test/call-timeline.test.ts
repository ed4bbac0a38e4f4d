import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withLater } from '../src/pages/console/call/later.ts';
import type { Lane, Timeline, Why } from '../src/pages/console/call/timeline.ts';

const lane = (connection: string, more: Partial<Lane> = {}): Lane => ({
  connection,
  callId: 'c',
  leg: connection,
  name: '',
  number: connection,
  role: 'participant',
  direction: 'incoming',
  from: 0,
  to: null,
  spans: [{ kind: 'present', from: 0, to: null }],
  samples: [],
  ...more,
});
const event = (seq: number, at: number) => ({
  seq,
  callId: 'c',
  at,
  type: 'held',
  connection: null,
  cause: null,
  text: '',
  says: [],
});
const message = (at: number, status: number) => ({
  ...{ at, leg: 'a', direction: 'out' as const, transport: 'udp', from: 'x', to: 'y', callId: 'i', cseq: '1 INVITE' },
  status,
});
const why = (kind: Why['kind'], code: string): Why => ({
  ...{ callId: 'c', connection: 'a', kind, code, sentence: code, details: {}, evidence: [] },
});
const timeline = (more: Partial<Timeline>): Timeline => ({
  call: { id: 'c', calls: ['c'], kind: 'call', state: 'running', conference: null, from: null, to: null, cause: null },
  ...{ from: 0, to: null, lanes: [], events: [], signalling: [], why: [], recordings: [] },
  ...more,
});
const sample = (at: number) => ({ at, level: -20, loss: 0, jitterMs: 1, mos: 4.3, packets: 50 });

test('what is told later is added once, and what ended before stays', () => {
  const talked = { kind: 'talking', from: 10, to: 20 } as const;
  const talks = { kind: 'talking', from: 90, to: null } as const;
  const shown = timeline({
    lanes: [
      lane('gone', { to: 50, spans: [{ kind: 'present', from: 0, to: 50 }] }),
      lane('a', { spans: [{ kind: 'present', from: 0, to: null }, talked, talks], samples: [sample(100)] }),
    ],
    events: [event(1, 0), event(2, 90), event(4, 130)],
    signalling: [message(5, 200), message(95, 180)],
    why: [why('failed', 'busy'), why('quality', 'loss')],
  });
  const later = timeline({
    lanes: [
      lane('a', {
        role: 'moderator',
        spans: [
          { kind: 'present', from: 0, to: null },
          { ...talks, to: 120 },
        ],
        samples: [sample(100), sample(105)],
      }),
      lane('b', { from: 110 }),
    ],
    events: [event(2, 90), event(3, 110), event(4, 130)],
    signalling: [message(95, 180), message(111, 200)],
    why: [why('failed', 'busy'), why('dropped', 'removed')],
  });
  const all = withLater(shown, later, 90);
  assert.deepEqual(
    all.lanes.map(({ connection }) => connection),
    ['gone', 'a', 'b'],
  );
  assert.deepEqual(all.lanes[1]?.spans, [talked, { kind: 'present', from: 0, to: null }, { ...talks, to: 120 }]);
  assert.deepEqual(
    all.lanes[1]?.samples.map(({ at }) => at),
    [100, 105],
  );
  assert.equal(all.lanes[1]?.role, 'moderator');
  assert.deepEqual(
    all.events.map(({ seq }) => seq),
    [1, 2, 3, 4],
  );
  assert.deepEqual(
    all.signalling.map(({ at }) => at),
    [5, 95, 111],
  );
  assert.deepEqual(
    all.why.map(({ code }) => code),
    ['busy', 'removed', 'loss'],
  );
  assert.deepEqual(withLater(all, later, 90), all, 'told twice it is the same');
});
