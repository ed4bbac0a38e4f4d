import assert from 'node:assert/strict';
import { test } from 'node:test';

/** `npm test` says when the machine is too slow to judge sound and time. */

interface Pace {
  readonly lateMs: number;
  readonly latestMs: number;
  readonly slowdown: number;
  readonly stolen: number;
}

const { paceFor, paceInWords, tooSlow } = (await import(new URL('../../scripts/pace.mjs', import.meta.url).href)) as {
  paceFor(ms: number): Promise<Pace>;
  paceInWords(pace: Pace): string;
  tooSlow(pace: Pace): boolean;
};

test('late timers, slow work and time given to other machines are each too slow', () => {
  const quiet = { lateMs: 1, latestMs: 30, slowdown: 1.1, stolen: 0 };
  assert.equal(tooSlow(quiet), false);
  for (const change of [{ lateMs: 40 }, { slowdown: 3 }, { stolen: 0.2 }]) {
    assert.equal(tooSlow({ ...quiet, ...change }), true, JSON.stringify(change));
  }
  assert.equal(
    paceInWords({ ...quiet, stolen: 0.2 }),
    'timers 1 ms late in one of 100, 30 ms at most; work took 1.1 times its processor time; 20 % of the time was given to other machines',
  );
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
