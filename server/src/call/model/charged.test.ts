import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RuntimeFixture } from '../testing/runtime-fixture.ts';
import { chargedOf, ownExtension } from './charged.ts';

test('a call between phones is charged to who began it, as a whole and for each of its connections', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller, called } = await fixture.talking();
  const call = fixture.runtime.call(callId)!;
  for (const connection of [null, call.connections.get(caller)!, call.connections.get(called)!]) {
    assert.equal(chargedOf(call, connection), 'x100');
  }
  const elsewhere = { ...call, organizationId: 'other' };
  assert.equal(chargedOf(elsewhere, null), null);
  assert.equal(ownExtension(elsewhere, call.from), null);
  assert.equal(chargedOf({ ...call, charged: 'x9' }, null), 'x9');
});

test('in a conference who came in is charged, who listens too, and the conference for whom it called', async () => {
  const fixture = new RuntimeFixture();
  const { callId, connectionId } = await fixture.enter('A');
  const call = fixture.runtime.call(callId)!;
  const came = call.connections.get(connectionId)!;
  assert.equal(chargedOf(call, came), 'xA');
  assert.equal(chargedOf(call, { ...came, direction: 'outgoing' }), 'x211');
  assert.equal(chargedOf(call, { ...came, direction: 'outgoing', role: 'supervisor' }), 'xA');
  assert.equal(chargedOf(call, { ...came, charged: 'x9' }), 'x9');
});
