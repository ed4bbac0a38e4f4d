import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { test } from 'node:test';
import { startChild } from './peers/children.ts';

/** `npm test` says when the machine is too slow to judge sound and time. */

interface Pace {
  readonly lateMs: number;
  readonly latestMs: number;
  readonly slowdown: number;
  readonly stolen: number;
  readonly others: number;
}

const { paceFor, paceInWords, tooSlow } = (await import(new URL('../../scripts/pace.mjs', import.meta.url).href)) as {
  paceFor(ms: number): Promise<Pace>;
  paceInWords(pace: Pace): string;
  tooSlow(pace: Pace, when?: { idle: boolean }): boolean;
};

const quiet = { lateMs: 1, latestMs: 30, slowdown: 1.1, stolen: 0, others: 0.02 };

test('while nothing of ours runs, late timers, slow work and time given to other machines are each too slow', () => {
  assert.equal(tooSlow(quiet, { idle: true }), false);
  for (const change of [{ lateMs: 40 }, { slowdown: 3 }, { stolen: 0.2 }]) {
    assert.equal(tooSlow({ ...quiet, ...change }, { idle: true }), true, JSON.stringify(change));
  }
});

test('what our own tests take of a machine does not make it too slow; what others take does', () => {
  // As measured on a quiet machine of two cores, beside stress-ng, and among twenty programs.
  assert.equal(tooSlow({ ...quiet, lateMs: 32, slowdown: 3.6 }), false);
  assert.equal(tooSlow({ ...quiet, lateMs: 32, slowdown: 3.6, others: 0.6 }), true);
  assert.equal(tooSlow({ ...quiet, others: 0.6 }), false, 'nothing was late for that');
  assert.equal(tooSlow({ ...quiet, lateMs: 253, slowdown: 16.9 }), true, 'whoever took it');
  assert.equal(tooSlow({ ...quiet, stolen: 0.2 }), true);
});

test('it is said in words', () => {
  assert.equal(
    paceInWords({ ...quiet, stolen: 0.2, others: 0.6 }),
    'timers 1 ms late in one of 100, 30 ms at most; work took 1.1 times its processor time; ' +
      'other programs had 60 % of the processors; 20 % of the time was given to other machines',
  );
});

test('what others take is told from what we take', { skip: process.platform !== 'linux' }, async () => {
  // It works until it is killed: one that ended while it is measured would not be counted.
  const work = `const end = performance.now() + 20_000; while (performance.now() < end);`;
  const other = startChild(process.execPath, ['-e', work], { stdio: 'ignore' });
  const gone = once(other, 'exit');
  const { others } = await paceFor(800);
  const had = cpus().length * others * 800;
  other.kill('SIGKILL');
  await gone;
  assert.ok(had > 30, `${had} ms`);
});

test('a thread that is kept from running is measured as late', async () => {
  const pace = paceFor(700);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const until = performance.now() + 300;
  while (performance.now() < until);
  const { latestMs, slowdown } = await pace;
  assert.ok(latestMs > 200, `${latestMs} ms`);
  assert.ok(slowdown >= 0.9 && Number.isFinite(slowdown), `${slowdown}`);
});
