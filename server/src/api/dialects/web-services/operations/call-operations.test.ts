import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { callOfId, deviceIdOf } from '../ids.ts';
import { api, device, numbers, seen, to, view } from '../testing/agents-calls.ts';
import { base, basicOf } from '../testing/virtual-web-services.ts';

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

test('a call stays what was dialled, wherever that is forwarded to', async () => {
  await api.ask(`me/devices/${deviceIdOf('3-15001')}`, 'ForwardCallsOn', to('4930123456'), 'ben');
  await api.ask(`${device}/calls`, 'Dial', to('15001'));
  const { id } = await api.callOf('ann');
  const isSo = async (what: string) => {
    const { callType, dnis } = await view('ann', id);
    assert.deepEqual(
      [callType, dnis, numbers(await api.callOf('ann', id))],
      ['Internal', '15001', ['4930123456']],
      what,
    );
  };
  await isSo('the own phone rings');
  await api.report('15000', 'answered');
  await isSo('the other is dialled');
  await api.report('4930123456', 'delivered', 'answered');
  await isSo('answered');
});

test('hold, and retrieve: the other side sees nothing of it', async () => {
  const call = await api.talking();
  await api.ask(`me/calls/${call}`, 'Hold');
  assert.deepEqual([await seen('ann', call), await seen('ben', call)], ['Held 15001', 'Established 15000']);
  assert.equal(await api.codeOf(`me/calls/${call}`, 'Hold'), 2);
  await api.ask(`me/calls/${call}`, 'Retrieve');
  assert.equal(await seen('ann', call), 'Established 15001');
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

test('who asks again for a number outside that is being called does not ring it twice', async () => {
  const call = await api.talking();
  const add = () => api.codeOf(`me/calls/${call}`, 'SingleStepConference', to('4930123456'));
  assert.deepEqual([await add(), await add()], [0, 2]);
  await api.report('4930123456', 'delivered', 'answered');
  assert.deepEqual(await add(), 0, 'somebody else at it');
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
  // As documented it is asked of the call itself too, by whoever is in it.
  const named = { callUri: `/calls/${call}`, callUuid: call };
  await api.ask(
    `me/calls/${call}`,
    'SetCallDisposition',
    { ...named, disposition: 'lost', dispositionKey: 'n' },
    'ben',
  );
  await api.ask(`me/calls/${call}`, 'SetCallDisposition', { disposition: 'kept' });
  assert.deepEqual(await data('ann'), { a: '3', d: null, n: 'lost', DispositionCode: 'kept' });
  await api.ask(`me/calls/${call}`, 'DeleteUserData');
  assert.equal(await data('ann'), undefined);
});

test('how a call went is taken in the moment in which it ends', async () => {
  const call = await api.talking();
  const { store, runtime } = api.calls;
  const stored = Promise.withResolvers<void>();
  store.beforeAppend = () => stored.promise;
  runtime.report(api.legTo('15001'), { type: 'cleared', cause: 'normal' });
  const answer = api.post(`me/calls/${call}`, { operationName: 'SetCallDisposition', disposition: 'sold' });
  for (let turn = 0; turn < 3; turn++) await api.calls.settle();
  store.beforeAppend = null;
  stored.resolve();
  assert.equal((await answer).text, '{"statusCode":0}');
  const remarks = await store.streams('remark');
  const told = await store.streamEvents({ kind: 'remark', id: remarks.at(-1)!.id });
  assert.deepEqual(told.at(-1)?.data, {
    callId: callOfId(call),
    extensionId: '3-15000',
    set: { DispositionCode: 'sold' },
  });
});

test('how a call went is taken after it too: kept in the log, told nobody, and of who was in it alone', async () => {
  const { original, consult } = await api.consulting();
  await api.ask(`me/calls/${consult}`, 'CompleteConference');
  const { store } = api.calls;
  const remarks = async () => {
    const streams = await store.streams('remark');
    const all = await Promise.all(streams.map(({ id }) => store.streamEvents({ kind: 'remark', id })));
    return all.flat().map(({ type, seq, data }) => ({ type, seq, ...data }));
  };
  const made = { type: 'remarkMade', seq: 1, extensionId: '3-15000' };
  // The consultation has ended, the original goes on.
  await api.ask(`me/calls/${consult}`, 'SetCallDisposition', { callUuid: consult, disposition: 'sold' });
  assert.deepEqual(await remarks(), [{ ...made, callId: callOfId(consult), set: { DispositionCode: 'sold' } }]);
  await api.ask(`me/calls/${original}`, 'SetCallDisposition', { disposition: 'kept' });
  assert.deepEqual(await userData('ben', original), { DispositionCode: 'kept' });
  // Over for one, and not for the others, who are told nothing of it.
  await api.ask(`me/calls/${original}`, 'Hangup');
  const named = { callUri: `/calls/${original}`, disposition: 'late', dispositionKey: 'Code' };
  await api.ask(device, 'SetCallDisposition', named);
  assert.deepEqual((await remarks()).at(-1), { ...made, callId: callOfId(original), set: { Code: 'late' } });
  assert.deepEqual(await userData('ben', original), { DispositionCode: 'kept' });
  await api.ask(`me/calls/${original}`, 'Hangup', {}, 'ben');
  await api.ask(`me/calls/${original}`, 'SetCallDisposition', { disposition: 'b' }, 'cleo');
  assert.equal((await remarks()).length, 3);
  for (const login of ['sue', 'other']) {
    assert.equal(await api.codeOf(`me/calls/${original}`, 'SetCallDisposition', { disposition: 'x' }, login), 6, login);
  }
  const large = { disposition: 'x', userData: { a: 'x'.repeat(20_000) } };
  assert.equal(await api.codeOf(`me/calls/${original}`, 'SetCallDisposition', large), 10);
  assert.equal(await api.codeOf(`me/calls/${original}`, 'AttachUserData', { userData: { a: 1 } }), 6);
  assert.equal((await remarks()).length, 3);
});

async function userData(login: string, call: string): Promise<unknown> {
  return ((await api.callOf(login, call)) as unknown as { userData?: object }).userData;
}

test('user data is read in the charset that its request names, and of none that is compressed', async () => {
  const id = await api.talking();
  const text = JSON.stringify({ operationName: 'UpdateUserData', userData: { Name: 'Jörg Größe' } });
  const ask = (type: string, payload: Buffer, more: Record<string, string> = {}) =>
    api.http.inject({
      method: 'POST',
      url: `/api/v2/me/calls/${id}`,
      headers: { authorization: basicOf('ann'), 'content-type': type, ...more },
      payload,
    });
  for (const [type, payload] of [
    ['application/json; charset=ISO-8859-1', Buffer.from(text, 'latin1')],
    ['application/json', Buffer.from(text, 'latin1')],
    ['application/json; charset=UTF-8', Buffer.from(text)],
    ['application/json;charset=utf-16le', Buffer.from(text, 'utf16le')],
  ] as const) {
    await api.ask(`me/calls/${id}`, 'DeleteUserData');
    assert.equal((await ask(type, payload)).body, '{"statusCode":0}', type);
    await api.calls.settle();
    assert.deepEqual((await api.get(`me/calls/${id}`)).json.call.userData, { Name: 'Jörg Größe' }, type);
  }
  const zipped = await ask('application/json', gzipSync(text), { 'content-encoding': 'gzip' });
  assert.deepEqual([zipped.statusCode, zipped.json().statusCode], [415, 10], zipped.body);
  await api.endCalls();
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

test('data that is full can be changed, and taken away again', async () => {
  const call = await api.dialled();
  const all = ['AttachUserData', 'UpdateUserData', 'DeleteUserData', 'DeleteUserDataPair'];
  const listed = async () => {
    const { capabilities } = await api.callOf('ann', call);
    return all.every((one) => capabilities.includes(one));
  };
  const many = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`k${at}`, at]));
  const long = { k0: 'x'.repeat(16_384 - '{"k0":""}'.length) };
  for (const [userData, key] of [
    [many, 'k63'],
    [long, 'k0'],
    [{ '': null }, ''],
  ] as const) {
    await api.ask(`me/calls/${call}`, 'UpdateUserData', { userData });
    assert.ok(await listed(), key);
    await api.ask(`me/calls/${call}`, 'UpdateUserData', { userData: { [key]: 1 } });
    await api.ask(`me/calls/${call}`, 'UpdateUserData', { userData });
    if (key !== '') assert.equal(await api.codeOf(`me/calls/${call}`, 'AttachUserData', { userData: { more: 1 } }), 10);
    await api.ask(`me/calls/${call}`, 'DeleteUserDataPair', { key });
    await api.ask(`me/calls/${call}`, 'DeleteUserData');
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

test('a phone that holds by itself, where nothing would be heard, is called to dial', async () => {
  const held = await api.talking();
  const first = api.legTo('15000');
  await api.report('15000', 'heldByPeer');
  assert.equal(await seen('ann', held), 'Held 15001');
  assert.equal(await api.codeOf(`me/calls/${held}`, 'Retrieve'), 2);
  assert.equal(await api.codeOf(`me/calls/${held}`, 'InitiateConference', to('15002')), 2);
  await api.ask(`${device}/calls`, 'Dial', to('15002'));
  assert.notEqual(api.legTo('15000'), first);
  await api.report('15000', 'answered');
  await api.report('15002', 'answered');
  const other = (await api.callsOf('ann')).find(({ id }) => id !== held)!.id;
  assert.deepEqual([await seen('ann', held), await seen('ann', other)], ['Held 15001', 'Established 15002']);
  await api.endCalls();
});
