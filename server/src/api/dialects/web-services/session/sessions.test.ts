import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import { VirtualClock } from '../../../../base/testing/virtual-clock.ts';
import { Sessions } from './sessions.ts';

test('however many sessions the users of one organization begin, those of another go on', () => {
  const sessions = new Sessions(new VirtualClock(), new SeededRandom(1), 1_800_000);
  const other = sessions.begin({ organizationId: '4', userId: 1 });
  const begun = Array.from({ length: 20_100 }, (_, at) =>
    sessions.begin({ organizationId: '3', userId: Math.floor(at / 64) }),
  );
  assert.equal(sessions.size, 20_000);
  assert.equal(other.ended, false);
  assert.deepEqual([begun[100]!.ended, begun[101]!.ended], [true, false], 'its own give way, the oldest first');
  const more = Array.from({ length: 64 }, () => sessions.begin({ organizationId: '4', userId: 2 }));
  assert.ok(more.every(({ ended }) => !ended));
  assert.equal(sessions.size, 20_000);
});
