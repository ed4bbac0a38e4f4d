import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { AvayaClientServices } from '../src/index.ts';
import { browserWithServer, reach, spoken } from './fake-browser.ts';

/**
 * What a call of a conference tells, and whether one is heard in it, when its server is slow, or was away for a while.
 */

// biome-ignore lint/suspicious/noExplicitAny: as applications have it
type Anything = any;

const { CallCreationInfo } = (AvayaClientServices as Anything).Services.Call;
const { fake, server } = await browserWithServer();
let user: Anything;

beforeEach(() => {
  user = new (AvayaClientServices as Anything)().createUser();
});

afterEach(() => user.stop());

const isTold = (of: Anything, name: string, kind = 'Call') =>
  new Promise<void>((resolve) => of[`addOn${kind}${name}Callback`](() => resolve()));

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((go) => setTimeout(go, 5));
}

/** A call that stands, by a token that the library has asked for, and how it is told that the service is. */
async function speaking() {
  const info = new CallCreationInfo('2111');
  info.setServiceGatewayURL(server.base());
  info.setConferenceID('2111');
  const call = user.getCalls().createCall(info);
  const told: string[] = [];
  for (const name of ['ServiceAvailable', 'ServiceUnavailable', 'AudioMuteStatusChanged', 'Ended']) {
    call[`addOnCall${name}Callback`]((_: unknown, more: unknown) => told.push([name, more].flat().join(' ').trim()));
  }
  const established = isTold(call, 'Established');
  call.start();
  await established;
  await until(() => call.isServiceAvailable());
  return { call, told };
}

test('that the service is there again is told also before one is in', async () => {
  const { call, told } = await speaking();
  for (let times = 0; times < 2; times++) {
    reach(false);
    assert.deepEqual(told.splice(0), ['ServiceUnavailable']);
    const back = isTold(call.getConference(), 'ServiceAvailable', 'Conference');
    reach(true);
    await back;
    assert.deepEqual(told.splice(0), ['ServiceAvailable']);
  }
});

/** Oneself, as the conference tells it. */
const self = (id: string, muted: boolean, mutedBy: string | null = null) => ({
  ...{ id, name: 'Ann', address: '', kind: 'browser', role: 'participant', state: 'connected', muted, mutedBy },
  ...{ talking: false, handRaised: false, joinedAt: 0, encrypted: true },
});
const entered = (id: string) => ({
  type: 'conference',
  conference: {
    ...{ self: id, meetingId: '2111', publicNumbers: [], subject: '', locked: false, recording: 'off' },
    ...{ recordingMode: 'choice', waiting: false, endsAt: null, participants: [self(id, false)] },
  },
});

/** Whatever was told has come. */
const settled = () => new Promise((go) => setTimeout(go, 0));

test('who unmutes and mutes again before the server has answered is muted', async () => {
  const { call, told } = await speaking();
  const server = fake.sockets.at(-1)!;
  const changed = (muted: boolean, by: string | null) =>
    server.hears({ type: 'changed', participant: self('a', muted, by) });
  server.hears(entered('a'));
  call.muteAudio();
  changed(true, 'self');
  await settled();
  call.unmuteAudio();
  changed(false, null);
  call.muteAudio();
  changed(true, 'self');
  await settled();
  assert.deepEqual(fake.commands.splice(0), ['mute', 'unmute', 'mute']);
  assert.deepEqual([call.isAudioMuted(), spoken()?.enabled], [true, false]);
  assert.deepEqual(
    told.splice(0),
    ['true', 'false', 'true'].map((muted) => `AudioMuteStatusChanged ${muted}`),
  );
  // A moderator has the last word.
  changed(false, null);
  await settled();
  assert.deepEqual([call.isAudioMuted(), spoken()?.enabled], [false, true]);
  changed(true, 'moderator');
  await settled();
  assert.equal(call.isAudioMuted(), true);
});

test('who was muted by a moderator is muted when the server has begun anew', async () => {
  const { call, told } = await speaking();
  const former = fake.sockets.at(-1)!;
  former.hears(entered('a'));
  former.hears({ type: 'changed', participant: self('a', true, 'moderator') });
  await settled();
  assert.deepEqual(told.splice(0), ['AudioMuteStatusChanged true']);
  former.close(4404);
  await until(() => fake.sockets.at(-1) !== former && call.isServiceAvailable());
  fake.sockets.at(-1)!.hears(entered('b'));
  await settled();
  assert.deepEqual([fake.commands, call.isAudioMuted()], [['mute'], true]);
  assert.deepEqual(told, ['ServiceUnavailable', 'ServiceAvailable']);
});

test('with another network the service is reached by it: the former socket would be silent for minutes', async () => {
  const { call, told } = await speaking();
  const former = fake.sockets.at(-1)!;
  former.hears({ ...entered('a'), number: '7-9' });
  await settled();
  Object.assign(fake.connections.at(-1)!, { connectionState: 'failed' }).onconnectionstatechange();
  await until(() => fake.sockets.at(-1) !== former && call.isServiceAvailable());
  assert.deepEqual([former.readyState, fake.sockets.length, told], [3, 2, ['ServiceUnavailable', 'ServiceAvailable']]);
  assert.match(fake.sockets.at(-1)!.address, /\/events\?after=7-9$/, 'nothing is missed');
});
