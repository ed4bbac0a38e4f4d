import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Figure, failed, medians, table } from '../../bench/figure.ts';

/* What the benchmark (bench/) makes of its figures. */

const run = (core: number, delivered: number): readonly Figure[] => [
  { name: 'room', value: core, unit: 'core', goal: { atMost: 1 } },
  { name: 'room, delivered', value: delivered, unit: '%', goal: { atLeast: 99.9 }, ofSound: true },
];

test('a goal that is missed is a figure; sound that is lost, in one run of several, is a failure', () => {
  const dear = medians([run(1.2, 100), run(0.9, 100), run(1.4, 99.95)]);
  assert.deepEqual(
    dear.map(({ value }) => value),
    [1.2, 99.95],
  );
  assert.ok(!dear.some(failed));
  assert.match(table(dear), /1\.20 core .* MISSED\n/);

  const lossy = medians([run(0.5, 100), run(0.4, 60), run(0.5, 100)]);
  assert.ok(lossy.some(failed));
  assert.match(table(lossy), /60 % .* SOUND LOST$/);
});

test('what was not measured is a failure, unless another run did', () => {
  assert.ok(medians([run(Number.NaN, 100)]).some(failed));
  assert.ok(!medians([run(Number.NaN, 100), run(0.5, 100)]).some(failed));
});
