import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearConnection } from './clear-connection.ts';
import { generateDigits } from './generate-digits.ts';
import { holdCall } from './hold-call.ts';
import { joinCall } from './join-call.ts';
import type { JoinCall } from './requests.ts';
import { setMute } from './set-mute.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);

/** A supervisor, dialled and answered; gives its connection and leg. */
async function joined(fixture: RuntimeFixture, callId: string, how: Pick<JoinCall, 'mode' | 'coached' | 'deaf'>) {
  const ref = await fixture.runtime.do(joinCall, {
    callId,
    ...how,
    device: extension('150'),
    target: { kind: 'terminal', aor: '150' },
    callerId: { name: 'Listen', number: '101' },
    timeoutMs: 9000,
    data: { why: 'training' },
  });
  const legId = fixture.lastDialled();
  fixture.runtime.report(legId, { type: 'delivered' });
  fixture.runtime.report(legId, { type: 'answered' });
  await fixture.settle();
  return { ref, legId };
}

test('one who listens hears all and is heard by nobody, whatever it is set to', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  told(fixture);
  const { ref, legId } = await joined(fixture, callId, { mode: 'listen' });
  assert.deepEqual(told(fixture), ['dial 150', `set ${legId} muted=true heardBy=${legId}`, `join ${legId}`]);
  const connection = fixture.runtime.call(callId)!.connections.get(ref.connectionId)!;
  assert.deepEqual([connection.role, connection.data], ['supervisor', { why: 'training' }]);
  await fixture.runtime.do(setMute, { ...ref, muted: false });
  assert.deepEqual(told(fixture), []);
  assert.equal(fixture.ports.leg(legId).muted, true);
});

test('a coach is heard by the one it coaches, by nobody when that one is gone', async () => {
  const fixture = new RuntimeFixture();
  const { callId, called, calledLeg } = await fixture.talking();
  const third = await joined(fixture, callId, { mode: 'barge' });
  told(fixture);
  const { legId } = await joined(fixture, callId, { mode: 'coach', coached: called, deaf: true });
  assert.deepEqual(told(fixture), ['dial 150', `set ${legId} deaf=true heardBy=${calledLeg}`, `join ${legId}`]);
  fixture.runtime.report(calledLeg, { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.deepEqual(told(fixture), [`leave ${calledLeg}`, `set ${legId} muted=true heardBy=${legId}`]);
  // Two still talk; when only the supervisor is left with one of them, it ends.
  await fixture.runtime.do(clearConnection, { ...third.ref, cause: 'removed' });
  assert.equal(fixture.runtime.call(callId), null);
  assert.ok(told(fixture).includes(`clear ${legId} normal`));
  assert.deepEqual(fixture.ports.faults, []);
});

test('whom a coach cannot be heard by is refused', async () => {
  const fixture = new RuntimeFixture();
  const { ref } = await fixture.dialled();
  const phone = {
    callId: ref.callId,
    device: extension('150'),
    target: { kind: 'terminal', aor: '150' },
    callerId: { name: '', number: '' },
    timeoutMs: 1,
  } as const;
  await assert.rejects(fixture.runtime.do(joinCall, { ...phone, mode: 'listen' }), { code: 'invalidState' });
  const { callId, called } = await fixture.talking('B');
  const there = { ...phone, callId };
  const listener = await joined(fixture, callId, { mode: 'listen' });
  const { connectionId } = listener.ref;
  for (const [request, code] of [
    [{ ...there, mode: 'coach' }, 'invalidArgument'],
    [{ ...there, mode: 'listen', coached: called }, 'invalidArgument'],
    [{ ...there, mode: 'coach', coached: 'nobody' }, 'connectionNotFound'],
    [{ ...there, mode: 'coach', coached: connectionId }, 'invalidState'],
    [{ ...there, callId: 'none', mode: 'listen' }, 'callNotFound'],
  ] as const) {
    await assert.rejects(fixture.runtime.do(joinCall, request), { code }, request.mode);
  }
  for (let more = 1; more < 16; more++) await fixture.runtime.do(joinCall, { ...there, mode: 'listen' });
  await assert.rejects(fixture.runtime.do(joinCall, { ...there, mode: 'listen' }), { code: 'conferenceFull' });
});

test('supervisors of a conference are not counted, announced or alone with its music; it ends without the others', async () => {
  const fixture = new RuntimeFixture();
  const inside = await fixture.enter('A', { roomSize: 1 });
  told(fixture);
  const { legId } = await joined(fixture, inside.callId, { mode: 'listen' });
  // Full, no tone for A, and A goes on hearing music: it is alone.
  assert.deepEqual(told(fixture), ['dial 150', `set ${legId} muted=true heardBy=${legId}`, `join ${legId}`]);
  fixture.runtime.report(legId, { type: 'talking', talking: true });
  await fixture.settle();
  assert.ok(!fixture.types(inside.callId).includes('talking'));
  await assert.rejects(fixture.enter('B', { roomSize: 1 }), { code: 'conferenceFull' });
  fixture.runtime.report('A', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['leave A', `leave ${legId}`, `clear ${legId} normal`, 'closeRoom']);
  assert.deepEqual(fixture.runtime.snapshot(), []);
});

test('a supervisor who comes while one of two holds changes nothing for them, and its keys are not relayed', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller, calledLeg } = await fixture.talking();
  const { ref, legId } = await joined(fixture, callId, { mode: 'listen' });
  await fixture.runtime.do(holdCall, { callId, connectionId: caller });
  assert.deepEqual([fixture.ports.leg(calledLeg).held, fixture.ports.leg(legId).held], ['music', null]);
  told(fixture);
  fixture.runtime.report(legId, { type: 'digit', digit: '5', durationMs: 100 });
  fixture.runtime.report(calledLeg, { type: 'digit', digit: '6', durationMs: 100 });
  await fixture.settle();
  await fixture.runtime.do(generateDigits, { ...ref, digits: '1' });
  assert.deepEqual(told(fixture), []);
  await fixture.runtime.do(clearConnection, ref);
  assert.equal(fixture.runtime.call(callId)!.connections.size, 2);
});
