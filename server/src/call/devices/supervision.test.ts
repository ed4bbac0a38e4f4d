import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import type { CallRef } from '../model/call.ts';
import { changeRole } from '../services/change-role.ts';
import { clearCall } from '../services/clear-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { conferenceCall } from '../services/conference-call.ts';
import { consultConference } from '../services/consult-conference.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { enterConference } from '../services/enter-conference.ts';
import { receiveCall } from '../services/receive-call.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { singleStepTransfer } from '../services/single-step-transfer.ts';
import { transferCall } from '../services/transfer-call.ts';
import { extension, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import type { Monitoring } from './agent-device.ts';
import { Supervision } from './supervision.ts';

const supervisor = { organizationId: 'org', extensionId: 'x109' };
const ofAgent: Monitoring = { mode: 'listen', calls: 'all', scope: 'call', target: 'x101' };

/** 109 supervises 101; 100 has called 101, and they talk. */
async function supervised(change: Partial<Monitoring> = {}, set: 'before' | 'after start' = 'after start') {
  const fixture = new RuntimeFixture();
  const { devices, runtime } = fixture;
  const monitoring = { ...ofAgent, ...change };
  const supervision = new Supervision({
    log: silentLog,
    runtime,
    devices,
    phoneOf: (id) => ({ device: extension(id.slice(1)), target: { kind: 'terminal', aor: id.slice(1) } }),
  });
  if (set === 'before') await devices.do({ ...supervisor, set: 'monitoring', monitoring });
  supervision.start();
  if (set !== 'before') await devices.do({ ...supervisor, set: 'monitoring', monitoring });
  const talking = await fixture.talking();
  await fixture.settle();
  return { fixture, ...talking };
}

const third = {
  device: extension('102'),
  target: { kind: 'terminal', aor: '102' },
  callerId: { name: '', number: '' },
  timeoutMs: 1000,
} as const;

const supervisorIn = (fixture: RuntimeFixture): CallRef | undefined => fixture.runtime.connectionsOf('x109')[0];

async function answered(fixture: RuntimeFixture) {
  const ref = supervisorIn(fixture)!;
  fixture.runtime.report(fixture.legOf(ref), { type: 'answered' });
  await fixture.settle();
  return fixture.runtime.call(ref.callId)!.connections.get(ref.connectionId)!;
}

test('when the agent talks, the phone of the supervisor is called and listens, in each call anew', async () => {
  for (const set of ['before', 'after start'] as const) {
    const { fixture, callId } = await supervised({}, set);
    const dial = fixture.ports.effects.findLast((effect) => effect.do === 'dial');
    assert.deepEqual(dial?.do === 'dial' && [dial.to, dial.autoAnswer], [{ kind: 'terminal', aor: '109' }, true]);
    const one = await answered(fixture);
    assert.deepEqual([one.role, one.muted], ['supervisor', true]);
    // What is attached belongs to the applications.
    assert.deepEqual([one.supervises, one.data], ['x101', {}]);
    assert.equal(fixture.ports.leg(one.legId).muted, true);
    await fixture.runtime.do(clearConnection, {
      callId,
      connectionId: fixture.runtime.call(callId)!.connections.keys().next().value!,
    });
    await fixture.settle();
    assert.equal(fixture.runtime.call(callId), null);
    await fixture.talking('B');
    await fixture.settle();
    assert.notEqual(supervisorIn(fixture), undefined);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('as a coach the agent alone hears the supervisor; as one who takes part all do; who listens may take part and back', async () => {
  const coaching = await supervised({ mode: 'coach' });
  assert.equal((await answered(coaching.fixture)).coach, coaching.called);
  const barging = await supervised({ mode: 'barge' });
  assert.equal((await answered(barging.fixture)).role, 'participant');
  const listening = await supervised();
  const { id: connectionId } = await answered(listening.fixture);
  const { callId, fixture } = listening;
  await fixture.runtime.do(changeRole, { callId, connectionId, mode: 'barge' });
  assert.equal(fixture.runtime.call(callId)?.connected, 3);
  await fixture.runtime.do(changeRole, { callId, connectionId, mode: 'listen' });
  assert.equal(fixture.runtime.call(callId)?.connected, 2);
});

test('the next call only: then nothing is set any more', async () => {
  const { fixture } = await supervised({ calls: 'next' });
  assert.equal(fixture.devices.get('x109')?.monitoring, null);
  assert.notEqual(supervisorIn(fixture), undefined);
  await fixture.talking('B');
  await fixture.settle();
  assert.equal(fixture.runtime.connectionsOf('x109').length, 1);
});

test('what is set while the supervisor is being called into the next call stays set', async () => {
  const { fixture } = await supervised({ target: 'x105' });
  const { devices, runtime, store } = fixture;
  await devices.do({ ...supervisor, set: 'monitoring', monitoring: { ...ofAgent, calls: 'next' } });
  const { calledLeg } = await fixture.dialled('B');
  // The call to the supervisor waits for the store; what is set goes on.
  const stored = Promise.withResolvers<void>();
  const joining = Promise.withResolvers<void>();
  runtime.report(calledLeg, { type: 'answered' });
  store.beforeAppend = () => {
    store.beforeAppend = null;
    joining.resolve();
    return stored.promise;
  };
  await joining.promise;
  const monitoring = { ...ofAgent, target: 'x105', mode: 'coach' } as const;
  await devices.do({ ...supervisor, set: 'monitoring', monitoring });
  stored.resolve();
  await fixture.settle();
  assert.notEqual(supervisorIn(fixture), undefined);
  assert.deepEqual(devices.get('x109')?.monitoring, monitoring);
});

test('all calls: the one that the agent is in too, first the one it talks in; the next: not that', async () => {
  for (const calls of ['all', 'next'] as const) {
    const { fixture, callId } = await supervised({ target: 'x105' });
    assert.equal(supervisorIn(fixture), undefined);
    await fixture.devices.do({ ...supervisor, set: 'monitoring', monitoring: { ...ofAgent, calls } });
    await fixture.settle();
    assert.equal(supervisorIn(fixture)?.callId, calls === 'all' ? callId : undefined);
    // Said once more, it changes nothing.
    await fixture.devices.do({ ...supervisor, set: 'monitoring', monitoring: { ...ofAgent, calls, mode: 'barge' } });
    await fixture.settle();
    assert.equal(fixture.runtime.connectionsOf('x109').length, calls === 'all' ? 1 : 0);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('who is there for the agent goes with it; who is there for the call stays to its end', async () => {
  for (const scope of ['agent', 'call'] as const) {
    const { fixture, callId, called } = await supervised({ scope });
    await answered(fixture);
    await fixture.runtime.do(singleStepConference, { into: { callId }, role: 'participant', ...third });
    fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    await fixture.runtime.do(clearConnection, { callId, connectionId: called });
    await fixture.settle();
    assert.equal(fixture.runtime.call(callId)?.connected, 2);
    assert.equal(supervisorIn(fixture) !== undefined, scope === 'call', scope);
  }
});

test('who goes with the agent goes with it through a merge, and leaves with it where it transfers the call', async () => {
  for (const service of [conferenceCall, transferCall]) {
    for (const scope of ['agent', 'call'] as const) {
      const { fixture, callId, called } = await supervised({ target: 'x105' });
      const { runtime } = fixture;
      await fixture.devices.do({ ...supervisor, set: 'monitoring', monitoring: { ...ofAgent, calls: 'next', scope } });
      const original = { callId, connectionId: called };
      const consult = await runtime.do(consultationCall, { ...original, ...third });
      runtime.report(fixture.lastDialled(), { type: 'answered' });
      await fixture.settle();
      assert.equal(supervisorIn(fixture)?.callId, consult.callId);
      await answered(fixture);
      await runtime.do(service, { original, consult });
      await fixture.settle();
      if (service === conferenceCall) {
        assert.equal(supervisorIn(fixture)?.callId, callId);
        await runtime.do(clearConnection, original);
        await fixture.settle();
      }
      assert.equal(runtime.call(callId)?.connected, 2);
      assert.equal(supervisorIn(fixture)?.callId, scope === 'call' ? callId : undefined, `${scope}`);
      assert.deepEqual(fixture.ports.faults, []);
    }
  }
});

test('into one call a supervisor is called once, and who wants the next into none that goes on, whoever comes', async () => {
  for (const calls of ['all', 'next'] as const) {
    const { fixture, callId } = await supervised({ target: 'x105' });
    const { devices, runtime } = fixture;
    const wish = { ...supervisor, set: 'monitoring', monitoring: { ...ofAgent, calls } } as const;
    await devices.do(wish);
    await fixture.settle();
    if (calls === 'all') {
      await answered(fixture);
      await runtime.do(clearConnection, supervisorIn(fixture)!);
    }
    await runtime.do(singleStepConference, { into: { callId }, role: 'participant', ...third });
    runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    assert.equal(runtime.call(callId)?.connected, 3);
    assert.equal(supervisorIn(fixture), undefined, calls);
    // Who says so once more is called once more.
    await devices.do(wish);
    await fixture.settle();
    assert.equal(supervisorIn(fixture)?.callId, calls === 'all' ? callId : undefined);
    await runtime.do(clearCall, { callId });
    await fixture.talking('B');
    await fixture.settle();
    assert.notEqual(supervisorIn(fixture), undefined, 'another call');
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('what goes on in another call by a merge is no other call', async () => {
  for (const calls of ['all', 'next'] as const) {
    const { fixture, callId, called } = await supervised({ target: 'x105' });
    const { devices, runtime } = fixture;
    const original = { callId, connectionId: called };
    const consult = await runtime.do(consultationCall, { ...original, ...third });
    runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    // Of who is consulted.
    const monitoring = { ...ofAgent, calls, target: 'x102' };
    await devices.do({ ...supervisor, set: 'monitoring', monitoring });
    await fixture.settle();
    if (calls === 'all') await answered(fixture);
    await runtime.do(conferenceCall, { original, consult });
    await fixture.settle();
    if (calls === 'all') await runtime.do(clearConnection, supervisorIn(fixture)!);
    const fourth = { ...third, device: extension('103'), target: { kind: 'terminal', aor: '103' } } as const;
    await runtime.do(singleStepConference, { into: { callId }, role: 'participant', ...fourth });
    runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    assert.equal(runtime.call(callId)?.connected, 4);
    assert.equal(supervisorIn(fixture), undefined, calls);
    assert.deepEqual(fixture.ports.faults, []);
  }
});

test('a supervisor in a call, or who has taken it back, is not called; nobody else is kept from talking by it', async () => {
  const { fixture } = await supervised();
  await answered(fixture);
  await fixture.talking('B');
  await fixture.settle();
  assert.equal(fixture.runtime.connectionsOf('x109').length, 1);
  await fixture.devices.do({ ...supervisor, set: 'monitoring', monitoring: null });
  await fixture.runtime.do(clearConnection, supervisorIn(fixture)!);
  await fixture.talking('C');
  await fixture.settle();
  assert.equal(supervisorIn(fixture), undefined);
});

test('nobody is called into a call that the agent leaves in this moment, as the phone has answered that it sent it on to', async () => {
  const { fixture, callId, called } = await supervised({ target: 'x105' });
  const { devices, runtime } = fixture;
  const dial = (number: string) =>
    ({
      target: { kind: 'terminal', aor: number },
      callerId: { name: '', number: '' },
      timeoutMs: 9000,
    }) as const;
  const [from, to] = [extension('109'), extension('130')];
  const busy = { kind: 'call', legId: 'S', organizationId: 'org', from, to, ...dial('130') } as const;
  const own = await runtime.do(receiveCall, busy);
  await devices.do({ ...supervisor, set: 'monitoring', monitoring: ofAgent });
  await fixture.settle();
  await runtime.do(clearCall, { callId: own.callId });
  const third = { device: extension('120'), ...dial('120') };
  await runtime.do(singleStepTransfer, { callId, connectionId: called, ...third, whenAnswered: true });
  runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  assert.deepEqual([runtime.call(callId)?.connected, supervisorIn(fixture)], [2, undefined]);
});

test('a supervisor is called into a conference of the own organization, and of no other', async () => {
  for (const organizationId of ['org', 'elsewhere']) {
    const { fixture } = await supervised({ target: 'x105' });
    const device = extension('105');
    const room = policy({ organizationId });
    await fixture.runtime.do(enterConference, { legId: 'C', device, policy: room, role: 'participant' });
    await fixture.settle();
    const isCalled = organizationId === 'org';
    assert.equal(supervisorIn(fixture) !== undefined, isCalled);
    await fixture.devices.do({ ...supervisor, set: 'monitoring', monitoring: { ...ofAgent, target: 'x105' } });
    await fixture.settle();
    assert.equal(supervisorIn(fixture) !== undefined, isCalled, 'nor when it is set again');
  }
});

test('a supervisor goes with a call that is merged into a conference of the own organization, and of no other', async () => {
  for (const organizationId of ['org', 'elsewhere']) {
    const { fixture, callId, called } = await supervised();
    await answered(fixture);
    const original = { callId, connectionId: called };
    const room = policy({ organizationId });
    const consult = await fixture.runtime.do(consultConference, { ...original, policy: room, role: 'participant' });
    await fixture.runtime.do(conferenceCall, { original, consult });
    await fixture.settle();
    const { connections, supervisors } = fixture.runtime.call(consult.callId)!;
    const isThere = organizationId === 'org' ? 1 : 0;
    assert.deepEqual([connections.size, supervisors.length], [2 + isThere, isThere]);
    assert.equal(supervisorIn(fixture)?.callId, isThere === 1 ? consult.callId : undefined);
    assert.deepEqual(fixture.ports.faults, []);
  }
});
