import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../src/call/call.ts';
import { callEndReasonOf } from '../src/call/call-refusals.ts';
import { Conference } from '../src/conference/conference.ts';
import { conferenceDenials } from '../src/conference/conference-capabilities.ts';
import { ActiveParticipant, DroppedParticipant } from '../src/conference/participant.ts';
import { AudioInterface } from '../src/media.ts';
import type { PhoneCalls } from '../src/phone/phone-calls.ts';
import type { PhoneParty } from '../src/phone/phone-socket.ts';

// biome-ignore lint/suspicious/noExplicitAny: callbacks are looked up by name
type Anything = any;

/** What the server tells a call of an extension, and a conference; what applications are told of it. */

const connected = (number: string, name = ''): PhoneParty => ({ name, number, state: 'connected' });

test('in a call of an extension: who is at the other end now, and whether it is held there; it is no conference', async () => {
  const told: unknown[][] = [];
  const call = new Call({
    audio: new AudioInterface(),
    phone: { isRegistered: true } as PhoneCalls,
    remoteAddress: '102',
    remoteName: 'Bob',
    subject: undefined,
    incoming: true,
    ended: () => {},
  });
  for (const name of ['RemoteAddressChanged', 'HeldRemotely', 'UnheldRemotely']) {
    (call as Anything)[`addOnCall${name}Callback`]((one: unknown, ...more: unknown[]) =>
      told.push([name, one === call, ...more]),
    );
  }
  const life = call._phoneLife!;
  const rings = () =>
    (call as Anything).startRinging().then(
      () => 'rings',
      (error: Anything) => error.getError(),
    );
  assert.equal(await rings(), 'CALL_STATE_MISMATCH');
  life.alerting('1');
  assert.equal(await rings(), 'rings', 'a page that is to have it ring finds it doing so');
  const place = (...parties: PhoneParty[]) =>
    life.told({
      id: '1',
      direction: 'incoming',
      state: 'established',
      party: { name: 'Bob', number: '102' },
      autoAnswer: false,
      early: false,
      reason: null,
      held: false,
      with: parties,
      waiting: [],
    });
  // The server may name it otherwise than the caller did.
  place(connected('0003*102', 'Bob'));
  assert.deepEqual([told.splice(0), call.getRemoteAddress(), call.isHeldRemotely()], [[], '102', false]);
  place({ ...connected('0003*102'), state: 'held' });
  place({ ...connected('0003*102'), state: 'held' });
  assert.equal(call.isHeldRemotely(), true);
  place(connected('0003*102'));
  assert.equal(call.isHeldRemotely(), false);
  assert.deepEqual(told.splice(0), [
    ['HeldRemotely', true],
    ['UnheldRemotely', true],
  ]);
  // Transferred: for a moment there are two, then another one.
  place(connected('0003*102'), { ...connected('0003*103'), state: 'ringing' });
  place({ ...connected('0003*103', 'Cid'), state: 'ringing' });
  assert.deepEqual(told, []);
  place(connected('0003*103', 'Cid'));
  assert.deepEqual(told, [['RemoteAddressChanged', true]]);
  assert.deepEqual([call.getRemoteAddress(), call.getRemoteDisplayName()], ['0003*103', 'Cid']);
  const refused = await call
    .getConference()
    .start()
    .then(null, (error) => (error as Error).name);
  assert.equal(refused, 'CAPABILITY_NOT_ALLOWED');
});

test('in a conference: what another moderator decided about whoever knocked, and that all were muted', () => {
  const conference = new Conference();
  const told: unknown[][] = [];
  const listen = (target: object, names: readonly string[]) => {
    for (const name of names) {
      (target as Anything)[`addOn${name}Callback`]((...args: unknown[]) => told.push([name, ...args]));
    }
  };
  listen(conference, ['ConferenceAllParticipantsMuted', 'ConferenceAllParticipantsUnmuted']);
  (conference as Anything).addOnConferencePendingParticipantCallback((_: unknown, one: object) =>
    listen(one, ['PendingParticipantAccepted', 'PendingParticipantDenied', 'PendingParticipantCancelled']),
  );
  const pending = (names: readonly string[], decided?: object) =>
    conference._told({
      type: 'pending',
      participants: names.map((name) => ({ id: name, name })),
      ...(decided === undefined ? {} : { decided }),
    });
  pending(['Bob', 'Cid', 'Dan']);
  const [bob, cid, dan] = conference.getPendingParticipants();
  pending(['Cid', 'Dan'], { id: 'Bob', admitted: true, by: 'Ann' });
  pending(['Dan'], { id: 'Cid', admitted: false, by: 'Ann' });
  pending([]);
  conference._told({ type: 'allMuted', muted: true });
  conference._told({ type: 'allMuted', muted: false });
  assert.deepEqual(told, [
    ['PendingParticipantAccepted', bob, 'Ann'],
    ['PendingParticipantDenied', cid, 'Ann'],
    ['PendingParticipantCancelled', dan, '', ''],
    ['ConferenceAllParticipantsMuted', conference],
    ['ConferenceAllParticipantsUnmuted', conference],
  ]);
});

/** Whoever is told of a conference, by the names of its callbacks. */
function listening(...names: readonly string[]) {
  const conference = new Conference();
  const told: unknown[][] = [];
  for (const name of names) {
    (conference as Anything)[`addOn${name}`]((one: unknown, ...more: unknown[]) =>
      told.push([name, one === conference, ...more]),
    );
  }
  return { conference, told };
}

const whole = {
  self: 'a',
  meetingId: '2111',
  publicNumbers: [],
  subject: 'Weekly',
  locked: false,
  recording: 'off',
  recordingMode: 'choice',
  waiting: false,
  endsAt: null,
  participants: [],
};

test('a conference that somebody ended for all tells who did', () => {
  const ending = 'ConferenceMeetingTerminationInProgressCallbacks';
  const ended = 'ConferenceConnectionEndedCallbacks';
  const end = (reason: string, by?: string) => {
    const { conference, told } = listening(ending, ended);
    conference._told({ type: 'conference', conference: whole });
    conference._ended(callEndReasonOf(reason, by === undefined ? null : { by }), by);
    return told;
  };
  const terminated = [ended, true, 'conferenceTerminated'];
  assert.deepEqual(end('normal', 'Ann'), [[ending, true, 'CONFERENCE_TERMINATED', 'Ann'], terminated]);
  assert.deepEqual(end('removed', 'Root'), [[ending, true, 'CONFERENCE_TERMINATED', 'Root'], terminated]);
  assert.deepEqual(end('removed'), [[ended, true, 'disconnectedByModeratorOrAdmin']]);
  assert.deepEqual(end('normal'), [[ended, true, 'callDisconnected']]);
});

test('a recording that fails is told as such, once, and is off', () => {
  const failed = 'ConferenceRecordingFailedCallbacks';
  const status = 'ConferenceRecordingStatusChangedCallback';
  const { conference, told } = listening(failed, status);
  conference._told({ type: 'conference', conference: { ...whole, recording: 'on' } });
  conference._told({ type: 'recordingFailed', id: '1' });
  assert.equal(conference.isRecordingActive(), false);
  // Once more, as it could not be stored at first.
  conference._told({ type: 'recordingFailed', id: '1' });
  conference._told({ type: 'state', recording: 'off' });
  const once = [
    [status, true, 'off'],
    [failed, true],
  ];
  assert.deepEqual(told.splice(0), once);
  conference._told({ type: 'state', recording: 'on' });
  conference._told({ type: 'recordingFailed', id: '2' });
  assert.deepEqual(told, [[status, true, 'on'], ...once]);
});

test('who left is disconnected, and whoever holds on to it is told so', () => {
  const { conference, told } = listening('ConferenceActiveTalkersChangedCallback');
  const bob = { id: 'b', name: 'Bob', address: '', kind: 'browser', role: 'participant', state: 'connected' };
  const participants = [{ ...bob, muted: false, talking: true, handRaised: false, joinedAt: 0 }];
  conference._told({ type: 'conference', conference: { ...whole, participants } });
  void conference.start();
  const [participant] = conference.getActiveParticipants() as Anything;
  participant.addOnParticipantConnectionStatusChangedCallback((one: Anything) =>
    told.push([one === participant, one.getConnectionStatus()]),
  );
  conference._told({ type: 'left', id: 'b', reason: 'normal' });
  assert.deepEqual(told, [
    [true, 'CONNECTION_STATUS_DISCONNECTED'],
    ['ConferenceActiveTalkersChangedCallback', true, []],
  ]);
  // Nor can anything be done to who has left, or while the server is not reached.
  const reasonOf = (one: Anything) => one.getMuteParticipantAudioCapability().denialReason;
  assert.equal(reasonOf(participant), 'CAPABILITY_INVALID_STATE');
  const there = new ActiveParticipant(conference);
  there._update(participants[0] as Anything, false);
  const reasons = [
    [true, true],
    [false, true],
    [true, false],
  ].map(([moderates, isReached]) => {
    there._refresh(moderates!, isReached!);
    return reasonOf(there);
  });
  assert.deepEqual(reasons, ['CAPABILITY_NOT_DENIED', 'CAPABILITY_NEED_MODERATOR', 'CAPABILITY_INVALID_STATE']);
});

/** A conference that was started, as its page has done. */
async function started(...names: readonly string[]) {
  const call = new Call({
    audio: new AudioInterface(),
    remoteAddress: '2111',
    subject: undefined,
    withoutSound: false,
    startAttempts: 0,
    admission: () => assert.fail('it is not begun'),
    ended: () => {},
  });
  const conference = call.getConference();
  const told: unknown[][] = [];
  for (const name of names) {
    (conference as Anything)[`addOn${name}Callback`]((one: unknown, what: Anything) =>
      told.push([name, one === conference, what?.getDisplayName?.() ?? what]),
    );
  }
  return { conference, told };
}

const person = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  address: '',
  kind: 'browser',
  role: 'participant',
  state: 'connected',
  muted: false,
  talking: false,
  handRaised: false,
  joinedAt: 0,
  encrypted: true,
  ...more,
});
const phone = { kind: 'number', encrypted: false };

test('who has left, or was called and did not come, is a dropped participant until he is in again', async () => {
  const [added, removed] = ['ConferenceDroppedParticipantAdded', 'ConferenceDroppedParticipantRemoved'];
  const { conference, told } = await started(added, removed);
  const dropped = () => conference.getDroppedParticipants().map((one) => [one.getDisplayName(), one.getAddress()]);
  const cid = person('c', 'Cid', { ...phone, address: '3235550142' });
  const participants = [person('a', 'Ann'), person('b', 'Bob'), cid];
  conference._told({ type: 'conference', conference: { ...whole, participants } });
  await conference.start();
  conference._told({ type: 'left', id: 'b', reason: 'timeout' });
  conference._told({ type: 'left', id: 'c', reason: 'normal' });
  conference._told({ type: 'left', id: 'a', reason: 'removed' });
  assert.deepEqual(dropped(), [
    ['Bob', ''],
    ['Cid', '3235550142'],
  ]);
  const [bob] = conference.getDroppedParticipants();
  assert.ok(bob instanceof DroppedParticipant);
  assert.deepEqual([bob.getParticipantId(), bob.getConnectionStatus()], ['b', 'CONNECTION_STATUS_DISCONNECTED']);
  conference._told({
    type: 'joined',
    participant: person('c2', '(323) 555-0142', { ...phone, address: '3235550142' }),
  });
  // That it is at another connection for a moment is no leaving.
  conference._told({ type: 'joined', participant: person('c3', 'Cid', { ...phone, address: '3235550142' }) });
  conference._told({ type: 'left', id: 'c2', reason: 'normal' });
  conference._told({ type: 'joined', participant: person('b2', 'Bob') });
  assert.deepEqual(dropped(), []);
  assert.deepEqual(told, [
    [added, true, 'Bob'],
    [added, true, 'Cid'],
    [removed, true, 'Cid'],
    [removed, true, 'Bob'],
  ]);
  for (let at = 0; at < 120; at++) {
    conference._told({ type: 'joined', participant: person(`n${at}`, `n${at}`) });
    conference._told({ type: 'left', id: `n${at}`, reason: 'normal' });
  }
  assert.equal(dropped().length, 100);
  assert.deepEqual(dropped()[0], ['n20', '']);
});

test('who comes or goes while it is about to be told who is in is told once, or not at all', async () => {
  const { conference } = await started();
  const told: unknown[][] = [];
  for (const what of ['Added', 'Removed']) {
    (conference as Anything)[`addOnConferenceParticipants${what}Callback`]((_: unknown, all: Anything[]) =>
      told.push([what, ...all.map((one) => one.getDisplayName())]),
    );
  }
  const participants = [person('a', 'Ann'), person('b', 'Bob')];
  conference._told({ type: 'conference', conference: { ...whole, participants } });
  await conference.start();
  conference._told({ type: 'joined', participant: person('c', 'Cid') });
  conference._told({ type: 'left', id: 'b', reason: 'normal' });
  const turn = () => new Promise((go) => setTimeout(go, 0));
  await turn();
  assert.deepEqual(told.splice(0), [
    ['Added', 'Cid'],
    ['Added', 'Ann'],
  ]);
  conference._told({ type: 'left', id: 'c', reason: 'normal' });
  assert.deepEqual(told.splice(0), [['Removed', 'Cid']]);
  await conference.stop();
  for (let times = 0; times < 2; times++) {
    await conference.start();
    await conference.stop();
  }
  await conference.start();
  await turn();
  assert.deepEqual(told, [['Added', 'Ann']]);
});

test('a conference is encrypted where all who are connected are, in part where some are', async () => {
  const { conference, told } = await started('ConferenceEncryptionStatusChanged');
  assert.equal(conference.getEncryptionStatus(), 'no', 'nothing is promised');
  const now = () => [conference.getEncryptionStatus(), ...told.splice(0).map(([, , status]) => status)];
  const participants = [person('a', 'Ann'), person('b', 'Bob')];
  conference._told({ type: 'conference', conference: { ...whole, participants } });
  assert.deepEqual(now(), ['yes', 'yes']);
  conference._told({ type: 'joined', participant: person('c', 'Cid', { ...phone, state: 'connecting' }) });
  assert.deepEqual(now(), ['yes'], 'it only rings');
  conference._told({ type: 'changed', participant: person('c', 'Cid', phone) });
  assert.deepEqual(now(), ['partial', 'partial']);
  conference._told({ type: 'changed', participant: person('c', 'Cid', { ...phone, state: 'held' }) });
  assert.deepEqual(now(), ['partial'], 'it may be back at any moment');
  conference._told({ type: 'changed', participant: person('c', 'Cid', { ...phone, encrypted: true }) });
  assert.deepEqual(now(), ['yes', 'yes']);
  conference._told({ type: 'changed', participant: person('c', 'Cid', phone) });
  conference._told({ type: 'left', id: 'c', reason: 'normal' });
  assert.deepEqual(now(), ['yes', 'partial', 'yes']);
  const plain = [person('d', 'Dan', phone)];
  conference._told({ type: 'conference', conference: { ...whole, participants: plain } });
  assert.deepEqual(now(), ['no', 'no']);
});

test('signing in, and becoming a moderator by a passcode, are offered where they can be', () => {
  const { conference } = listening();
  const reasonOf = (name: string) => (conference as Anything)[name]().denialReason;
  const now = (state: object) => conference._told({ type: 'conference', conference: { ...whole, ...state } });
  now({ moderatorPasscode: false, signedIn: true });
  assert.equal(conference.isPasscodeRequiredToBecomeModerator(), false);
  assert.equal(reasonOf('getRequestToBecomeModeratorCapability'), 'CAPABILITY_NOT_ALLOWED');
  now({ moderatorPasscode: true, signedIn: false });
  assert.equal(conference.isPasscodeRequiredToBecomeModerator(), true);
  // There is no call.
  assert.equal(reasonOf('getSignInCapability'), 'CAPABILITY_INVALID_STATE');
  assert.equal(reasonOf('getRequestToBecomeModeratorCapability'), 'CAPABILITY_INVALID_STATE');
  const inside = { isInside: true, moderates: false, isAlone: false, isMuted: false, isPhone: false };
  const denials = (signedIn: boolean) =>
    conferenceDenials({ ...inside, state: { ...whole, signedIn } as Anything })['getSignInCapability'];
  assert.deepEqual([denials(false), denials(true)], [null, 'CAPABILITY_INVALID_STATE']);
});
