import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { DeviceSetting } from '../devices/agent-device.ts';
import { callHandling, checkForwarding } from '../devices/call-handling.ts';
import { DeviceRuntime } from '../devices/device-runtime.ts';
import type { Device, ExtensionDevice } from '../model/device.ts';
import { replay } from '../model/evolve.ts';
import type { DialOut, Route } from '../ports.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { consultationCall } from './consultation-call.ts';
import { deflectCall } from './deflect-call.ts';
import { joinCall } from './join-call.ts';
import { makeCall } from './make-call.ts';
import { pickUpCall } from './pick-up-call.ts';
import { singleStepConference } from './single-step-conference.ts';

const refusedWith = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;
const callerId = { name: '', number: '100' };
const phone = (number: string) => ({ device: extension(number), target: { kind: 'terminal', aor: number } }) as const;
const ringing = { callerId, timeoutMs: 1000 } as const;

/** Extensions 1xx; 9… and a number go over a trunk, 0… nowhere, 211 is a conference. */
const numbers = {
  callerOf: (extensionId: string): Omit<ExtensionDevice, 'kind'> => extension(extensionId.slice(1)),
  route(dialled: string, caller: { readonly kind: string; readonly number: string }): Route {
    const account = `org-${caller.number}`;
    if (/^1..$/.test(dialled)) return { kind: 'terminal', device: extension(dialled), aor: dialled };
    if (dialled === '211') {
      const device = { ...extension('211'), kind: 'conference' } as const;
      return {
        kind: 'conference',
        device,
        organizationId: 'org',
        extensionId: 'x211',
        conferenceNumber: null,
        pin: null,
      };
    }
    if (dialled.startsWith('9')) return { kind: 'trunk', trunk: 'carrier', number: dialled.slice(1), account };
    return { kind: 'refused', status: 403, why: '' };
  },
};

async function server(set: Readonly<Record<string, DeviceSetting>> = {}, take: (dial: DialOut) => void = () => {}) {
  const devices = new DeviceRuntime({
    clock: new VirtualClock(),
    log: silentLog,
    store: new MemoryCallStore(),
    checkForwarding: (device, to) => checkForwarding(numbers, device, to),
  });
  for (const [number, setting] of Object.entries(set)) {
    await devices.do({ organizationId: 'org', extensionId: `x${number}`, ...setting });
  }
  const handling = (device: Device) => callHandling(devices, numbers, device);
  const taken: DialOut[] = [];
  const budget = {
    take(dial: DialOut) {
      take(dial);
      taken.push(dial);
    },
    release() {},
    windowMs: 60_000,
    remember() {},
  };
  return { fixture: new RuntimeFixture(1, undefined, budget, handling), devices, taken };
}

const dnd: DeviceSetting = { set: 'doNotDisturb', on: true };
const to = (number: string): DeviceSetting => ({ set: 'forwarding', to: number });
const words = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);

test('a phone that is not to be disturbed does not ring: its caller is told that it is busy', async () => {
  const { fixture, devices } = await server({ 101: dnd });
  const ref = await fixture.dialledFrom('A');
  await fixture.settle();
  assert.deepEqual(words(fixture), ['clear A busy']);
  const types = ['originated', 'originated', 'failed', 'connectionCleared', 'connectionCleared', 'callCleared'];
  assert.deepEqual(fixture.types(ref.callId), types);
  assert.equal(fixture.store.allRecords().find(({ end }) => end === 'to')?.disposition, 'busy');
  await devices.do({ organizationId: 'org', extensionId: 'x101', set: 'doNotDisturb', on: false });
  await fixture.dialledFrom('B');
  assert.deepEqual(words(fixture), ['dial 101']);
});

test('calls to a forwarded phone ring at the other one, and say who sent them there', async () => {
  const { fixture } = await server({ 101: to('102'), 102: to('103') });
  const ref = await fixture.dialledFrom('A');
  assert.deepEqual(words(fixture), ['forwarded A', 'dial 103']);
  const call = fixture.runtime.call(ref.callId)!;
  assert.equal(call.to?.number, '101');
  const [, dialled] = [...call.connections.values()];
  assert.deepEqual(dialled?.device, extension('103'));
  const diverted = fixture.store.log(ref.callId).filter(({ type }) => type === 'diverted');
  assert.deepEqual(
    diverted.map(({ connectionId, data }) => ({ connectionId, ...data })),
    [
      { connectionId: dialled?.id, by: extension('101'), to: '102' },
      { connectionId: dialled?.id, by: extension('102'), to: '103' },
    ],
  );
  fixture.runtime.report(dialled!.legId, { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(ref.callId)?.connected, 2);
});

test('who sent a call on goes with it: what came in, forwarding, a phone that deflects, a transfer', async () => {
  const { fixture } = await server({ 101: to('102') });
  const came = [{ by: { kind: 'external', number: '5550', name: '' }, reason: 'busy' }] as const;
  const ref = await fixture.dialledFrom('A', { redirections: came });
  const sentOn = () => fixture.ports.effects.flatMap((effect) => (effect.do === 'dial' ? [effect.redirections] : []));
  const forwarded = [...came, { by: extension('101'), reason: 'unconditional' }];
  assert.deepEqual(sentOn(), [forwarded]);
  const [, dialled] = [...fixture.runtime.call(ref.callId)!.connections.values()];
  assert.deepEqual(dialled?.redirections, forwarded);
  fixture.ports.taken();
  fixture.runtime.report(dialled!.legId, { type: 'delivered' });
  await fixture.settle();
  // Its phone sends it on by itself, by a 3xx.
  fixture.runtime.report(dialled!.legId, { type: 'sentOn', to: '104' });
  await fixture.settle();
  const known = fixture.runtime.call(ref.callId)!.connections.get(dialled!.id)!;
  const byPhone = [...forwarded, { by: extension('102'), reason: 'deflected' }];
  assert.deepEqual(known.redirections, byPhone);
  assert.deepEqual(words(fixture), ['ring A', 'forwarded A']);
  await fixture.runtime.do(deflectCall, { ...ref, connectionId: known.id, ...phone('105'), ...ringing });
  assert.deepEqual(sentOn(), [[...byPhone, { by: extension('102'), reason: 'deflected' }]]);
  assert.ok(words(fixture).includes('forwarded A'));
  assert.deepEqual(replay(fixture.store.log(ref.callId)), fixture.runtime.call(ref.callId));
});

test('a call that comes back, or was sent on five times before, is not forwarded once more', async () => {
  const by = (number: string) => ({ by: extension(number), reason: 'unconditional' }) as const;
  const unknown = { by: null, reason: 'unknown' } as const;
  for (const [redirections, does] of [
    [[], 'dial 555'],
    [[by('107'), unknown, unknown, unknown], 'dial 555'],
    [[unknown, unknown, unknown, unknown, unknown], 'clear A destNotObtainable'],
    [[by('101')], 'clear A destNotObtainable'],
    [[{ by: { kind: 'external', number: '555', name: '' }, reason: 'busy' }], 'clear A destNotObtainable'],
  ] as const) {
    const { fixture } = await server({ 101: to('9555') });
    await fixture.dialledFrom('A', { redirections });
    await fixture.settle();
    assert.deepEqual(words(fixture).at(-1), does);
  }
  // It rings all the same where nobody forwards it.
  const { fixture } = await server();
  await fixture.dialledFrom('A', { redirections: [unknown, unknown, unknown, unknown, unknown] });
  assert.deepEqual(words(fixture), ['dial 101']);
});

test('phones that are forwarded in a circle, or without end, are not there; nothing is dialled', async () => {
  const circle = await server({ 101: to('102'), 102: to('103'), 103: to('101') });
  await circle.fixture.dialledFrom('A');
  await circle.fixture.settle();
  assert.deepEqual(words(circle.fixture), ['clear A destNotObtainable']);
  const chain = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [101 + at, to(String(102 + at))]));
  const long = await server(chain);
  await long.fixture.dialledFrom('A');
  await long.fixture.settle();
  assert.deepEqual(words(long.fixture), ['clear A destNotObtainable']);
  assert.equal(long.fixture.runtime.counters().calls, 0);
});

test('a call does not come back to who is in it: nobody is there', async () => {
  const { fixture, devices } = await server({ 101: to('102'), 102: to('100'), 104: to('103') });
  await fixture.dialledFrom('A');
  await fixture.settle();
  assert.deepEqual(words(fixture), ['clear A destNotObtainable']);
  // Who consults, and who is in the call that one more is dialled into.
  const made = { kind: 'call', organizationId: 'org', callerId, timeoutMs: 1000 } as const;
  const first = { from: extension('100'), fromTarget: phone('100').target } as const;
  const second = (number: string) => ({ to: extension(number), toTarget: phone(number).target });
  const ref = await fixture.runtime.do(makeCall, { ...made, ...first, ...second('103') });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(ref.callId)?.connected, 2);
  words(fixture);
  const consult = await fixture.runtime.do(consultationCall, { ...ref, ...phone('101'), ...ringing });
  await fixture.settle();
  assert.equal(fixture.runtime.call(consult.callId), null);
  assert.equal(fixture.store.log(consult.callId).at(-1)?.cause, 'destNotObtainable');
  const into = { callId: ref.callId };
  await fixture.runtime.do(singleStepConference, { into, role: 'participant', ...phone('104'), ...ringing });
  await fixture.settle();
  assert.deepEqual(
    words(fixture).filter((one) => one.startsWith('dial')),
    [],
  );
  // Who is in it may have it sent on further.
  await devices.do({ organizationId: 'org', extensionId: 'x103', ...to('105') });
  await fixture.runtime.do(singleStepConference, { into, role: 'participant', ...phone('104'), ...ringing });
  assert.deepEqual(words(fixture), ['dial 105']);
  // Nor one that is made, for a phone that is dialled first.
  const loop = await fixture.runtime.do(makeCall, { ...made, ...first, ...second('101') });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.store.log(loop.callId).at(-1)?.cause, 'destNotObtainable');
});

test('a number outside is dialled under the account and within the budget of who forwards, who pays for it', async () => {
  const { fixture, taken } = await server({ 101: to('9555') });
  const ref = await fixture.dialledFrom('A');
  assert.deepEqual(words(fixture), ['forwarded A', 'dial 555']);
  assert.equal(taken[0]?.target.account, 'org-101');
  assert.equal([...fixture.runtime.call(ref.callId)!.connections.values()][1]?.charged, 'x101');
  const spent = await server({ 101: to('9555') }, () => {
    throw new AppError('limitExceeded', 'no more');
  });
  await assert.rejects(spent.fixture.dialledFrom('A'), refusedWith('limitExceeded'));
  assert.deepEqual(words(spent.fixture), []);
});

test('calls cannot be forwarded where their user could not dial, to a conference, or back to the phone itself', async () => {
  const { devices } = await server();
  const phone = { organizationId: 'org', extensionId: 'x101' };
  await assert.rejects(devices.do({ ...phone, ...to('0900') }), refusedWith('destinationNotAllowed'));
  await assert.rejects(devices.do({ ...phone, ...to('211') }), refusedWith('invalidArgument'));
  await assert.rejects(devices.do({ ...phone, ...to('101') }), refusedWith('invalidArgument'));
  assert.equal(devices.get('x101'), null);
});

test('whoever dials it finds it so: a call of two, its hunt, a conference, an invitation, a pick-up, a supervisor', async () => {
  const { fixture } = await server({ 101: dnd, 102: to('103') });
  const asked = { organizationId: 'org', callerId, timeoutMs: 1000 } as const;
  const first = { from: extension('105'), fromTarget: { kind: 'terminal', aor: '105' } } as const;
  const toward = (number: string) => ({ to: extension(number), toTarget: phone(number).target });
  // The one that is called second; what it costs is asked for at once.
  await fixture.runtime.do(makeCall, { kind: 'call', ...asked, ...first, ...toward('102') });
  const begun = fixture.lastDialled();
  assert.deepEqual(words(fixture), ['dial 105']);
  fixture.runtime.report(begun, { type: 'answered' });
  await fixture.settle();
  assert.ok(words(fixture).includes('dial 103'));
  // The one that is called first, and others that ring with it.
  const alternatives = [phone('101'), phone('102')];
  const hunt = await fixture.runtime.do(makeCall, { kind: 'call', ...asked, ...first, ...toward('106'), alternatives });
  await fixture.settle();
  assert.deepEqual(words(fixture), ['dial 105', 'dial 103']);
  assert.equal(fixture.runtime.call(hunt.callId)?.connections.size, 2);
  // Somebody invited to a conference, on the way to it and straight into it.
  const invited = { from: extension('101'), fromTarget: phone('101').target, to: extension('211'), toTarget: null };
  const access = await fixture.runtime.do(makeCall, { kind: 'access', ...asked, ...invited });
  await fixture.settle();
  assert.equal(fixture.runtime.call(access.callId), null);
  assert.equal(fixture.store.log(access.callId).find(({ type }) => type === 'failed')?.cause, 'busy');
  words(fixture);
  const legId = 'ab'.repeat(10);
  const into = { into: { policy: policy() }, role: 'participant', legId } as const;
  await fixture.runtime.do(singleStepConference, { ...phone('102'), ...ringing, ...into });
  assert.deepEqual(words(fixture), ['dial 103']);
  assert.equal(fixture.runtime.refOfLeg(legId)?.callId, fixture.runtime.callOfConference('weekly')?.id);
  // Who picks up, who supervises.
  const { ref, calledLeg } = await rung(fixture);
  await fixture.runtime.do(pickUpCall, { ...fixture.runtime.refOfLeg(calledLeg)!, ...phone('102'), ...ringing });
  fixture.runtime.report(calledLeg, { type: 'answered' });
  await fixture.settle();
  words(fixture);
  const listening = { callId: ref.callId, mode: 'listen', ...phone('101'), ...ringing } as const;
  const supervisor = await fixture.runtime.do(joinCall, listening);
  await fixture.settle();
  assert.deepEqual(words(fixture), []);
  assert.equal(fixture.runtime.call(ref.callId)?.connections.has(supervisor.connectionId), false);
  // Who has asked for the call wants it.
  await fixture.runtime.do(joinCall, { ...listening, autoAnswer: true });
  const [dialled] = fixture.ports.effects;
  assert.deepEqual(dialled?.do === 'dial' && [dialled.to, dialled.autoAnswer], [phone('101').target, true]);
});

test('the one that is called second is not to be disturbed: the first is told so when it has answered', async () => {
  const { fixture } = await server({ 102: dnd });
  const { callId } = await fixture.runtime.do(makeCall, {
    kind: 'call',
    organizationId: 'org',
    from: extension('105'),
    fromTarget: phone('105').target,
    to: extension('102'),
    toTarget: phone('102').target,
    callerId,
    timeoutMs: 1000,
  });
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId), null);
  assert.equal(fixture.store.log(callId).at(-1)?.cause, 'busy');
});

async function rung(fixture: RuntimeFixture) {
  const { dialled } = {
    dialled: await fixture.runtime.do(makeCall, {
      kind: 'call',
      organizationId: 'org',
      from: extension('107'),
      fromTarget: phone('107').target,
      to: extension('108'),
      toTarget: phone('108').target,
      callerId,
      timeoutMs: 1000,
    }),
  };
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  const calledLeg = fixture.lastDialled();
  fixture.runtime.report(calledLeg, { type: 'delivered' });
  await fixture.settle();
  return { ref: dialled, calledLeg };
}
