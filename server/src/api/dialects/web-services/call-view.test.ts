import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, ExtensionDevice } from '../../../call/model/device.ts';
import { conferenceCall } from '../../../call/services/conference-call.ts';
import { consultationCall } from '../../../call/services/consultation-call.ts';
import { receiveCall } from '../../../call/services/receive-call.ts';
import { singleStepConference } from '../../../call/services/single-step-conference.ts';
import { policy, RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import { callView, releasedView } from './call-view.ts';
import { callIdOf, connIdOf, deviceIdOf } from './ids.ts';
import { stateOf } from './seat.ts';
import { seatsOf } from './seats.ts';

const base = 'http://127.0.0.1:8080/api/v2';
const agent = { features: ['api-voice'], roles: ['agent'] } as const;

function phone(number: string): ExtensionDevice {
  return { kind: 'extension', organizationId: '1', extensionId: `1-${number}`, number, name: '' };
}

function terminal(device: Device) {
  const { number } = device;
  return {
    device,
    target: { kind: 'terminal', aor: number } as const,
    callerId: { name: '', number: '15000' },
    timeoutMs: 25_000,
  };
}

const party = (number: string) => ({
  e164Number: '',
  formattedPhoneNumber: number,
  phoneNumber: number,
  digits: number,
});

/** 15000 talks to 15001 for 724 s, then with 15002 for 24 s. */
async function consulted() {
  const fixture = new RuntimeFixture();
  const { runtime, clock } = fixture;
  const { device: to, ...dial } = terminal(phone('15001'));
  const original = await runtime.do(receiveCall, {
    kind: 'call',
    legId: 'A',
    organizationId: '1',
    from: phone('15000'),
    to,
    ...dial,
  });
  runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  clock.advance(724_000);
  const consult = await runtime.do(consultationCall, { ...original, ...terminal(phone('15002')) });
  runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  clock.advance(24_000);
  const seats = () => seatsOf(runtime, agent, '1-15000');
  return { fixture, original, consult, seats };
}

test('the consult call as it is told when the conference is completed', async () => {
  const { fixture, original, consult, seats } = await consulted();
  const before = seats().find(({ call }) => call.id === consult.callId)!;
  const id = callIdOf(consult.callId);
  const parent = callIdOf(original.callId);
  const expected = {
    id,
    state: 'Released',
    callUuid: id,
    connId: connIdOf(consult.callId),
    deviceUri: `${base}/devices/${deviceIdOf('1-15000')}`,
    participants: [party('15002')],
    dnis: '15002',
    callType: 'Consult',
    capabilities: [],
    parentCallUri: `${base}/me/calls/${parent}`,
    duration: '24',
    mute: 'Off',
    supervisorListeningIn: false,
    monitoredUserMuted: false,
    monitoring: false,
    uri: `${base}/me/calls/${id}`,
    path: `/calls/${id}`,
    parentCallPath: `/calls/${parent}`,
  };
  assert.equal(
    JSON.stringify(releasedView(before, base, fixture.clock.now()), null, 1),
    JSON.stringify(expected, null, 1),
  );
});

test('the original call as it is told when the conference is completed', async () => {
  const { fixture, original, consult, seats } = await consulted();
  await fixture.runtime.do(conferenceCall, { original, consult });
  const [seat, ...rest] = seats();
  assert.deepEqual(rest, []);
  const id = callIdOf(original.callId);
  const expected = {
    id,
    state: 'Established',
    callUuid: id,
    connId: connIdOf(original.callId),
    deviceUri: `${base}/devices/${deviceIdOf('1-15000')}`,
    participants: [party('15002'), party('15001')],
    dnis: '15001',
    callType: 'Internal',
    capabilities: [
      'UpdateUserData',
      'SendDtmf',
      'InitiateConference',
      'Hold',
      'SingleStepTransfer',
      'InitiateTransfer',
      'RemoveParticipantFromConference',
      'AttachUserData',
      'DeleteUserDataPair',
      'SingleStepConference',
      'DeleteUserData',
      'MuteCall',
      'Hangup',
    ],
    duration: '748',
    mute: 'Off',
    supervisorListeningIn: false,
    monitoredUserMuted: false,
    monitoring: false,
    uri: `${base}/me/calls/${id}`,
    path: `/calls/${id}`,
  };
  assert.equal(JSON.stringify(callView(seat!, base, fixture.clock.now()), null, 1), JSON.stringify(expected, null, 1));
});

test('who is consulted, and who is held, see the calls from where they are', async () => {
  const { fixture, original, consult } = await consulted();
  const of = (number: string) => {
    const [seat] = seatsOf(fixture.runtime, agent, `1-${number}`);
    return callView(seat!, base, fixture.clock.now());
  };
  const consultedParty = of('15002');
  assert.equal(consultedParty.id, callIdOf(consult.callId));
  assert.equal(consultedParty.callType, 'Consult');
  assert.equal(consultedParty.parentCallUri, undefined);
  assert.deepEqual(consultedParty.participants, [party('15000')]);
  const held = of('15001');
  assert.deepEqual([held.id, held.state, held.callType], [callIdOf(original.callId), 'Established', 'Internal']);
  assert.deepEqual(held.participants, [party('15000')]);
});

test('who dials a conference of another organization dials, and is called by nobody', async () => {
  const { runtime } = new RuntimeFixture();
  const dialled = terminal(phone('15000'));
  const into = { policy: policy({ organizationId: '2' }) };
  await runtime.do(singleStepConference, { into, role: 'participant', ...dialled, charged: '1-15000' });
  const [seat] = seatsOf(runtime, agent, '1-15000');
  assert.equal(stateOf(seat!), 'Dialing');
});
