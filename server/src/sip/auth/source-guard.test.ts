import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { RateLimit } from './rate-limit.ts';
import { SourceGuard } from './source-guard.ts';

test('delays grow, then the source is banned, longer each time', () => {
  const clock = new VirtualClock();
  const guard = new SourceGuard({
    clock,
    log: silentLog,
    banAfter: 6,
    firstDelayMs: 100,
    maxDelayMs: 500,
    banMs: 1000,
  });
  const delays = [1, 2, 3, 4, 5].map(() => guard.failed('a', 'x').delayMs);
  assert.deepEqual(delays, [0, 100, 200, 400, 500]);
  assert.equal(guard.banned('a'), false);
  assert.deepEqual(guard.failed('a', 'x'), { delayMs: 0, banned: true });
  assert.equal(guard.banned('a'), true);
  assert.equal(guard.banned('b'), false);
  clock.advance(1001);
  assert.equal(guard.banned('a'), false);
  assert.equal(guard.failed('a', 'x').banned, true);
  clock.advance(1001);
  assert.equal(guard.banned('a'), true);
  clock.advance(1000);
  assert.equal(guard.banned('a'), false);
});

test('a success forgives half, time forgives all', () => {
  const clock = new VirtualClock();
  const guard = new SourceGuard({ clock, log: silentLog, banAfter: 5, forgetMs: 10_000 });
  for (let i = 0; i < 40; i++) {
    assert.equal(guard.failed('office', 'old-phone').banned, false);
    guard.succeeded('office');
  }
  for (let i = 0; i < 4; i++) guard.failed('later', 'x');
  clock.advance(10_001);
  assert.deepEqual(guard.failed('later', 'x'), { delayMs: 0, banned: false });
});

test('the table is bounded', () => {
  const clock = new VirtualClock();
  const guard = new SourceGuard({ clock, log: silentLog, maxSources: 100 });
  for (let i = 0; i < 1000; i++) guard.failed(`source-${i}`, 'x');
  assert.equal(guard.counts().sources, 100);
});

test('the log names the source', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const guard = new SourceGuard({ clock: new VirtualClock(), log, banAfter: 2 });
  guard.failed('192.0.2.7', 'anna');
  guard.failed('192.0.2.7', 'anna');
  assert.match(lines[0]!, /192\.0\.2\.7.*authentication failed/);
  assert.match(lines[1]!, /192\.0\.2\.7.*banned/);
});

test('a rate limit refills over time and keeps sources apart', () => {
  const limit = new RateLimit({ perSecond: 10, burst: 5, maxSources: 2 });
  const takes = (address: string, now: number) =>
    Array.from({ length: 8 }, () => limit.admit(address, now)).filter(Boolean).length;
  assert.equal(takes('a', 0), 5);
  assert.equal(takes('b', 0), 5);
  assert.equal(takes('a', 200), 2);
  assert.equal(takes('c', 200), 5);
  assert.equal(limit.refused, 3 + 3 + 6 + 3);
});
