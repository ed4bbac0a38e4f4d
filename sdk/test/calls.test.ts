import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { callDenials } from '../src/call/call-capabilities.ts';
import { AvayaClientServices } from '../src/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: as applications have it
type Anything = any;

const { Base, Config, Services } = AvayaClientServices as Anything;
/** What the portal was asked; it knows no meeting. */
const asked: Anything[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part) => {
    body += part;
  });
  request.on('end', () => {
    if (away.times > 0) {
      away.times--;
      away.met++;
      if (away.how === 'cut') request.socket.destroy();
      else response.writeHead(away.how).end('<h1>Bad Gateway</h1>');
      return;
    }
    asked.push(JSON.parse(body));
    const [status, errorCode] = refused;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: [{ errorCode, errorMsg: 'There is no meeting.' }] }));
  });
});
const noMeeting = [404, 'ERC_JC_INCORRECT_INPUT'] as const;
let refused: readonly [number, string] = noMeeting;
/** The server is not reached, so many times; what each attempt meets. */
const away = { times: 0, how: 'cut' as 'cut' | 502 | 503, met: 0 };
/** The browser's part: what is said when a page asks for the microphone; null: it is given. */
const microphone: { refusal: string | null; asked: number; how?: object } = { refusal: null, asked: 0 };

class Connection extends EventTarget {
  iceGatheringState = 'new';
  connectionState = 'new';
  localDescription = { sdp: 'v=0' };
  addTrack() {}
  close() {}
  setConfiguration() {}
  async createOffer() {}
  async setLocalDescription() {}
}

const device = (kind: string, deviceId: string, label: string) => ({ kind, deviceId, label, groupId: '' });
let devices = [device('audioinput', 'm', '')];

before(async () => {
  const mediaDevices = {
    async getUserMedia({ audio }: Anything) {
      microphone.asked++;
      microphone.how = audio;
      if (microphone.refusal !== null) throw new DOMException('no', microphone.refusal);
      return { getAudioTracks: () => [], getTracks: () => [] };
    },
    enumerateDevices: async () => devices,
  };
  Object.defineProperty(globalThis.navigator, 'mediaDevices', { value: mediaDevices, configurable: true });
  Object.assign(globalThis, { RTCPeerConnection: Connection });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

after(() => {
  delete (globalThis.navigator as Anything).mediaDevices;
  delete (globalThis as Anything).RTCPeerConnection;
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  asked.length = 0;
  refused = noMeeting;
  Object.assign(microphone, { refusal: null, asked: 0 });
  Object.assign(away, { times: 0, how: 'cut', met: 0 });
});

function application(more: object = {}) {
  const { port } = server.address() as AddressInfo;
  const restConfig = new Config.ServerInfo('127.0.0.1', port, false);
  const client = new (AvayaClientServices as Anything)();
  const user = client.createUser({
    callUserConfiguration: { iceCandidatesGatheringTimeout: 1 },
    sgConfiguration: { enabled: true, networkProviderConfiguration: { restConfig } },
    ...more,
  });
  return { client, calls: user.getCalls() };
}

/** Starts, and gives the error of its failure. */
function failureOf(call: Anything): Promise<string> {
  return new Promise((resolve) => {
    call.addOnCallFailedCallback((_: unknown, exception: Anything) => resolve(exception.getError()));
    call.start();
  });
}

test('the former way to say how to come in is taken where the other says nothing', async () => {
  const { calls } = application();
  const { CallCreationInfo, ConferenceEntryOptions } = Services.Call;
  const options = new ConferenceEntryOptions(undefined, true, '2111', '4711');
  const former = calls.createCall(new CallCreationInfo(''));
  former.setConferenceEntryOptions(options);
  assert.equal(await failureOf(former), 'NOT_FOUND');
  const both = new CallCreationInfo('2112');
  both.setConferenceID('2113');
  both.setPasscode('1');
  const other = calls.createCall(both);
  other.setConferenceEntryOptions(options);
  await failureOf(other);
  assert.deepEqual(
    asked.map(({ conferenceId, passcode }) => [conferenceId, passcode]),
    [
      ['2111', '4711'],
      ['2113', '1'],
    ],
  );
});

test('what the portal refuses fails the call as what the offer is refused for does', async () => {
  const { calls } = application();
  const failure = async (status: number, code: string, passcode?: string) => {
    refused = [status, code];
    const info = new Services.Call.CallCreationInfo('2111');
    if (passcode !== undefined) info.setPasscode(passcode);
    return failureOf(calls.createCall(info));
  };
  const rows: [Promise<string> | string, string][] = [
    [await failure(404, 'ERC_JC_INCORRECT_INPUT'), 'NOT_FOUND'],
    [await failure(404, 'ERC_JC_INCORRECT_INPUT', '1'), 'NOT_FOUND'],
    [await failure(400, 'ERC_JC_INCORRECT_INPUT', '1'), 'AUTHENTICATION_ERROR'],
    [await failure(400, 'ERC_JC_INCORRECT_INPUT'), 'INVALID_PARAMETER'],
    [await failure(400, 'ERC_MISSING_REQUEST_PARAM'), 'INVALID_PARAMETER'],
    [await failure(400, 'ERC_MEETING_NOT_STARTED_YET', '1'), 'USER_TEMPORARILY_UNAVAILABLE'],
    [await failure(429, 'ERC_AUTH_ACCESS_DENIED', '1'), 'SERVICE_TEMPORARILY_UNAVAILABLE'],
    [await failure(401, 'ERC_AUTH_TOKEN_EXPIRED'), 'AUTHENTICATION_ERROR'],
    [await failure(500, 'ERC_INTERNAL_SERVER_ERROR'), 'SERVER_ERROR'],
  ];
  for (const [told, expected] of rows) assert.equal(told, expected);
});

test('a call is created of whatever is given, and fails when it is started', async () => {
  const { calls } = application();
  for (const given of [undefined, null, {}, '2111', 2111]) {
    const call = calls.createCall(given);
    assert.equal(call.getRemoteAddress(), '');
    assert.equal(new Services.Call.CallCreationInfo(given ?? null).getRemoteAddress(), String(given ?? ''));
    assert.equal(await failureOf(call), 'NOT_FOUND');
  }
});

/** Of a server that is not reached so many times: how its call fails, and how often the server was tried. */
async function triedWith(most: unknown, times: number, how: typeof away.how = 'cut') {
  Object.assign(away, { times, how, met: 0 });
  const port = (server.address() as AddressInfo).port;
  const restConfig = new Config.ServerInfo('127.0.0.1', port, false);
  const configured = most === undefined ? {} : { maxCallStartReconnectionAttempts: most };
  const { calls } = application({
    sgConfiguration: { enabled: true, networkProviderConfiguration: { restConfig }, ...configured },
  });
  const call = calls.createCall(new Services.Call.CallCreationInfo('2111'));
  const error = await failureOf(call);
  call.end();
  return [error, away.met];
}

test('a call whose server is not reached is tried again, as often as configured, or until it is', async () => {
  assert.deepEqual(await triedWith(0, 9), ['TRANSPORT_ERROR', 1]);
  assert.deepEqual(await triedWith(1, 9), ['TRANSPORT_ERROR', 2]);
  assert.deepEqual(await triedWith(0, 9, 502), ['TRANSPORT_ERROR', 1]);
  assert.deepEqual(await triedWith(2, 1), ['NOT_FOUND', 1], 'it was answered the second time');
  for (const unlimited of [undefined, -1]) assert.deepEqual(await triedWith(unlimited, 1, 502), ['NOT_FOUND', 1]);
  assert.deepEqual(await triedWith(-1, 9, 503), ['SERVICE_TEMPORARILY_UNAVAILABLE', 1], 'that is an answer');
});

test('a call that is ended while its server is not reached is tried no more', async (t) => {
  away.times = Number.POSITIVE_INFINITY;
  const { calls } = application();
  const call = calls.createCall(new Services.Call.CallCreationInfo('2111'));
  call.addOnCallFailedCallback(() => assert.fail('it was ended'));
  const ended = new Promise<Anything>((resolve) =>
    call.addOnCallEndedCallback((_: unknown, event: Anything) => resolve(event)),
  );
  t.mock.timers.enable({ apis: ['setTimeout'] });
  call.start();
  while (away.met < 1) await new Promise((go) => setImmediate(go));
  assert.equal(call.getState(), 'initiating');
  call.end();
  assert.equal((await ended).getReason(), 'CALL_ENDED_LOCALLY');
  t.mock.timers.tick(60_000);
  for (let turn = 0; turn < 20; turn++) await new Promise((go) => setImmediate(go));
  assert.equal(away.met, 1);
});

test('with a token of the application a server is waited for no longer than the token is good', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const { WhipRefusal, lifetimeOf } = await import('../src/session.ts');
  const { StartAttempts } = await import('../src/call/start-attempts.ts');
  const claims = btoa(JSON.stringify({ iat: 1_000, exp: 1_300 }));
  assert.deepEqual([lifetimeOf(`x.${claims}.y`), lifetimeOf('of another make')], [300_000, Number.POSITIVE_INFINITY]);
  const lost = new WhipRefusal(0, 'network', '');
  const attempts = new StartAttempts(-1);
  let made = 0;
  for (;;) {
    const next = attempts.another(lost, 300_000);
    t.mock.timers.tick(4000);
    if (
      await next.then(
        () => false,
        () => true,
      )
    ) {
      break;
    }
    made++;
  }
  assert.equal(made, 74);
});

test('a call for what is presented alone fails, and asks for no microphone', async () => {
  const { calls } = application();
  const call = calls.createCall(new Services.Call.CallCreationInfo('2111', true));
  assert.equal(await failureOf(call), 'COLLABORATION_ONLY_CALL_NOT_SUPPORTED');
  assert.deepEqual([microphone.asked, asked.length], [0, 0]);
});

test('what browsers do with what the microphone hears is as configured, and all of it where nothing is', async () => {
  const heard = async (more: object = {}) => {
    const { calls } = application(more);
    await failureOf(calls.createCall(new Services.Call.CallCreationInfo('2111')));
    return microphone.how;
  };
  const all = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  assert.deepEqual(await heard(), all);
  const mediaConfiguration = new Config.MediaConfiguration();
  assert.deepEqual(await heard({ mediaConfiguration }), all);
  // Music is spoilt by all three.
  Object.assign(mediaConfiguration.voipConfigurationAudio, { echoMode: false, noiseSupMode: false });
  assert.deepEqual(await heard({ mediaConfiguration }), { ...all, echoCancellation: false, noiseSuppression: false });
  mediaConfiguration.voipConfigurationAudio.transmitGainMode = false;
  assert.deepEqual(Object.values((await heard({ mediaConfiguration })) ?? {}), [false, false, false]);
});

test('whether the microphone may be used shows in the capability, and which devices can be chosen', async () => {
  const { client, calls } = application();
  const audio = client.getMediaServices().getAudioInterface();
  const video = client.getMediaServices().getVideoInterface();
  const access = audio.getInputInterface().getMediaAccessCapability();
  const reasons: string[] = [];
  access.addOnChangedCallback(({ denialReason }: Anything) => reasons.push(denialReason));
  microphone.refusal = 'NotAllowedError';
  const info = new Services.Call.CallCreationInfo('2111');
  assert.equal(await failureOf(calls.createCall(info)), 'MEDIA_CREATION_FAILURE');
  assert.equal(access.isAllowed, false);
  microphone.refusal = null;
  await failureOf(calls.createCall(info));
  microphone.refusal = 'NotReadableError';
  await failureOf(calls.createCall(info));
  assert.deepEqual(reasons, ['CAPABILITY_NOT_ALLOWED', 'CAPABILITY_NOT_DENIED'], 'in use elsewhere is not forbidden');
  const mayChoose = (of: Anything) => of.getSelectDeviceCapability().isAllowed;
  assert.deepEqual(
    [mayChoose(audio.getInputInterface()), mayChoose(audio.getOutputInterface()), mayChoose(video)],
    [true, false, false],
    'this browser has no setSinkId',
  );
  Object.assign(globalThis, {
    HTMLMediaElement: class {
      setSinkId() {}
    },
  });
  assert.equal(mayChoose(new Base.AudioOutputInterface()), true);
  delete (globalThis as Anything).HTMLMediaElement;
});

test('a microphone that was chosen has its name once that is told', async () => {
  const { client } = application();
  const input = client.getMediaServices().getAudioInterface().getInputInterface();
  await input.start();
  const [first] = input.getAvailableDevices();
  input.setSelectedDevice(first);
  devices = [device('audioinput', 'm', 'Headset')];
  await input._refresh();
  assert.equal(input.getSelectedDevice().getLabel(), 'Headset');
});

test('a call whose sound is disabled is as it was before when it is enabled again', async () => {
  const { calls } = application();
  const call = calls.createCall(new Services.Call.CallCreationInfo('2111'));
  const isSo = () => [call.isAudioMuted(), call.isSpeakerMuted(), call.getAudioChannel().getRequestedDirection()];
  await call.setAudioMode('DISABLE');
  await call.setAudioMode('DISABLE');
  assert.deepEqual(isSo(), [true, true, 'disable']);
  await call.setAudioMode('ENABLE');
  assert.deepEqual(isSo(), [false, false, 'sendrecv']);
  await call.muteAudio();
  await call.setAudioMode('SEND_RECEIVE');
  assert.equal(call.isAudioMuted(), true, 'it was not disabled');
  await call.setAudioMode('DISABLE');
  await call.setAudioMode('SEND_RECEIVE');
  assert.deepEqual(isSo(), [true, false, 'sendrecv']);
  const refused = await call.setAudioMode('LOUD').catch((error: Anything) => error.getError());
  assert.equal(refused, 'INVALID_PARAMETER');
});

test('holding needs the server; digits are for whoever is heard, also before the answer', () => {
  const call = { state: 'established', isOnline: true, isMuted: false, isSpeakerMuted: false, isPhone: true };
  const denials = (change: object) => callDenials({ ...call, isHeardEarly: false, ...change });
  assert.equal(denials({})['getHoldCapability'], null);
  assert.notEqual(denials({ isOnline: false })['getHoldCapability'], null);
  assert.equal(denials({ state: 'held' })['getUnholdCapability'], null);
  assert.notEqual(denials({ state: 'held', isOnline: false })['getUnholdCapability'], null);
  const rings = { state: 'remote_alerting' };
  assert.notEqual(denials(rings)['getSendDTMFCapability'], null);
  assert.equal(denials({ ...rings, isHeardEarly: true })['getSendDTMFCapability'], null);
});

test('where no microphone can be had no call can be made, and that is told before', () => {
  const isPossible = () => application().calls.getVoipCallingCapability().isAllowed;
  assert.equal(isPossible(), true);
  const { mediaDevices } = globalThis.navigator;
  const set = (value: unknown) =>
    Object.defineProperty(globalThis.navigator, 'mediaDevices', { value, configurable: true });
  set(undefined);
  assert.equal(isPossible(), false);
  set(mediaDevices);
});

test('who waits to be in the conference of a call that fails is told so', async () => {
  const { calls } = application();
  const call = calls.createCall(new Services.Call.CallCreationInfo('2111'));
  const started = call.getConference().start();
  await failureOf(call);
  assert.equal(started.state(), 'rejected');
  assert.equal(await started.catch((error: Anything) => error.name), 'NETWORK_UNAVAILABLE');
});
