import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { AvayaClientServices } from '../src/index.ts';
import { browserWithServer, plugIn, reach, spoken } from './fake-browser.ts';

/** What pages do at moments when nobody expects it, and what happens then: to the microphone, too. */

// biome-ignore lint/suspicious/noExplicitAny: as applications have it
type Anything = any;

const { CallCreationInfo } = (AvayaClientServices as Anything).Services.Call;
const { fake, server } = await browserWithServer();
let user: Anything;
let client: Anything;

beforeEach(() => {
  client = new (AvayaClientServices as Anything)();
  user = client.createUser();
});

afterEach(() => user.stop());

/** A call by a token, and the names of what is told of it. */
function newCall() {
  const info = new CallCreationInfo('2111');
  info.setPortalToken(`x.${btoa(JSON.stringify({ iss: server.base(), sub: '2111' }))}.y`);
  const call = user.getCalls().createCall(info);
  const told: string[] = [];
  for (const name of ['Started', 'RemoteAlerting', 'Established', 'ConferenceStatusChanged', 'Failed', 'Ended']) {
    call[`addOnCall${name}Callback`](() => told.push(name));
  }
  return { call, told };
}

const isTold = (of: Anything, name: string, kind = 'Call') =>
  new Promise<void>((resolve) => of[`addOn${kind}${name}Callback`](() => resolve()));

/** Whatever was begun is over. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((go) => setTimeout(go, 0));
}

test('a call that is ended as soon as it is started asks for no microphone', async () => {
  const { call, told } = newCall();
  const ended = isTold(call, 'Ended');
  call.start();
  call.end();
  await ended;
  await settled();
  assert.deepEqual([told, fake.tracks, server.calls.begun], [['Ended'], [], 0]);
});

test('a call that is ended before it is started ends, and cannot be started any more', async () => {
  const { call, told } = newCall();
  const ended = isTold(call, 'Ended');
  call.end();
  call.start();
  await ended;
  call.start();
  call.end();
  await settled();
  assert.deepEqual([told, call.getState(), fake.tracks], [['Ended'], 'ended', []]);
});

test('a call that is started twice is started once', async () => {
  const { call, told } = newCall();
  const established = isTold(call, 'ConferenceStatusChanged');
  call.start();
  call.start();
  await established;
  call.start();
  await settled();
  assert.equal(server.calls.begun, 1);
  assert.deepEqual(told, ['Started', 'RemoteAlerting', 'Established', 'ConferenceStatusChanged']);
});

test('a call that its page ends in a callback tells of nothing but that, and asks the server for no more', async () => {
  for (const [name, before, posts] of [
    ['Started', ['Started'], 0],
    ['RemoteAlerting', ['Started', 'RemoteAlerting'], 1],
    ['Established', ['Started', 'RemoteAlerting', 'Established'], 1],
  ] as const) {
    server.calls.begun = 0;
    const { call, told } = newCall();
    const ended = isTold(call, 'Ended');
    call[`addOnCall${name}Callback`](() => call.end());
    call.start();
    await ended;
    await settled();
    assert.deepEqual(told, [...before, 'Ended'], name);
    assert.equal(server.calls.begun, posts, name);
    // What was begun there is taken back.
    while (server.calls.open.size > 0) await new Promise((go) => setImmediate(go));
    assert.ok(
      fake.tracks.every(({ readyState }) => readyState === 'ended'),
      `${name}: the microphone is given back`,
    );
  }
});

test('a call that is ended while the user is asked for the microphone gives it back', async () => {
  const { call, told } = newCall();
  const ended = isTold(call, 'Ended');
  let allow = () => {};
  fake.user = new Promise<void>((resolve) => {
    allow = resolve;
  });
  call.start();
  await settled();
  call.end();
  await ended;
  allow();
  await settled();
  assert.deepEqual(
    [told, fake.tracks.map(({ readyState }) => readyState), server.calls.begun],
    [['Ended'], ['ended'], 0],
  );
});

test('a callback that another one removes is not called any more; one that removes itself is, once', () => {
  const { call } = newCall();
  const told: string[] = [];
  const late = () => told.push('late');
  const once = () => {
    told.push('once');
    call.removeOnCallSpeakerMuteStatusChangedCallback(once);
    call.removeOnCallSpeakerMuteStatusChangedCallback(late);
    call.addOnCallSpeakerMuteStatusChangedCallback(() => told.push('added'));
  };
  call.addOnCallSpeakerMuteStatusChangedCallback(once);
  call.addOnCallSpeakerMuteStatusChangedCallback(late);
  call.addOnCallSpeakerMuteStatusChangedCallback(() => told.push('last'));
  void call.muteSpeaker();
  assert.deepEqual(told.splice(0), ['once', 'last']);
  void call.unmuteSpeaker();
  assert.deepEqual(told, ['last', 'added']);
});

test('what cannot be asked of a call now is rejected as such', async () => {
  const { call } = newCall();
  const errorOf = (name: string, ...given: unknown[]) =>
    call[name](...given).then(
      () => null,
      (error: Anything) =>
        error instanceof (AvayaClientServices as Anything).Services.Call.CallException && error.getError(),
    );
  const all = async () => [
    await errorOf('hold'),
    await errorOf('unhold'),
    await errorOf('sendDTMF', '1'),
    await errorOf('getAudioDetails'),
    await errorOf('accept'),
  ];
  const never = ['CALL_STATE_MISMATCH', 'CALL_STATE_MISMATCH', 'CALL_STATE_MISMATCH'];
  const none = [...never, 'STATISTICS_UNAVAILABLE', 'CALL_STATE_MISMATCH'];
  assert.deepEqual(await all(), none, 'before it is started');
  assert.equal(await errorOf('sendDTMF', '12'), 'INVALID_PARAMETER');
  const ended = isTold(call, 'Ended');
  call.end();
  await ended;
  assert.deepEqual(await all(), none, 'when it is over');
  for (const name of ['muteAudio', 'unmuteAudio', 'muteSpeaker', 'unmuteSpeaker']) {
    assert.equal(await errorOf(name), 'CALL_STATE_MISMATCH', name);
  }
});

test('a user who is stopped while it starts does not start', async () => {
  const told: string[] = [];
  for (const name of ['RegistrationSuccessful', 'RegistrationFailed', 'UnregistrationSuccessful']) {
    user[`addOnUser${name}`](() => told.push(name));
  }
  const outcome = (promise: Anything) =>
    promise.then(
      () => 'done',
      (error: Anything) => error.code,
    );
  const started = outcome(user.start());
  await user.stop();
  assert.equal(await started, 'off');
  await settled();
  assert.deepEqual(told.splice(0), ['UnregistrationSuccessful']);
  // Nor who is stopped by what its page does when it has started.
  await user.start().then(() => user.stop());
  await settled();
  assert.deepEqual(told.splice(0), ['UnregistrationSuccessful']);
  // And it can be started again, twice at once, too.
  assert.deepEqual(await Promise.all([outcome(user.start()), outcome(user.start())]), ['done', 'done']);
  await settled();
  assert.deepEqual(told, ['RegistrationSuccessful']);
});

/** A call that is established. */
async function speaking() {
  const { call } = newCall();
  const established = isTold(call, 'ConferenceStatusChanged');
  call.start();
  await established;
  return call;
}

test('a microphone that is pulled out is another one from then on, muted as before, or the next that is plugged in', async () => {
  plugIn('headset', 'built-in');
  const call = await speaking();
  await call.muteAudio();
  const headset = spoken()!;
  assert.equal(headset.of, 'headset');
  plugIn('built-in');
  headset.pullOut();
  await settled();
  assert.deepEqual([spoken()?.of, spoken()?.readyState, spoken()?.enabled], ['built-in', 'live', false]);
  const local = client.getMediaServices().getAudioInterface().getLocalMediaStream(call.getCallId());
  assert.deepEqual(local.getAudioTracks(), [spoken()]);
  await call.unmuteAudio();
  plugIn();
  spoken()!.pullOut();
  await settled();
  assert.equal(spoken()?.readyState, 'ended', 'there is none');
  plugIn('webcam');
  await settled();
  assert.deepEqual([spoken()?.of, spoken()?.readyState, spoken()?.enabled], ['webcam', 'live', true]);
  call.end();
  await settled();
  assert.ok(fake.tracks.every(({ readyState }) => readyState === 'ended'));
});

test('of microphones that are chosen one after the other the last is spoken into, also while the first is asked for', async () => {
  plugIn('a', 'b', 'c');
  const input = client.getMediaServices().getAudioInterface().getInputInterface();
  await input.start();
  const [a, b, c] = input.getAvailableDevices();
  input.setSelectedDevice(a);
  let allow = () => {};
  fake.user = new Promise<void>((resolve) => {
    allow = resolve;
  });
  const { call } = newCall();
  const established = isTold(call, 'ConferenceStatusChanged');
  call.start();
  await settled();
  input.setSelectedDevice(b);
  allow();
  await established;
  await settled();
  assert.equal(spoken()?.of, 'b');
  // The answers may come in another order.
  let first = () => {};
  fake.user = new Promise<void>((resolve) => {
    first = resolve;
  });
  input.setSelectedDevice(c);
  fake.user = Promise.resolve();
  input.setSelectedDevice(a);
  await settled();
  first();
  await settled();
  assert.equal(spoken()?.of, 'a');
  const live = fake.tracks.filter(({ readyState }) => readyState === 'live');
  assert.deepEqual(live, [spoken()], 'no other microphone stays open');
});

/** What the server was asked, once it was asked so much. */
async function asked(times: number): Promise<string[]> {
  while (fake.commands.length < times) await new Promise((go) => setTimeout(go, 5));
  await settled();
  return fake.commands.splice(0);
}

test('the server is told of a mute as soon as it is reached: what it does not know would keep one from being heard', async () => {
  const { call } = newCall();
  const established = isTold(call, 'ConferenceStatusChanged');
  await call.muteAudio();
  await call.unmuteAudio();
  await call.muteAudio();
  reach(false);
  call.start();
  await established;
  await settled();
  assert.deepEqual(fake.commands, []);
  reach(true);
  assert.deepEqual(await asked(1), ['mute']);
  reach(false);
  await call.unmuteAudio();
  await settled();
  reach(true);
  assert.deepEqual(await asked(1), ['unmute']);
  await call.muteAudio();
  assert.deepEqual(await asked(1), ['mute']);
  const away = isTold(call, 'ServiceUnavailable');
  reach(false);
  await away;
  const back = isTold(call.getConference(), 'ServiceAvailable', 'Conference');
  reach(true);
  await back;
  await settled();
  assert.deepEqual(fake.commands, [], 'it is told once');
});

test('a conference that is stopped before one is in does not start, and tells of nobody', async () => {
  const { call } = newCall();
  const established = isTold(call, 'ConferenceStatusChanged');
  call.start();
  await established;
  const conference = call.getConference();
  const told: string[] = [];
  conference.addOnConferenceParticipantsAddedCallback(() => told.push('added'));
  const started = conference.start();
  const again = conference.start();
  await conference.stop();
  const { ConferenceException } = (AvayaClientServices as Anything).Services.Conference;
  for (const promise of [started, again]) await assert.rejects(Promise.resolve(promise), ConferenceException);
  const person = { name: 'Ann', address: '', kind: 'browser', role: 'participant', state: 'connected', muted: false };
  const participants = [{ ...person, id: 'a', talking: false, handRaised: false, joinedAt: 0 }];
  const whole = { self: 'a', meetingId: '2111', publicNumbers: [], subject: '', locked: false, recording: 'off' };
  const more = { recordingMode: 'choice', waiting: false, endsAt: null, participants };
  fake.sockets[0]!.hears({ type: 'conference', conference: { ...whole, ...more } });
  await settled();
  assert.deepEqual(told, []);
  // Nor one that is stopped as soon as it has started.
  await conference.start();
  await conference.stop();
  await settled();
  assert.deepEqual(told, []);
  await conference.start();
  await settled();
  assert.deepEqual(told, ['added']);
});

test('what is no token, or no address, fails the call instead of being tried for ever', async () => {
  const failure = (calls: Anything, info: Anything) => {
    const call = calls.createCall(info);
    return new Promise<string>((resolve) => {
      call.addOnCallFailedCallback((_: unknown, exception: Anything) => resolve(exception.getError()));
      call.start();
    });
  };
  for (const token of ['not a token', 'ключ', 'a\nb', ' ']) {
    const info = new CallCreationInfo('2111');
    info.setServiceGatewayURL(server.base());
    info.setPortalToken(token);
    assert.equal(await failure(user.getCalls(), info), 'AUTHENTICATION_ERROR', JSON.stringify(token));
  }
  const restConfig = { hostName: 'no host', port: 443 };
  const elsewhere = new (AvayaClientServices as Anything)().createUser({
    sgConfiguration: { networkProviderConfiguration: { restConfig } },
  });
  assert.equal(await failure(elsewhere.getCalls(), new CallCreationInfo('2111')), 'INVALID_PARAMETER');
});

test('no device, and a chat of nothing, are no mistakes of the library', async () => {
  const input = client.getMediaServices().getAudioInterface().getInputInterface();
  input.setSelectedDevice(null);
  await input._refresh();
  assert.equal(input.getSelectedDevice(), undefined);
  const chat = new (AvayaClientServices as Anything).Services.Conference.Chat();
  await assert.rejects(Promise.resolve(chat.sendPublicMessage('x')), { name: 'NETWORK_UNAVAILABLE' });
});
