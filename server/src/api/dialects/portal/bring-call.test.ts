import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import { bring } from './bring-call.ts';
import type { Line, PhoneLines } from './phone/phone-lines.ts';

test('only a call of a phone that one knows is brought, into a conference of its organization', async () => {
  const fixture = new RuntimeFixture();
  const { runtime } = fixture;
  const into = await fixture.enter('P', {}, 'moderator');
  const { calledLeg, callId } = await fixture.talking('A');
  const lines = (organizationId: string): Pick<PhoneLines, 'find'> => ({
    find: (id) =>
      id === 'mine'
        ? ({ phone: { calls: [{ id: calledLeg }] }, extension: { organizationId } } as unknown as Line)
        : null,
  });
  const ask = (phone: string, call: string, organizationId = 'org') =>
    bring({ runtime, lines: lines(organizationId) }, runtime.call(into.callId)!, into, { phone, call });
  await assert.rejects(ask('guessed', calledLeg), { code: 'notFound' });
  await assert.rejects(ask('mine', 'A'), { code: 'notFound' }, 'the leg of somebody else');
  await assert.rejects(ask('mine', calledLeg, 'other'), { code: 'notAllowed' });
  assert.equal(runtime.call(callId)?.connected, 2);
  await ask('mine', calledLeg);
  assert.deepEqual([runtime.call(callId), runtime.call(into.callId)?.connected], [null, 2]);
});
