import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { type GuardEvent, type GuardOptions, SourceGuard } from './source-guard.ts';

function guardWith(options: Partial<GuardOptions> = {}, log = silentLog) {
  const clock = new VirtualClock();
  return { clock, guard: new SourceGuard({ clock, random: new SeededRandom(1), log, ...options }) };
}

test('delays grow, then this user is banned at this address, longer each time', () => {
  const { clock, guard } = guardWith({ banAfter: 6, firstDelayMs: 100, maxDelayMs: 500, banMs: 1000 });
  const delays = [1, 2, 3, 4, 5].map(() => guard.failed('a', 'x').delayMs);
  assert.deepEqual(delays, [0, 100, 200, 400, 500]);
  assert.equal(guard.banned('a', 'x'), false);
  assert.deepEqual(guard.failed('a', 'X'), { delayMs: 0, banned: true });
  assert.equal(guard.banned('a', 'x'), true);
  assert.equal(guard.banned('a', 'y'), false, 'a neighbour');
  assert.equal(guard.banned('a', null), false, 'somebody who says no name');
  assert.equal(guard.banned('b', 'x'), false, 'the same user elsewhere');
  assert.equal(guard.banned('a', 'x', true), false, 'the phone that had the right password');
  assert.equal(guard.failed('a', 'y').delayMs, 0);
  clock.advance(1001);
  assert.equal(guard.banned('a', 'x'), false);
  assert.equal(guard.failed('a', 'x').banned, true);
  clock.advance(1001);
  assert.equal(guard.banned('a', 'x'), true);
  clock.advance(1000);
  assert.equal(guard.banned('a', 'x'), false);
});

test('what was on its way when the ban began does not make it longer', () => {
  const { clock, guard } = guardWith({ banAfter: 2, banMs: 1000 });
  guard.failed('a', 'x');
  assert.equal(guard.failed('a', 'x').banned, true);
  for (let i = 0; i < 5; i++) assert.equal(guard.failed('a', 'x').banned, false);
  clock.advance(1001);
  assert.equal(guard.banned('a', 'x'), false);
});

test('a success forgives half, time forgives all', () => {
  const { clock, guard } = guardWith({ banAfter: 5, forgetMs: 10_000, addressBanAfter: 1000 });
  for (let i = 0; i < 40; i++) {
    assert.equal(guard.failed('office', 'old-phone').banned, false);
    guard.succeeded('office', 'old-phone');
  }
  for (let i = 0; i < 4; i++) guard.failed('later', 'x');
  clock.advance(10_001);
  assert.deepEqual(guard.failed('later', 'x'), { delayMs: 0, banned: false });
});

test('an address that fails under many names is banned as a whole, but for those who have proven themselves', () => {
  const { clock, guard } = guardWith({ addressBanAfter: 20, banMs: 1000 });
  for (let i = 0; i < 19; i++) guard.failed('192.0.2.7', `user-${i}`);
  assert.equal(guard.banned('192.0.2.7', 'anna'), false);
  guard.failed('192.0.2.7', 'user-19');
  assert.equal(guard.banned('192.0.2.7', 'anna'), true);
  assert.equal(guard.banned('192.0.2.7', null), true);
  assert.equal(guard.banned('192.0.2.7', 'anna', true), false);
  assert.equal(guard.banned('192.0.2.8', 'anna'), false);
  clock.advance(1001);
  assert.equal(guard.banned('192.0.2.7', 'anna'), false);
});

test('an IPv6 site that fails from ever new prefixes is banned as a whole', () => {
  const { guard } = guardWith({ addressBanAfter: 4 });
  for (let i = 0; i < 39; i++) guard.failed(`2001:db8:1:${i.toString(16)}::1`, `user-${i}`);
  assert.equal(guard.banned('2001:db8:1:ffff::1', 'anna'), false);
  guard.failed('2001:db8:1:aaaa::1', 'x');
  assert.equal(guard.banned('2001:db8:1:ffff::1', 'anna'), true);
  assert.equal(guard.banned('2001:db8:2::1', 'anna'), false);
  for (let i = 0; i < 4; i++) guard.failed(`2001:db8:2:7::${i}`, `user-${i}`);
  assert.equal(guard.banned('2001:db8:2:7:1:2:3:4', 'anna'), true, 'the same /64');
  assert.equal(guard.banned('2001:db8:2:8::', 'anna'), false);
});

test('a ban is listed, told and lifted', () => {
  const lines: string[] = [];
  const log = createLog('info', { write: (line: string) => void lines.push(line) });
  const { clock, guard } = guardWith({ banAfter: 2, banMs: 60_000 }, log);
  const told: GuardEvent[] = [];
  guard.onBan = (event) => void told.push(event);
  guard.failed('192.0.2.7', 'anna');
  assert.match(lines[0]!, /192\.0\.2\.7.*authentication failed/);
  guard.failed('192.0.2.7', 'anna');
  const [ban] = guard.bans();
  const { id, ...rest } = ban!;
  const since = clock.now();
  assert.deepEqual(rest, { source: '192.0.2.7', username: 'anna', since, until: since + 60_000 });
  assert.match(lines[1]!, new RegExp(`192\\.0\\.2\\.7.*anna.*DELETE /admin/v1/bans/${id} lifts it`));
  assert.deepEqual(guard.counts(), { sources: 1, banned: 1 });
  assert.equal(guard.lift('no such ban'), null);
  assert.deepEqual(guard.lift(id), ban);
  assert.equal(guard.lift(id), null);
  assert.equal(guard.banned('192.0.2.7', 'anna'), false);
  assert.deepEqual(guard.failed('192.0.2.7', 'anna'), { delayMs: 0, banned: false }, 'all is forgotten');
  assert.deepEqual(
    told.map(({ type }) => type),
    ['begun', 'lifted'],
  );
  guard.failed('192.0.2.7', 'anna');
  clock.advance(60_001);
  assert.deepEqual(guard.bans(), []);
});

test('the tables are bounded', () => {
  const { guard } = guardWith({ maxSources: 100, banAfter: 1, addressBanAfter: 1 });
  for (let i = 0; i < 1000; i++) guard.failed(`source-${i}`, 'x');
  assert.equal(guard.counts().sources, 500);
  assert.ok(guard.bans().length <= 100);
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
