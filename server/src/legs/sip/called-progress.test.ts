import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CalledProgress } from './called-progress.ts';

type Step = readonly ['said', number, boolean | null] | readonly ['sound', boolean];

/** What is told after each step, one second apart unless said otherwise. */
function told(steps: readonly Step[], everyMs = 1000): string[] {
  const progress = new CalledProgress();
  return steps.map((step, at) => {
    const nowMs = 5000 + at * everyMs;
    const news = step[0] === 'said' ? progress.said(step[1], step[2], nowMs) : progress.sounds(step[1], nowMs);
    if (news === null) return '–';
    return news.early === undefined ? 'rings' : news.early ? 'heard' : 'rings again';
  });
}

const said = (status: number, maySend: boolean | null = null): Step => ['said', status, maySend];
const sound: Step = ['sound', true];
const silence: Step = ['sound', false];

test('180 alone rings, 183 alone says nothing, 183 with a description is heard', () => {
  assert.deepEqual(told([said(180), said(180)]), ['rings', '–']);
  assert.deepEqual(told([said(183), said(182), said(180)]), ['–', '–', 'rings']);
  assert.deepEqual(told([said(183, true), sound, silence, said(183)]), ['heard', '–', '–', '–']);
});

test('after a description without sound a 180 rings, until there is sound', () => {
  assert.deepEqual(told([said(183, true), said(180), sound]), ['heard', 'rings again', 'heard']);
  assert.deepEqual(told([said(183, false), said(180), sound]), ['–', 'rings', '–'], 'inactive');
  assert.deepEqual(told([said(183, true), sound, said(183, false), said(180)]), ['heard', '–', '–', 'rings again']);
  assert.deepEqual(told([said(180, true), sound]), ['rings', 'heard']);
  assert.deepEqual(told([said(180), said(183, true), sound]), ['rings', '–', 'heard']);
});

test('an announcement that ends with the 180 gives way to ringback; ringback of the network with its pauses does not', () => {
  assert.deepEqual(told([said(183, true), sound, said(180), silence]), ['heard', '–', '–', 'rings again']);
  const own = told([said(183, true), sound, said(180), said(183), said(183), silence, sound, silence]);
  assert.deepEqual(own, ['heard', '–', '–', '–', '–', '–', '–', '–']);
  const begunLater = told([said(180, true), sound, sound, silence, sound, silence]);
  assert.deepEqual(begunLater, ['rings', 'heard', '–', '–', '–', '–']);
  assert.deepEqual(told([said(183, true), sound, said(180), sound, sound, silence, said(180)]).at(-1), 'rings again');
});
