import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListenerWatch } from './listener-watch.ts';

/** What is told, and when, ms, of a peer whose signs come at these times; it is looked at for a minute. */
function told(
  signs: readonly number[],
  { answers = false, overAt = Number.POSITIVE_INFINITY, sinceMs = 0 } = {},
): string[] {
  const watch = new ListenerWatch(sinceMs);
  const all: string[] = [];
  for (let nowMs = 200; nowMs <= 60_000; nowMs += 200) {
    const heardMs = signs.findLast((at) => at <= nowMs) ?? 0;
    const change = watch.look(nowMs, { heardMs, answers, over: nowMs >= overAt });
    if (change !== null) all.push(`${nowMs} ${change}`);
  }
  return all;
}

const every = (ms: number, untilMs: number) => Array.from({ length: untilMs / ms }, (_, i) => (i + 1) * ms);

test('who answers when asked is missed within two seconds, and there again with its next sign', () => {
  assert.deepEqual(told(every(1200, 60_000), { answers: true }), ['1200 true']);
  assert.deepEqual(told(every(1200, 12_000), { answers: true }), ['1200 true', '13800 false']);
  assert.deepEqual(told([1000, 2000, 6000, 7000], { answers: true }).slice(0, 3), [
    '1000 true',
    '3800 false',
    '6000 true',
  ]);
});

test('who only reports may lose one report, and is missed after that', () => {
  assert.deepEqual(told(every(7500, 60_000)), ['7600 true']);
  assert.deepEqual(told(every(5000, 20_000)), ['5000 true', '28000 false']);
});

test('who never reports is there until its connection is over', () => {
  assert.deepEqual(told([1000]), ['1000 true']);
  assert.deepEqual(told([1000, 1400]), ['1000 true']);
  assert.deepEqual(told([1000], { overAt: 31_000 }), ['1000 true', '31000 false']);
  assert.deepEqual(told([]), []);
  assert.deepEqual(told([900, 3000], { sinceMs: 900 }), ['3000 true'], 'what came another way is no sign of this one');
});

test('it is asked a second after its last sign, and each second until one comes', () => {
  const watch = new ListenerWatch(0);
  const asked: number[] = [];
  for (let nowMs = 200; nowMs <= 8000; nowMs += 200) {
    const heardMs = nowMs < 1000 ? 0 : nowMs < 4600 ? 1000 : 4600;
    watch.look(nowMs, { heardMs, answers: false, over: false });
    if (watch.asks(nowMs)) asked.push(nowMs);
  }
  assert.deepEqual(asked, [2000, 3000, 4000, 5600, 6600, 7600]);
});
