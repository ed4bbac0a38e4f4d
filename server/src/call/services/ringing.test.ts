import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import type { CallRef } from '../model/call.ts';
import { consulted } from '../testing/consultation.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { conferenceCall } from './conference-call.ts';
import { deflectCall } from './deflect-call.ts';
import { holdCall } from './hold-call.ts';
import { makeCall } from './make-call.ts';
import { pickUpCall } from './pick-up-call.ts';
import { receiveCall } from './receive-call.ts';
import { rejectCall } from './reject-call.ts';

const refusedWith = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
const to102 = { device: extension('102'), ...consulted } as const;

/** 101 rings for 100. */
async function ringing() {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  fixture.runtime.report(calledLeg, { type: 'delivered' });
  await fixture.settle();
  const called = fixture.runtime.refOfLeg(calledLeg)!;
  fixture.ports.taken();
  return { fixture, ref, called, calledLeg };
}

test('a phone that rings rejects the call: its caller hears why, and it is over', async () => {
  for (const [asked, cause] of [
    [{}, 'callRejected'],
    [{ cause: 'busy' }, 'busy'],
  ] as const) {
    const { fixture, called, calledLeg } = await ringing();
    await fixture.runtime.do(rejectCall, { ...called, ...asked });
    assert.deepEqual(fixture.ports.taken().map(inWords), [`clear ${calledLeg} ${cause}`, `clear A ${cause}`]);
    const types = ['originated', 'originated', 'delivered', 'failed', 'connectionCleared', 'connectionCleared'];
    assert.deepEqual(fixture.types(called.callId), [...types, 'callCleared']);
    assert.equal(fixture.runtime.call(called.callId), null);
    await assert.rejects(fixture.runtime.do(rejectCall, called), refusedWith('callNotFound'));
  }
});

test('of phones that ring together one rejects: the others ring on', async () => {
  const { fixture, called, calledLeg } = await ringing();
  const other = await fixture.runtime.do(pickUpCall, { ...called, ...to102 });
  fixture.ports.taken();
  await fixture.runtime.do(rejectCall, called);
  assert.deepEqual(fixture.ports.taken().map(inWords), [`clear ${calledLeg} callRejected`]);
  fixture.runtime.report(fixture.runtime.call(called.callId)!.connections.get(other.connectionId)!.legId, {
    type: 'answered',
  });
  await fixture.settle();
  assert.equal(fixture.runtime.call(called.callId)?.answered, 2);
});

test('a call that rings is sent to another phone: the caller waits on, and talks to that', async () => {
  const { fixture, ref, called, calledLeg } = await ringing();
  const next = await fixture.runtime.do(deflectCall, { ...called, ...to102, charged: 'x101' });
  assert.deepEqual(fixture.ports.taken().map(inWords), ['dial 102', 'forwarded A', `clear ${calledLeg} normal`]);
  const diverted = fixture.store.log(ref.callId).find(({ type }) => type === 'diverted');
  assert.deepEqual([diverted?.connectionId, diverted?.data], [called.connectionId, { to: '102' }]);
  const call = () => fixture.runtime.call(ref.callId)!;
  assert.equal(call().connections.get(next.connectionId)?.charged, 'x101');
  fixture.runtime.report(fixture.legOf(next), { type: 'delivered' });
  fixture.runtime.report(fixture.legOf(next), { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(
    [...call().connections.values()].map(({ device, state }) => `${device.number} ${state}`),
    ['100 connected', '102 connected'],
  );
  await assert.rejects(fixture.runtime.do(deflectCall, { ...next, ...to102 }), refusedWith('invalidState'));
});

test('the one it was sent to is not reached: the caller is told', async () => {
  const { fixture, called } = await ringing();
  const next = await fixture.runtime.do(deflectCall, { ...called, ...to102 });
  fixture.runtime.report(fixture.legOf(next), { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.equal(fixture.ports.taken().map(inWords).at(-1), 'clear A busy');
  assert.equal(fixture.runtime.call(called.callId), null);
});

test('a phone whose calls are all on hold begins another one, without ringing; it can be merged with them', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking();
  const original: CallRef = { callId, connectionId: called };
  const request = {
    kind: 'call',
    organizationId: 'org',
    from: extension('101'),
    fromTarget: { kind: 'terminal', aor: '101' },
    callerId: { name: '', number: '102' },
    to: extension('102'),
    toTarget: { kind: 'terminal', aor: '102' },
    timeoutMs: 1000,
    fromLeg: calledLeg,
  } as const;
  await assert.rejects(fixture.runtime.do(makeCall, request), refusedWith('invalidState'));
  await fixture.runtime.do(holdCall, original);
  fixture.ports.taken();
  await assert.rejects(
    fixture.runtime.do(makeCall, { ...request, from: extension('105') }),
    refusedWith('conflict'),
    'somebody else is on that leg',
  );
  const made = await fixture.runtime.do(makeCall, request);
  assert.deepEqual(
    fixture.ports
      .taken()
      .map(inWords)
      .filter((words) => words.startsWith('dial')),
    ['dial 102'],
  );
  const call = fixture.runtime.call(made.callId)!;
  assert.deepEqual([call.parent, call.from, call.to], [null, extension('101'), extension('102')]);
  assert.equal(call.connections.get(made.connectionId)?.legId, calledLeg);
  fixture.runtime.report([...call.connections.values()].at(-1)!.legId, { type: 'answered' });
  await fixture.settle();
  await fixture.runtime.do(conferenceCall, { original, consult: made });
  assert.equal(fixture.runtime.call(callId)?.connected, 3);
  assert.deepEqual(fixture.ports.faults, []);
});

test('a second call comes to a phone that talks: it rings there beside the first, and is answered, held and ended apart', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking();
  const second = await fixture.runtime.do(receiveCall, {
    kind: 'call',
    legId: 'C',
    organizationId: 'org',
    from: extension('103'),
    to: extension('101'),
    target: { kind: 'terminal', aor: '101' },
    callerId: { name: '', number: '103' },
    timeoutMs: 1000,
  });
  const own = fixture.lastDialled();
  assert.notEqual(own, calledLeg);
  assert.equal(fixture.runtime.connectionsOf('x101').length, 2);
  fixture.runtime.report(own, { type: 'delivered' });
  // The phone puts its first call on hold by itself when its user takes the second.
  fixture.runtime.report(calledLeg, { type: 'heldByPeer' });
  fixture.runtime.report(own, { type: 'answered' });
  await fixture.settle();
  const state = (ref: CallRef) => fixture.runtime.call(ref.callId)?.connections.get(ref.connectionId)?.state;
  const waiting = fixture.runtime.refOfLeg(own)!;
  assert.deepEqual([state({ callId, connectionId: called }), state(waiting)], ['hold', 'connected']);
  assert.equal(fixture.ports.leg('A').held, 'music');
  fixture.runtime.report(own, { type: 'cleared', cause: 'normal' });
  fixture.runtime.report(calledLeg, { type: 'retrievedByPeer' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(second.callId), null);
  assert.equal(state({ callId, connectionId: called }), 'connected');
  assert.equal(fixture.ports.leg('A').held, null);
});
