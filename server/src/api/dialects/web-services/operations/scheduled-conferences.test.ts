import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../base/log.ts';
import { Supervision } from '../../../../call/devices/supervision.ts';
import type { CallRef } from '../../../../call/model/call.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { receiveCall } from '../../../../call/services/receive-call.ts';
import { askedOf, capabilitiesOf } from '../capabilities.ts';
import { deviceIdOf } from '../ids.ts';
import { seatsOf } from '../seats.ts';
import { supervisorsPhone } from '../supervisors-phone.ts';
import { api, device, deviceOf, seen, to, view } from '../testing/agents-calls.ts';
import { base } from '../testing/virtual-web-services.ts';

test('a conference is dialled with its PIN, without one where none is needed, and else asks', async () => {
  for (const [number, pins] of [
    ['211*3*2233', []],
    ['211*4', []],
    ['3235550100', null],
  ] as const) {
    if (pins === null) continue;
    await api.ask(`${device}/calls`, 'Dial', to(number));
    const call = await api.callOf('ann');
    assert.equal(call.state, 'Dialing');
    await api.report('15000', 'delivered', 'answered');
    assert.equal(await seen('ann', call.id), 'Established 211');
    await api.ask(`me/calls/${call.id}`, 'Hangup');
  }
  await api.ask(`${device}/calls`, 'Dial', to('211*3'));
  assert.equal((await api.callOf('ann')).state, 'Dialing');
  await api.report('15000', 'delivered', 'answered');
  assert.equal((await api.callOf('ann')).state, 'Established');
});

test('a seat in a scheduled conference: who is consulted joins it', async () => {
  for (const [login, number] of [
    ['ben', '15001'],
    ['ann', '15000'],
  ] as const) {
    await api.ask(`me/devices/${deviceIdOf(`3-${number}`)}/calls`, 'Dial', to('211*4'), login);
    await api.report(number, 'delivered', 'answered');
  }
  const conference = (await api.callOf('ann')).id;
  assert.equal(await seen('ann', conference), 'Established 15001');
  await api.ask(`me/calls/${conference}`, 'InitiateConference', to('15002'));
  assert.equal(await seen('ann', conference), 'Held 15001');
  await api.report('15002', 'delivered', 'answered');
  await api.ask(`me/calls/${conference}`, 'CompleteConference');
  assert.equal(await seen('ann', conference), 'Established 15002,15001');
  assert.equal(await seen('cleo', conference), 'Established 15000,15001');
  // None of them made the conference: each puts out whom it brought in, and nobody else.
  const putsOut = (participant: string, login = 'ann') =>
    api.codeOf(`me/calls/${conference}`, 'RemoveParticipantFromConference', { participant }, login);
  assert.deepEqual([await putsOut('15002', 'ben'), await putsOut('15000', 'cleo'), await putsOut('15001')], [2, 2, 3]);
  assert.equal(await putsOut('15002'), 0);
  assert.equal(await seen('ann', conference), 'Established 15001');
  assert.equal(await putsOut('15001'), 2);
  await api.ask(`me/calls/${conference}`, 'SingleStepConference', to('15002'), 'ben');
  await api.report('15002', 'delivered', 'answered');
  assert.deepEqual([await putsOut('15002'), await putsOut('15002', 'ben')], [2, 0]);
});

test('a phone that holds a conference is not called into it once more', async () => {
  await api.ask(`${device}/calls`, 'Dial', to('211*4'));
  await api.report('15000', 'delivered', 'answered');
  await api.ask(`me/calls/${(await api.callOf('ann')).id}`, 'Hold');
  assert.equal(await api.codeOf(`${device}/calls`, 'Dial', to('211*4')), 2);
  assert.equal((await api.callsOf('ann')).length, 1);
  await api.ask(`${device}/calls`, 'Dial', to('211*3*2233'));
  assert.equal((await api.callsOf('ann')).length, 2);
});

test('a conference is consulted once: who asks again is told that the phone is in it', async () => {
  const original = await api.talking();
  const consult = () => api.codeOf(`me/calls/${original}`, 'InitiateConference', to('211*4'));
  assert.deepEqual([await consult(), await consult()], [0, 19]);
  const calls = (await api.callsOf('ann')).map(({ state }) => state);
  assert.deepEqual(calls, ['Held', 'Established']);
  await api.ask(`me/calls/${original}`, 'SwapCalls');
  assert.equal(await consult(), 19);
  assert.equal((await api.callsOf('ann')).length, 2);
});

test('a conference may be consulted with its PIN: its people come into the held call, and it stays what it is', async () => {
  await api.ask(`me/devices/${deviceIdOf('3-15002')}/calls`, 'Dial', to('211*3*9988'), 'cleo');
  await api.report('15002', 'answered');
  const scheduled = (await api.callOf('cleo')).id;
  for (const at of ['consult', 'original'] as const) {
    const original = await api.talking();
    const before = await view('ann', original);
    assert.equal(await api.codeOf(`me/calls/${original}`, 'InitiateConference', to('211*3')), 10);
    assert.equal(await api.codeOf(`me/calls/${original}`, 'InitiateConference', to('211*3*1111')), 3);
    await api.ask(`me/calls/${original}`, 'InitiateConference', to('211*3*2233'));
    const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
    const consulting = await view('ann', consult);
    assert.deepEqual(
      [consulting['callType'], consulting['dnis'], consulting['parentCallUri']],
      ['Consult', '211', `${base}/me/calls/${original}`],
    );
    api.calls.clock.advance(5000);
    await api.ask(`me/calls/${at === 'consult' ? consult : original}`, 'CompleteConference');
    assert.equal(await seen('ann', consult), 'gone');
    assert.equal(await seen('ann', original), 'Established 15002,15001');
    assert.equal(await seen('ben', original), 'Established 15002,15000');
    assert.equal(await seen('cleo', scheduled), 'Established 15001,15000');
    const after = await view('ann', original);
    for (const same of ['id', 'callUuid', 'connId', 'dnis', 'callType', 'uri', 'path']) {
      assert.equal(after[same], before[same], same);
    }
    assert.equal('parentCallUri' in after, false);
    assert.ok(Number(after['duration']) >= 5);
    // Whoever is in it is asked by the id that it is known by, also of what follows.
    await api.ask(`me/calls/${original}`, 'InitiateConference', to('15003'));
    await api.report('15003', 'delivered', 'answered');
    const next = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
    assert.equal((await view('ann', next))['parentCallUri'], `${base}/me/calls/${original}`);
    await api.ask(`me/calls/${next}`, 'CompleteConference');
    assert.equal(await seen('ann', original), 'Established 15003,15002,15001');
    const user = { features: ['api-voice', 'api-voice-recording'], roles: ['agent'] } as const;
    for (const seat of seatsOf(api.calls.runtime, user, '3-15000'))
      assert.deepEqual(capabilitiesOf(seat), askedOf(seat));
    // And whoever dials its number comes into it.
    assert.equal((await api.callOf('sue')).id, scheduled);
    for (const login of ['ann', 'ben']) await api.ask(`me/calls/${original}`, 'Hangup', {}, login);
    await api.ask(`me/calls/${scheduled}`, 'Hangup', {}, 'sue');
    assert.equal(await seen('cleo', scheduled), 'Established 211');
  }
});

test('a conference that a phone dials by itself while it holds is a consultation too', async () => {
  await api.ask(`me/devices/${deviceIdOf('3-15002')}/calls`, 'Dial', to('211*3*9988'), 'cleo');
  await api.report('15002', 'answered');
  const { callId } = api.calls.runtime.connectionsOf('3-15002')[0]!;
  const policy = api.calls.runtime.call(callId)!.conference!;
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'Hold');
  const device = deviceOf('15000');
  await api.calls.runtime.do(enterConference, { legId: 'own', device, policy, role: 'participant' });
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
  const { callType, parentCallUri } = await view('ann', consult);
  assert.deepEqual([callType, parentCallUri], ['Consult', `${base}/me/calls/${original}`]);
  await api.ask(`me/calls/${original}`, 'CompleteConference');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15002,15001', 'gone']);
  assert.equal(api.calls.runtime.callOfConference(policy.conferenceId)?.id, callId);
});

test('a conference that asks for its PIN is a consultation before it is entered, and in it', async () => {
  const { runtime } = api.calls;
  await api.ask(`me/devices/${deviceIdOf('3-15002')}/calls`, 'Dial', to('211*3*9988'), 'cleo');
  await api.report('15002', 'answered');
  const { callId } = runtime.connectionsOf('3-15002')[0]!;
  const policy = runtime.call(callId)!.conference!;
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'Hold');
  const device = deviceOf('15000');
  const conference = {
    kind: 'conference',
    organizationId: '3',
    extensionId: '3-211',
    number: '211',
    name: '',
  } as const;
  const access = { kind: 'access', legId: 'own', organizationId: '3', from: device, to: conference } as const;
  await runtime.do(receiveCall, access);
  const asking = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
  const parent = `${base}/me/calls/${original}`;
  const ofCall = async (id: string) => {
    const { callType, parentCallUri, capabilities } = await view('ann', id);
    return [callType, parentCallUri, (capabilities as string[]).includes('CompleteConference')];
  };
  assert.deepEqual(await ofCall(asking), ['Consult', parent, false]);
  await runtime.do(enterConference, { legId: 'own', policy, role: 'participant' });
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
  assert.deepEqual(await ofCall(consult), ['Consult', parent, true]);
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15002,15001', 'gone']);
});

test('a call that is transferred into a conference stays the call of who was in it', async () => {
  await api.ask(`me/devices/${deviceIdOf('3-15002')}/calls`, 'Dial', to('211*3*9988'), 'cleo');
  await api.report('15002', 'answered');
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('211*3*2233'));
  await api.ask(`me/calls/${original}`, 'CompleteTransfer');
  assert.deepEqual(await api.callsOf('ann'), []);
  assert.equal(await seen('ben', original), 'Established 15002');
  assert.equal((await view('ben', original))['dnis'], '15001');
});

test('of a conference that was dialled and another call that was not made for it, the conference is the original', async () => {
  for (const named of [false, true]) {
    await api.ask(`${device}/calls`, 'Dial', to('211*4'));
    await api.report('15000', 'answered');
    const conference = (await api.callOf('ann')).id;
    await api.ask(`me/calls/${conference}`, 'Hold');
    await api.ask(`${device}/calls`, 'Dial', to('15001'));
    await api.report('15001', 'delivered', 'answered');
    const other = (await api.callsOf('ann')).find(({ id }) => id !== conference)!.id;
    await api.ask(`me/calls/${other}`, 'CompleteConference', named ? { consultCallUri: conference } : {});
    assert.equal(await seen('ann', named ? other : conference), 'Established 15001');
    assert.equal(await seen('ann', named ? conference : other), 'gone');
    for (const { id } of await api.callsOf('ann')) await api.ask(`me/calls/${id}`, 'Hangup');
    for (const { id } of await api.callsOf('ben')) await api.ask(`me/calls/${id}`, 'Hangup', {}, 'ben');
  }
});

test('a supervisor listens, takes part, and mutes the agent', async () => {
  new Supervision({
    log: silentLog,
    runtime: api.calls.runtime,
    devices: api.calls.devices,
    phoneOf: (id) => supervisorsPhone(api.directory, id),
  }).start();
  const sues = `me/devices/${deviceIdOf('3-15003')}`;
  const target = { targetDeviceUri: `${base}/devices/${deviceIdOf('3-15001')}` };
  await api.ask(sues, 'ListenIn', target, 'sue');
  const shown = (await api.get(sues, 'sue')).json.device;
  assert.equal(shown.supervisorMonitoringState.state, 'ListenIn');
  assert.ok(shown.capabilities.includes('CancelSupervisorMonitoring'));
  const call = await api.talking();
  await api.report('15003', 'answered');
  const sight = async (login: string) => (await api.callOf(login, call)) as unknown as Record<string, unknown>;
  assert.equal(await seen('sue', call), 'Established 15001,15000');
  assert.equal(await seen('ben', call), 'Established 15000');
  const facts = async (login: string) => {
    const { mute, supervisorListeningIn, monitoredUserMuted, monitoring } = await sight(login);
    return [mute, supervisorListeningIn, monitoredUserMuted, monitoring];
  };
  assert.deepEqual(await facts('sue'), ['On', false, false, true]);
  assert.deepEqual(await facts('ben'), ['Off', true, false, false]);
  await api.ask(`me/calls/${call}`, 'MuteMonitoredUser', {}, 'sue');
  assert.deepEqual(await facts('sue'), ['On', false, true, true]);
  assert.deepEqual(await facts('ben'), ['On', true, true, false]);
  assert.deepEqual(await facts('ann'), ['Off', true, false, false]);
  assert.equal(await api.codeOf(`me/calls/${call}`, 'MuteMonitoredUser', {}, 'sue'), 2);
  await api.ask(`me/calls/${call}`, 'UnmuteMonitoredUser', {}, 'sue');
  assert.equal(await api.codeOf(`me/calls/${call}`, 'SwitchToListenIn', {}, 'sue'), 2);
  await api.ask(`me/calls/${call}`, 'SwitchToBargeIn', {}, 'sue');
  assert.deepEqual(await facts('sue'), ['Off', false, false, true]);
  assert.equal(await seen('ben', call), 'Established 15003,15000');
  await api.ask(`me/calls/${call}`, 'SwitchToListenIn', {}, 'sue');
  assert.deepEqual(await facts('sue'), ['On', false, false, true]);
  assert.equal(await api.codeOf(`me/calls/${call}`, 'SwitchToBargeIn', {}, 'ann'), 5);
  await api.ask(sues, 'CancelSupervisorMonitoring', {}, 'sue');
});

test('a moderator puts out a guest, however long the number is that it goes by', async () => {
  await api.ask(`${device}/calls`, 'Dial', to('211*3*9988'));
  await api.report('15000', 'answered');
  const { id } = await api.callOf('ann');
  const { runtime } = api.calls;
  const policy = runtime.call(runtime.connectionsOf('3-15000')[0]!.callId)!.conference!;
  // As who comes from outside, and calls itself by a number of the house, is shown.
  const participant = `15001@${'h'.repeat(60)}`;
  const guest = { kind: 'external', number: participant, name: '' } as const;
  await runtime.do(enterConference, { legId: 'guest', device: guest, policy, role: 'participant' });
  assert.equal(await seen('ann', id), `Established ${participant}`);
  await api.ask(`me/calls/${id}`, 'RemoveParticipantFromConference', { participant });
  assert.equal(await seen('ann', id), 'Established 211');
});

test('who is asked for the PIN of a conference of another organization is there already', async () => {
  const { runtime } = api.calls;
  const phone = `me/devices/${deviceIdOf('4-15000')}/calls`;
  for (const dialled of ['0003*211*3', '0003*211*4']) {
    await api.ask(phone, 'Dial', to(dialled), 'other');
    const [{ callId }] = runtime.connectionsOf('4-15000') as [CallRef];
    assert.equal(runtime.call(callId)!.organizationId, '3', dialled);
    await runtime.do(clearCall, { callId });
  }
});

test('who holds a conference of another organization dials on a line of its own', async () => {
  const { ports, runtime } = api.calls;
  const phone = `me/devices/${deviceIdOf('4-15000')}/calls`;
  await api.ask(phone, 'Dial', to('0003*211*4'), 'other');
  const [{ callId, connectionId }] = runtime.connectionsOf('4-15000') as [CallRef];
  runtime.report(runtime.call(callId)!.connections.get(connectionId)!.legId, { type: 'answered' });
  await api.calls.settle();
  await api.ask(`me/calls/${(await api.callOf('other')).id}`, 'Hold', {}, 'other');
  await api.ask(phone, 'Dial', to('3235550100'), 'other');
  const dial = ports.effects.findLast((effect) => effect.do === 'dial');
  assert.equal(dial?.do === 'dial' && dial.to.kind, 'terminal', 'its phone is called first');
  for (const ref of [...runtime.connectionsOf('4-15000')]) await runtime.do(clearCall, { callId: ref.callId });
});
