import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AnotherWay } from '../src/another-way.ts';

function looking(t: TestContext, refusals: readonly (number | null)[]) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const left = [...refusals];
  const seen = { looks: 0, gaveUp: 0, connected: false };
  const way = new AnotherWay({
    connected: () => seen.connected,
    look: async () => {
      seen.looks++;
      const status = left.length > 1 ? left.shift() : left[0];
      if (status !== null) throw Object.assign(new Error('refused'), { status });
    },
    gaveUp: () => void seen.gaveUp++,
  });
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  return { way, seen, pass };
}

test('what is broken for a moment is left alone, what has failed is not', async (t) => {
  const { way, seen, pass } = looking(t, [null]);
  way.lost(false);
  await pass(499);
  way.found();
  await pass(10_000);
  assert.equal(seen.looks, 0);
  way.lost(false);
  seen.connected = true;
  await pass(500);
  assert.equal(seen.looks, 0, 'it was back without having been told');
  seen.connected = false;
  way.lost(true);
  await pass(0);
  assert.equal(seen.looks, 1);
});

test('a way that was begun is given time to be found, whatever is said of it; where there is none, none is given', async (t) => {
  const { way, seen, pass } = looking(t, [null]);
  way.begun();
  way.lost(true);
  way.lost(false);
  await pass(4999);
  assert.equal(seen.looks, 0);
  await pass(1);
  assert.equal(seen.looks, 1);
  // So has the other.
  way.lost(true);
  await pass(4999);
  assert.equal(seen.looks, 1);
  way.missing();
  await pass(0);
  assert.equal(seen.looks, 2);
  way.found();
  way.lost(true);
  await pass(0);
  assert.equal(seen.looks, 3, 'one that was found has failed');
});

test('where the server is not reached another is looked for ten times, and then no more', async (t) => {
  const { way, seen, pass } = looking(t, [0]);
  way.lost(true);
  await pass(0);
  for (let tries = 2; tries <= 10; tries++) {
    await pass(1499);
    assert.equal(seen.looks, tries - 1);
    await pass(1);
    assert.equal(seen.looks, tries);
  }
  await pass(60_000);
  assert.deepEqual([seen.looks, seen.gaveUp], [10, 1]);
});

test('a way that was found makes the count begin anew; a call that is over is given up at once; nothing follows its end', async (t) => {
  const { way, seen, pass } = looking(t, [503, 503, null, 404]);
  way.lost(true);
  await pass(0);
  await pass(1500);
  await pass(1500);
  assert.deepEqual([seen.looks, seen.gaveUp], [3, 0]);
  way.found();
  way.lost(true);
  await pass(0);
  assert.deepEqual([seen.looks, seen.gaveUp], [4, 1]);
  way.lost(true);
  await pass(60_000);
  assert.deepEqual([seen.looks, seen.gaveUp], [4, 1]);
});
