import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkEnd } from '../testing/agreement.ts';
import { Walk } from '../testing/walk.ts';

for (const [seed, faults] of [
  [11, 0],
  [12, 0],
  [13, 20],
] as const) {
  test(`a walk over all services keeps what must hold${faults > 0 ? ', the disk failing now and then' : ''}`, async (t) => {
    t.diagnostic(`seed ${seed}`);
    const walk = new Walk(seed, faults);
    await walk.run(16_000);
    walk.fixture.store.beforeAppend = null;
    await walk.fixture.clock.advanceAsync(60_000);
    await walk.check();
    assert.deepEqual([...walk.refused], []);
    t.diagnostic([...walk.done].map(([name, times]) => `${name} ${times}`).join(', '));
    for (const name of [
      'listen',
      'coach',
      'barge',
      'transfer',
      'park',
      'unpark',
      'pickUp',
      'record',
      'recordNoMore',
      'consult',
      'swap',
      'merge',
      'mergeTransfer',
      'line',
      'answerLine',
      'changeRole',
      'recordNotNow',
    ]) {
      assert.ok((walk.done.get(name) ?? 0) > 20, `${name} was hardly ever allowed`);
    }
    await checkEnd(walk.fixture);
    assert.deepEqual([...walk.budget.held], []);
  });
}
