import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacedStarts } from './paced-starts.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

function stage() {
  const clock = new VirtualClock();
  const starts = new PacedStarts(clock, { most: 10, perSecond: 100, graceMs: 1000 });
  const begun: string[] = [];
  const ended: string[] = [];
  const add = (address: string, name = address) =>
    starts.add(address, { begin: () => void begun.push(name), end: () => void ended.push(name) });
  return { clock, starts, begun, ended, add };
}

test('so many are under way at once, and the next is begun when one is done', () => {
  const { clock, starts, begun, add } = stage();
  const done = Array.from({ length: 15 }, (_, at) => add('192.0.2.1', `${at}`));
  assert.equal(begun.length, 10);
  assert.equal(starts.waiting, 5);
  clock.advance(500);
  assert.equal(begun.length, 10, 'however much time there was');
  done[3]!();
  done[3]!();
  assert.deepEqual(begun.slice(10), ['10']);
  done[14]!();
  assert.equal(starts.waiting, 3, 'who does not want any more does not wait');
});

test('no more are begun a second than may be, and none of them is refused', () => {
  const { clock, starts } = stage();
  let begun = 0;
  for (let at = 0; at < 200; at++) {
    const done = starts.add('192.0.2.1', {
      begin: () => {
        begun++;
        clock.setTimer(1, () => done());
      },
      end: () => assert.fail('it was done in time'),
    });
  }
  assert.equal(begun, 10);
  clock.advance(1000);
  assert.ok(begun >= 100 && begun <= 111, `${begun}`);
  clock.advance(1000);
  assert.equal(begun, 200);
});

test('who asks once comes before those who ask a thousand times', () => {
  const { clock, begun, ended, add } = stage();
  for (let at = 0; at < 1000; at++) add(`192.0.2.${1 + (at % 5)}`);
  add('198.51.100.7');
  assert.equal(begun.length, 10);
  clock.advance(900);
  assert.equal(begun.length, 10, 'they have their time');
  clock.advance(200);
  assert.equal(begun[10], '198.51.100.7');
  assert.ok(ended.length >= 1 && !ended.includes('198.51.100.7'));
});

test('an IPv6 site that asks from a thousand prefixes waits for itself', () => {
  const { clock, begun, ended, add } = stage();
  for (let at = 0; at < 1000; at++) add(`2001:db8:7:${at.toString(16)}::1`);
  for (const other of ['2001:db8:8::1', '198.51.100.7']) add(other);
  assert.equal(begun.length, 10);
  clock.advance(1100);
  assert.deepEqual(begun.slice(10, 12), ['2001:db8:8::1', '198.51.100.7']);
  assert.ok(ended.length >= 2 && ended.every((address) => address.startsWith('2001:db8:7:')));
});

test('within a site as well who asks once comes first', () => {
  const { clock, begun, add } = stage();
  for (let at = 0; at < 1000; at++) add('2001:db8:7:1::1');
  add('2001:db8:7:2::1');
  clock.advance(1100);
  assert.equal(begun[10], '2001:db8:7:2::1');
});

test('nobody gives way while nobody waits', () => {
  const { clock, ended, add } = stage();
  for (let at = 0; at < 10; at++) add('192.0.2.1');
  clock.advance(3_600_000);
  assert.deepEqual(ended, []);
});
