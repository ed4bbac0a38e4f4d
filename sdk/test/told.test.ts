import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Call } from '../src/call/call.ts';
import { callEndReasonOf } from '../src/call/call-refusals.ts';
import { Conference } from '../src/conference/conference.ts';
import { conferenceDenials } from '../src/conference/conference-capabilities.ts';
import { ActiveParticipant } from '../src/conference/participant.ts';
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
  life.alerting('1');
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
