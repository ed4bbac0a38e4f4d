import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { silentLog } from '../../../../base/log.ts';
import { Supervision } from '../../../../call/devices/supervision.ts';
import type { ExtensionDevice } from '../../../../call/model/device.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { receiveCall } from '../../../../call/services/receive-call.ts';
import { askedOf, capabilitiesOf } from '../capabilities.ts';
import { deviceIdOf } from '../ids.ts';
import { seatsOf } from '../seats.ts';
import { base, VirtualWebServices } from '../testing/virtual-web-services.ts';

let api: VirtualWebServices;

beforeEach(async () => {
  api = await VirtualWebServices.start();
});

afterEach(() => api?.close());

const device = `me/devices/${deviceIdOf('3-15000')}`;
const to = (phoneNumber: string) => ({ destination: { phoneNumber } });
const numbers = (call: { participants: { phoneNumber: string }[] }) => call.participants.map((one) => one.phoneNumber);

const deviceOf = (number: string): ExtensionDevice => ({
  kind: 'extension',
  organizationId: '3',
  extensionId: `3-${number}`,
  number,
  name: '',
});

/** State and others of a call of the user, `gone` when it has none of that id. */
async function seen(login: string, id: string): Promise<string> {
  const call = (await api.callsOf(login)).find((one) => one.id === id);
  return call === undefined ? 'gone' : `${call.state} ${numbers(call).join(',')}`;
}

/** A call of the user as it is shown. */
async function view(login: string, id: string): Promise<Record<string, unknown>> {
  return (await api.callOf(login, id)) as unknown as Record<string, unknown>;
}

test('dial: the own phone rings first, then the other; either hangs up', async () => {
  await api.ask(`${device}/calls`, 'Dial', { ...to('15001'), userData: { Case: '7' }, location: 'here' });
  const dialling = await api.callOf('ann');
  assert.equal(dialling.state, 'Dialing');
  assert.deepEqual(numbers(dialling), ['15001']);
  assert.deepEqual((dialling as unknown as { userData: object }).userData, { Case: '7' });
  assert.deepEqual(await api.callsOf('ben'), []);
  await api.report('15000', 'delivered', 'answered');
  await api.report('15001', 'delivered');
  assert.equal((await api.callOf('ann')).state, 'Dialing');
  assert.equal((await api.callOf('ben')).state, 'Ringing');
  await api.report('15001', 'answered');
  assert.equal(await seen('ann', dialling.id), 'Established 15001');
  assert.equal(await seen('ben', dialling.id), 'Established 15000');
  await api.ask(`me/calls/${dialling.id}`, 'Hangup', {}, 'ben');
  assert.deepEqual([await seen('ann', dialling.id), await seen('ben', dialling.id)], ['gone', 'gone']);
});

test('hold, and retrieve: the other side sees nothing of it', async () => {
  const call = await api.talking();
  await api.ask(`me/calls/${call}`, 'Hold');
  assert.deepEqual([await seen('ann', call), await seen('ben', call)], ['Held 15001', 'Established 15000']);
  assert.equal(await api.codeOf(`me/calls/${call}`, 'Hold'), 2);
  await api.ask(`me/calls/${call}`, 'Retrieve');
  assert.equal(await seen('ann', call), 'Established 15001');
});

for (const which of ['consult', 'original'] as const) {
  for (const named of ['nothing', 'uri', 'path', 'id'] as const) {
    test(`a conference is completed at the ${which}, the consult call named by ${named}`, async () => {
      const calls = await api.consulting();
      const { original, consult } = calls;
      assert.equal(await seen('ann', original), 'Held 15001');
      assert.equal(await seen('ann', consult), 'Established 15002');
      const names = { nothing: undefined, uri: `${base}/me/calls/${consult}`, path: `/calls/${consult}`, id: consult };
      const consultCallUri = names[named];
      await api.ask(
        `me/calls/${calls[which]}`,
        'CompleteConference',
        consultCallUri === undefined ? {} : { consultCallUri },
      );
      assert.equal(await seen('ann', consult), 'gone');
      assert.equal(await seen('ann', original), 'Established 15002,15001');
      assert.equal(await seen('ben', original), 'Established 15002,15000');
      assert.equal(await seen('cleo', original), 'Established 15001,15000');
      assert.equal(await seen('cleo', consult), 'gone');
      // The same once more: the original has nothing to complete, the other is not there any more.
      assert.equal(await api.codeOf(`me/calls/${original}`, 'CompleteConference'), 2);
      assert.equal(await api.codeOf(`me/calls/${consult}`, 'CompleteConference'), 6);
      await api.ask(`me/calls/${original}`, 'RemoveParticipantFromConference', { participant: '15001' });
      assert.equal(await seen('ann', original), 'Established 15002');
      assert.equal(await seen('ben', original), 'gone');
      const { capabilities } = await api.callOf('ann', original);
      assert.ok(!capabilities.includes('RemoveParticipantFromConference') && !capabilities.includes('MuteCall'));
      assert.equal(
        await api.codeOf(`me/calls/${original}`, 'RemoveParticipantFromConference', { participant: '15002' }),
        2,
      );
      await api.ask(`me/calls/${original}`, 'Hangup');
      assert.deepEqual([await seen('ann', original), await seen('cleo', original)], ['gone', 'gone']);
    });
  }
}

test('a consult call that is none is not completed', async () => {
  const { original, consult } = await api.consulting();
  const complete = (consultCallUri: string) =>
    api.codeOf(`me/calls/${original}`, 'CompleteConference', { consultCallUri });
  assert.equal(await complete('nothing'), 6);
  assert.equal(await complete(`${base}/me/calls/${original}`), 2);
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
});

test('a consultation may be of a number outside, which is dialled over a trunk', async () => {
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('+1 323-555-0142'));
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!;
  assert.deepEqual(consult.participants, [
    {
      e164Number: '+13235550142',
      formattedPhoneNumber: '+13235550142',
      phoneNumber: '+13235550142',
      digits: '13235550142',
    },
  ]);
  await api.report('+13235550142', 'delivered', 'answered');
  await api.ask(`me/calls/${consult.id}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established +13235550142,15001');
});

test('a transfer leaves the others with each other', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'CompleteTransfer');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['gone', 'gone']);
  assert.equal(await seen('ben', original), 'Established 15002');
  assert.equal(await seen('cleo', original), 'Established 15001');
});

test('calls are swapped, whichever of the two is asked', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'SwapCalls', { otherCallUri: `${base}/me/calls/${original}` });
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15001', 'Held 15002']);
  await api.ask(`me/calls/${consult}`, 'SwapCalls');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
  await api.ask(`me/calls/${original}`, 'SwapCalls');
  await api.ask(`me/calls/${original}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established 15002,15001');
});

test('who was consulted and has sent that on to somebody else may be consulted besides', async () => {
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
  await api.report('15002', 'delivered');
  const { id } = await api.callOf('cleo');
  await api.ask(`me/calls/${id}`, 'Redirect', to('15003'), 'cleo');
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
  assert.equal((await api.callsOf('ann')).length, 3);
});

test('the original is taken back while the consulted party rings, or somebody else is consulted in it', async () => {
  const original = await api.talking();
  await api.ask(`me/calls/${original}`, 'InitiateConference', to('15002'));
  await api.report('15002', 'delivered');
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
  // Twice the same is once.
  assert.equal(await api.codeOf(`me/calls/${original}`, 'InitiateConference', to('15002')), 2);
  await api.ask(`me/calls/${original}`, 'Retrieve');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15001', 'Held 15002']);
  assert.equal((await api.callOf('cleo')).state, 'Ringing');
  await api.report('15002', 'answered');
  assert.equal((await api.callOf('cleo')).state, 'Established');
  await api.ask(`me/calls/${consult}`, 'SwapCalls');
  await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('15003'));
  await api.report('15003', 'delivered', 'answered');
  const [next] = (await api.callsOf('ann')).filter(({ id }) => id !== original && id !== consult);
  const states = await Promise.all([original, consult, next!.id].map((id) => seen('ann', id)));
  assert.deepEqual(states, ['Held 15001', 'Held 15002', 'Established 15003']);
  // Of several, the one that is talked in is meant.
  await api.ask(`me/calls/${original}`, 'CompleteConference');
  assert.equal(await seen('ann', original), 'Established 15003,15001');
  await api.ask(`me/calls/${original}`, 'CompleteConference', { consultCallUri: consult });
  assert.equal(await seen('ann', original), 'Established 15002,15003,15001');
});

test('who made a conference may remove the others as long as it is in it, and nobody else', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  const remove = 'RemoveParticipantFromConference';
  assert.equal(await api.codeOf(`me/calls/${original}`, remove, { participant: '15002' }, 'ben'), 2);
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'), 'ben');
  await api.report('15003', 'delivered', 'answered');
  assert.equal(await api.codeOf(`me/calls/${original}`, remove, { participant: '15003' }, 'ben'), 2);
  await api.ask(`me/calls/${original}`, remove, { participant: '15003' });
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'));
  await api.report('15003', 'delivered', 'answered');
  await api.ask(`me/calls/${original}`, 'Hangup');
  for (const login of ['ben', 'cleo', 'sue']) {
    assert.equal(await api.codeOf(`me/calls/${original}`, remove, { participant: '15003' }, login), 2, login);
  }
  // It is one of two now, and whoever makes a conference of it again rules that.
  await api.ask(`me/calls/${original}`, 'Hangup', {}, 'sue');
  await api.ask(`me/calls/${original}`, 'SingleStepConference', to('15003'), 'cleo');
  await api.report('15003', 'delivered', 'answered');
  await api.ask(`me/calls/${original}`, remove, { participant: '15003' }, 'cleo');
});

test('a recording is attached to the call, in the state that it is in', async () => {
  const call = await api.talking('15002');
  const path = `me/calls/${call}`;
  const attached = async (login: string) => {
    const { userData, recordingState } = await view(login, call);
    return [(userData as { GSIP_RECORD?: string } | undefined)?.GSIP_RECORD, recordingState];
  };
  assert.deepEqual(await attached('cleo'), [undefined, 'Stopped']);
  for (const [operation, data, state] of [
    ['StartCallRecording', 'ON', 'Recording'],
    ['PauseCallRecording', 'PAUSED', 'Paused'],
    ['ResumeCallRecording', 'ON', 'Recording'],
    ['StopCallRecording', 'OFF', 'Stopped'],
  ] as const) {
    await api.ask(path, operation, {}, 'cleo');
    assert.deepEqual(await attached('cleo'), [data, state], operation);
    assert.deepEqual(await attached('ann'), [data, undefined], operation);
  }
});

test('what a phone begins by itself while it holds is a consultation too: swapped, and completed', async () => {
  for (const operation of ['CompleteConference', 'CompleteTransfer']) {
    const original = await api.talking();
    await api.ask(`me/calls/${original}`, 'Hold');
    const legId = `own ${operation}`;
    await api.calls.runtime.do(receiveCall, {
      kind: 'call',
      legId,
      organizationId: '3',
      from: deviceOf('15000'),
      to: deviceOf('15002'),
      target: { kind: 'terminal', aor: '15002' },
      callerId: { name: '', number: '15000' },
      timeoutMs: 25_000,
    });
    await api.report('15002', 'delivered', 'answered');
    const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
    for (const id of [original, consult]) {
      const { capabilities } = await api.callOf('ann', id);
      for (const one of ['SwapCalls', 'CompleteConference', 'CompleteTransfer']) assert.ok(capabilities.includes(one));
    }
    assert.equal(await api.codeOf(`me/calls/${original}`, 'Retrieve'), 2);
    await api.ask(`me/calls/${original}`, 'SwapCalls');
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Established 15001', 'Held 15002']);
    await api.ask(`me/calls/${consult}`, 'SwapCalls', { otherCallUri: original });
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'Established 15002']);
    await api.ask(`me/calls/${consult}`, operation, { consultCallUri: consult });
    const left = await api.callsOf('ann');
    assert.deepEqual(
      left.map(({ id }) => id),
      operation === 'CompleteConference' ? [original] : [],
    );
    if (operation === 'CompleteConference') assert.equal(await seen('ann', original), 'Established 15002,15001');
    assert.equal(await seen('ben', original), `Established ${left.length > 0 ? '15002,15000' : '15002'}`);
    await api.ask(`me/calls/${original}`, 'Hangup', {}, 'ben');
    if (left.length > 0) await api.ask(`me/calls/${original}`, 'Hangup');
  }
});

test('the consultation ends: the original stays held until it is retrieved', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'Hangup');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'gone']);
  await api.ask(`me/calls/${original}`, 'Retrieve');
  assert.equal(await seen('ann', original), 'Established 15001');
});

test('the held party hangs up: the consultation goes on by itself', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${original}`, 'Hangup', {}, 'ben');
  assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['gone', 'Established 15002']);
  const { capabilities, callType } = (await api.callOf('ann', consult)) as unknown as {
    capabilities: string[];
    callType: string;
  };
  assert.equal(callType, 'Consult');
  assert.ok(!capabilities.includes('CompleteConference') && !capabilities.includes('SwapCalls'));
  assert.equal(await api.codeOf(`me/calls/${consult}`, 'CompleteConference'), 2);
});

test('who is consulted does not answer, or refuses', async () => {
  for (const end of ['failed', 'Reject', 'Hangup'] as const) {
    const original = await api.talking();
    await api.ask(`me/calls/${original}`, 'InitiateTransfer', to('15002'));
    await api.report('15002', 'delivered');
    const consult = (await api.callsOf('ann')).find(({ id }) => id !== original)!.id;
    assert.equal(await seen('ann', consult), 'Dialing 15002');
    assert.equal(await seen('cleo', consult), 'Ringing 15000');
    for (const operation of ['CompleteTransfer', 'CompleteConference'])
      assert.equal(await api.codeOf(`me/calls/${consult}`, operation), 2);
    if (end === 'failed') await api.report('15002', 'failed');
    else await api.ask(`me/calls/${consult}`, end, {}, 'cleo');
    assert.deepEqual([await seen('ann', original), await seen('ann', consult)], ['Held 15001', 'gone'], end);
    await api.ask(`me/calls/${original}`, 'Hangup');
  }
});

test('single steps bring somebody in, or leave the call to somebody', async () => {
  const call = await api.talking();
  await api.ask(`me/calls/${call}`, 'SingleStepConference', { ...to('15002'), userData: { why: 'help' } });
  assert.equal(await seen('ann', call), 'Established 15001');
  await api.report('15002', 'delivered', 'answered');
  assert.equal(await seen('ann', call), 'Established 15002,15001');
  await api.ask(`me/calls/${call}`, 'RemoveParticipantFromConference', { participant: '15002' });
  await api.ask(`me/calls/${call}`, 'SingleStepTransfer', to('15002'));
  assert.equal(await seen('ann', call), 'gone');
  await api.report('15002', 'delivered', 'answered');
  assert.equal(await seen('ben', call), 'Established 15002');
});

test('a call that rings is sent on', async () => {
  const call = await api.dialled('15001');
  await api.ask(`me/calls/${call}`, 'Redirect', to('15002'), 'ben');
  assert.equal(await seen('ben', call), 'gone');
  await api.report('15002', 'delivered', 'answered');
  assert.equal(await seen('ann', call), 'Established 15002');
});

test('mute is for conferences, and can always be taken back', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  const mute = async () => ((await api.callOf('ann', original)) as unknown as { mute: string }).mute;
  await api.ask(`me/calls/${original}`, 'MuteCall');
  assert.equal(await mute(), 'On');
  assert.equal(await api.codeOf(`me/calls/${original}`, 'MuteCall'), 2);
  await api.ask(`me/calls/${original}`, 'RemoveParticipantFromConference', { participant: '15001' });
  await api.ask(`me/calls/${original}`, 'UnmuteCall');
  assert.equal(await mute(), 'Off');
});

test('digits go to the others', async () => {
  const call = await api.talking();
  await api.ask(`me/calls/${call}`, 'SendDtmf', { digits: '12#' });
  const sent = api.calls.ports.effects.filter((effect) => effect.do === 'sendDigits');
  assert.deepEqual(
    sent.map(({ digits }) => digits),
    ['12#'],
  );
});

test('user data is seen by everybody in the call', async () => {
  const call = await api.dialled();
  const data = async (login: string) => ((await api.callOf(login, call)) as unknown as { userData?: object }).userData;
  await api.ask(`me/calls/${call}`, 'AttachUserData', { userData: { a: '1', b: { c: 2 } } });
  await api.report('15001', 'answered');
  await api.ask(`me/calls/${call}`, 'UpdateUserData', { userData: { a: '3', d: null } }, 'ben');
  assert.deepEqual(await data('ann'), { a: '3', b: { c: 2 }, d: null });
  await api.ask(`me/calls/${call}`, 'DeleteUserDataPair', { key: 'b' });
  await api.ask(`me/calls/${call}`, 'DeleteUserDataPair', { key: 'not there' });
  assert.deepEqual(await data('ben'), { a: '3', d: null });
  await api.ask(device, 'SetCallDisposition', { callUri: `/calls/${call}`, disposition: 'sold', userData: { n: 1 } });
  assert.deepEqual(await data('ben'), { a: '3', d: null, n: 1, DispositionCode: 'sold' });
  await api.ask(`me/calls/${call}`, 'DeleteUserData');
  assert.equal(await data('ann'), undefined);
});

test('a pair of user data is deleted by its key as it is written', async () => {
  const call = await api.dialled();
  const data = async () => ((await api.callOf('ann', call)) as unknown as { userData?: object }).userData;
  const keys = [' a ', '', 'a', '5', '-1', 'ü😀', '__proto__', 'constructor'];
  const userData = JSON.stringify(Object.fromEntries(keys.map((key) => [key, key])));
  const asked = `{"operationName":"UpdateUserData","userData":${userData}}`;
  assert.equal((await api.post(`me/calls/${call}`, asked, 'ann')).text, '{"statusCode":0}');
  for (const [at, key] of keys.entries()) {
    const given = ['5', '-1'].includes(key) ? Number(key) : key;
    await api.ask(`me/calls/${call}`, 'DeleteUserDataPair', { key: given });
    const left = keys.slice(at + 1).toSorted();
    assert.deepEqual(Object.keys((await data()) ?? {}).toSorted(), left, JSON.stringify(key));
  }
  assert.equal(await api.codeOf(`me/calls/${call}`, 'DeleteUserDataPair'), 1);
  for (const key of [{}, [], true]) {
    assert.equal(await api.codeOf(`me/calls/${call}`, 'DeleteUserDataPair', { key }), 10);
  }
});

test('a number below zero is none that can be dialled', async () => {
  for (const phoneNumber of [-15001, 1.5, 1e21]) {
    assert.equal(await api.codeOf(`${device}/calls`, 'Dial', { destination: { phoneNumber } }), 10);
  }
});

test('who may record starts, pauses, resumes and stops', async () => {
  const call = await api.talking('15002');
  const state = async () => ((await api.callOf('cleo', call)) as unknown as { recordingState: string }).recordingState;
  const seenStates = [await state()];
  for (const operation of ['Start', 'Pause', 'Resume', 'Stop']) {
    await api.ask(`me/calls/${call}`, `${operation}CallRecording`, {}, 'cleo');
    seenStates.push(await state());
  }
  assert.deepEqual(seenStates, ['Stopped', 'Recording', 'Paused', 'Recording', 'Stopped']);
  assert.equal(((await api.callOf('ann', call)) as { recordingState?: string }).recordingState, undefined);
});

test('of two devices of one user in a call the one that is named is meant', async () => {
  const [one, other] = [deviceIdOf('3-15005'), deviceIdOf('3-15006')];
  await api.ask(`me/devices/${one}/calls`, 'Dial', to('15006'), 'two');
  await api.report('15005', 'answered');
  await api.report('15006', 'delivered', 'answered');
  const states = async () =>
    Object.fromEntries((await api.callsOf('two')).map(({ deviceUri, state }) => [deviceUri.slice(base.length), state]));
  const { id } = (await api.callsOf('two'))[0]!;
  await api.ask(`me/calls/${id}`, 'Hold', { deviceUri: `${base}/devices/${other}` }, 'two');
  assert.deepEqual(await states(), { [`/devices/${one}`]: 'Established', [`/devices/${other}`]: 'Held' });
  // What can be done at another device only is not possible at this one.
  assert.equal(await api.codeOf(`me/calls/${id}`, 'Retrieve', { deviceUri: `/devices/${one}` }, 'two'), 2);
  await api.ask(`me/calls/${id}`, 'Retrieve', { deviceUri: other }, 'two');
  for (const [deviceUri, code] of [
    [deviceIdOf('3-15000'), 6],
    ['nowhere', 6],
    [{}, 10],
  ] as const) {
    assert.equal(await api.codeOf(`me/calls/${id}`, 'Hold', { deviceUri }, 'two'), code);
  }
  assert.equal(await api.codeOf(`me/calls/${await api.talking()}`, 'Hold', { deviceUri: one }), 6);
  await api.ask(`me/calls/${id}`, 'Hangup', { deviceUri: other }, 'two');
});

test('of two requests at once one wins, and the other is told so', async () => {
  const call = await api.talking();
  const both = async (operation: string, id = call) => {
    const answers = await Promise.all([
      api.codeOf(`me/calls/${id}`, operation),
      api.codeOf(`me/calls/${id}`, operation),
    ]);
    return answers;
  };
  assert.deepEqual(await both('Hold'), [0, 2]);
  assert.deepEqual(await both('Retrieve'), [0, 2]);
  await api.ask(`me/calls/${call}`, 'InitiateConference', to('15002'));
  await api.report('15002', 'delivered', 'answered');
  const consult = (await api.callsOf('ann')).find(({ id }) => id !== call)!.id;
  assert.deepEqual(await both('CompleteConference', consult), [0, 6]);
  const hangups = await Promise.all([
    api.codeOf(`me/calls/${call}`, 'ClearCall'),
    api.codeOf(`me/calls/${call}`, 'Hangup', {}, 'ben'),
    api.codeOf(`me/calls/${call}`, 'Hangup'),
  ]);
  assert.ok(
    hangups.every((code) => [0, 2, 6].includes(code)),
    String(hangups),
  );
});

test('a call may be ended for everybody by one of the two, and of a conference by a supervisor', async () => {
  const call = await api.talking('15001');
  await api.ask(`me/calls/${call}`, 'ClearCall', {}, 'ben');
  assert.deepEqual([await seen('ann', call), await seen('ben', call)], ['gone', 'gone']);
  const { original, consult } = await api.consulting('15003');
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  assert.equal(await api.codeOf(`me/calls/${original}`, 'ClearCall'), 2);
  await api.ask(`me/calls/${original}`, 'ClearCall', {}, 'sue');
  assert.deepEqual([await seen('ann', original), await seen('ben', original)], ['gone', 'gone']);
});

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

test('notifications are held while something is done, and let go when it is answered', async () => {
  await api.talking();
  assert.deepEqual(new Set(api.held), new Set(['hold 3-10', 'release 3-10']));
  assert.equal(api.held.filter((one) => one.startsWith('hold')).length, api.held.length / 2);
});

test('a phone whose calls are all held dials on the leg it has', async () => {
  const held = await api.talking();
  const before = api.legTo('15000');
  await api.ask(`me/calls/${held}`, 'Hold');
  await api.ask(`${device}/calls`, 'Dial', to('15002'));
  await api.report('15002', 'delivered', 'answered');
  assert.equal(api.legTo('15000'), before, 'it was not called again');
  const other = (await api.callsOf('ann')).find(({ id }) => id !== held)!.id;
  assert.deepEqual([await seen('ann', held), await seen('ann', other)], ['Held 15001', 'Established 15002']);
  assert.equal(await api.codeOf(`me/calls/${other}`, 'CompleteConference'), 2, 'nobody was consulted');
  await api.ask(`me/calls/${other}`, 'SwapCalls');
  assert.deepEqual([await seen('ann', held), await seen('ann', other)], ['Established 15001', 'Held 15002']);
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
    phoneOf: (id) => {
      const found = api.directory.extensionById(id);
      return found?.device && found.aor !== null
        ? { device: found.device, target: { kind: 'terminal', aor: found.aor } }
        : null;
    },
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
