import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusedInvites } from './refused-invites.ts';

const refusal = (callId: string, more = {}) => ({
  at: 1,
  callId,
  from: '101',
  dialled: '999',
  status: 404,
  warning: null,
  ...more,
});

test('of each organization the newest first, a call that comes again once, and no PIN', () => {
  const refused = new RefusedInvites();
  refused.note('3', refusal('a', { dialled: '200*3*2233' }));
  refused.note('3', refusal('b', { status: 401 }));
  refused.note('4', refusal('c'));
  refused.note('3', refusal('a', { dialled: '200*3*2233*9', status: 503 }));
  assert.deepEqual(
    refused.of('3').map(({ callId, dialled, status }) => [callId, dialled, status]),
    [
      ['a', '200*3*xxxx', 503],
      ['b', '999', 401],
    ],
  );
  assert.deepEqual(refused.of('5'), []);
});

test('neither one that dials on and on nor many organizations take more memory', () => {
  const refused = new RefusedInvites();
  refused.note('quiet', refusal('x'));
  for (let n = 0; n < 1000; n++) refused.note('3', refusal(`c${n}`, { dialled: '1'.repeat(1000) }));
  assert.equal(refused.of('3').length, 100);
  assert.equal(refused.of('3')[0]?.callId, 'c999');
  assert.ok(refused.of('3').every(({ dialled }) => dialled.length <= 80));
  assert.equal(refused.of('quiet').length, 1);
  for (let n = 0; n < 50; n++) refused.note(`o${n}`, refusal('x'));
  assert.deepEqual(refused.of('quiet'), []);
  assert.equal(refused.of('o49').length, 1);
});
