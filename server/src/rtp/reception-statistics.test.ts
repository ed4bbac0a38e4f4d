import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReceptionStatistics } from './reception-statistics.ts';

function receive(statistics: ReceptionStatistics, sequences: Iterable<number>): void {
  for (const sequence of sequences) statistics.update(sequence & 0xffff, sequence * 160, sequence * 160);
}

function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}

test('counts nothing lost on a clean stream across the wrap of the sequence number', () => {
  const statistics = new ReceptionStatistics();
  receive(statistics, range(65_500, 65_700));
  assert.equal(statistics.lost, 0);
  const report = statistics.report();
  assert.deepEqual(report, { fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 65_699, jitter: 0 });
});

test('counts loss per interval and in all', () => {
  const statistics = new ReceptionStatistics();
  receive(statistics, range(0, 100));
  statistics.report();
  receive(
    statistics,
    [...range(100, 200)].filter((n) => n % 4 !== 0 || n === 199),
  );
  const { fractionLost, cumulativeLost } = statistics.report();
  assert.equal(cumulativeLost, 25);
  assert.equal(fractionLost, 64);
  assert.equal(statistics.lost, 25);
  receive(statistics, range(200, 300));
  assert.equal(statistics.report().fractionLost, 0);
});

test('disorder is not loss, duplicates do not make it negative', () => {
  const statistics = new ReceptionStatistics();
  receive(statistics, [0, 2, 1, 3, 3, 3, 5, 4]);
  assert.equal(statistics.lost, 0);
  assert.equal(statistics.report().cumulativeLost, -2);
});

test('a restarted source is believed at its second packet and keeps the totals', () => {
  const statistics = new ReceptionStatistics();
  receive(statistics, range(0, 50));
  receive(statistics, range(30_000, 30_050));
  assert.equal(statistics.lost, 0);
  assert.equal(statistics.received, 100);
});

test('measures jitter as RFC 3550 A.8', () => {
  const statistics = new ReceptionStatistics();
  // Alternately 0 and 10 ms late: differences of 80 units, to which the estimate converges.
  for (let n = 0; n < 400; n++) statistics.update(n, n * 160, n * 160 + (n % 2) * 80);
  assert.ok(Math.abs(statistics.jitter - 80) < 2, `${statistics.jitter}`);
});

test('a jump of the timestamp base is not jitter', () => {
  const statistics = new ReceptionStatistics();
  for (let n = 0; n < 10; n++) statistics.update(n, n * 160, n * 160);
  for (let n = 10; n < 20; n++) statistics.update(n, (n * 160 + 0x4000_0000) >>> 0, n * 160);
  assert.equal(statistics.jitter, 0);
});
