import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterMessage, emptyMeeting, type MeetingState, selfOf } from '../src/line/meeting-state.ts';
import type { Participant, ServerMessage } from '../src/line/protocol.ts';

const one = (id: string, more: Partial<Participant> = {}): Participant => ({
  id,
  name: `Name ${id}`,
  address: '',
  kind: 'browser',
  role: 'participant',
  state: 'connected',
  muted: false,
  talking: false,
  handRaised: false,
  joinedAt: 0,
  ...more,
});

const conference: ServerMessage = {
  type: 'conference',
  number: '1-9',
  conference: {
    self: 'a',
    meetingId: '2003',
    subject: 'Weekly',
    locked: false,
    recording: 'off',
    recordingMode: 'choice',
    waiting: false,
    endsAt: null,
    participants: [one('a')],
  },
};

const after = (...messages: readonly ServerMessage[]): MeetingState => messages.reduce(afterMessage, emptyMeeting);
const joined = (participant: Participant): ServerMessage => ({ type: 'joined', number: '2-0', participant });
const changed = (participant: Participant): ServerMessage => ({ type: 'changed', number: '3-0', participant });
const left = (id: string, reason: string): ServerMessage => ({ type: 'left', number: '4-0', id, reason });
const told = ({ notices }: MeetingState) => notices.map(({ what }) => what);

test('who comes, changes and goes', () => {
  const state = after(conference, joined(one('b')), changed(one('b', { handRaised: true })), left('b', 'normal'));
  assert.deepEqual(
    state.participants.map(({ id }) => id),
    ['a'],
  );
  assert.equal(selfOf(state)?.name, 'Name a');
  assert.deepEqual(
    told(state).map(({ is }) => is),
    ['joined', 'handRaised', 'left'],
  );
  // Told twice after a dropped connection, it is the same.
  assert.equal(after(conference, joined(one('b')), joined(one('b'))).participants.length, 2);
  assert.equal(after(conference, joined(one('b')), joined(one('b'))).notices.length, 1);
});

test('a number that rings is there before it answers, and why it did not is told', () => {
  const rings = one('n', { kind: 'number', state: 'connecting' });
  assert.deepEqual(told(after(conference, joined(rings))), []);
  assert.deepEqual(told(after(conference, joined(rings), changed({ ...rings, state: 'connected' }))), [
    { is: 'joined', name: 'Name n' },
  ]);
  assert.deepEqual(told(after(conference, joined(rings), left('n', 'busy'))), [
    { is: 'unreached', name: 'Name n', because: 'busy', status: null },
  ]);
});

test('what was said by SIP, and whether it rang, tell apart what has one cause', () => {
  const rings = one('n', { kind: 'number', state: 'connecting' });
  const because = (reason: string, status: number | null, rang: boolean | null) => {
    const failed: ServerMessage = { type: 'failed', number: '4-0', id: 'n', reason, status, rang };
    const [only, ...others] = told(after(conference, joined(rings), failed, left('n', reason)));
    assert.deepEqual(others, [], 'told once');
    return only?.is === 'unreached' ? [only.because, only.status] : only;
  };
  assert.deepEqual(because('busy', 486, false), ['busy', 486]);
  assert.deepEqual(because('busy', null, false), ['doNotDisturb', null]);
  assert.deepEqual(because('noAnswer', null, true), ['noAnswer', null]);
  assert.deepEqual(because('noAnswer', null, false), ['nothingSaid', null]);
  assert.deepEqual(because('noAnswer', null, null), ['noAnswer', null]);
  assert.deepEqual(because('networkNotObtainable', 503, false), ['notPutThrough', 503]);
  assert.deepEqual(because('networkNotObtainable', null, false), ['networkNotObtainable', null]);
  assert.deepEqual(because('callRejected', 603, true), ['callRejected', 603]);
  assert.deepEqual(because('callRejected', 403, false), ['forbidden', 403]);
  assert.deepEqual(because('mediaFailure', 488, false), ['noCodec', 488]);
  assert.deepEqual(because('callCancelled', null, true), { is: 'left', name: 'Name n' });
});

test('who was in, and was cut off, did not leave', () => {
  for (const [reason, is] of [
    ['timeout', 'dropped'],
    ['mediaFailure', 'dropped'],
    ['systemFailure', 'dropped'],
    ['normal', 'left'],
    ['removed', 'removed'],
  ]) {
    assert.deepEqual(told(after(conference, joined(one('b')), left('b', reason!))).at(-1)?.is, is);
  }
});

test('talking, lock and recording', () => {
  const talking: ServerMessage = { type: 'talking', number: '5-0', started: ['a'], stopped: [] };
  assert.equal(selfOf(after(conference, talking))?.talking, true);
  assert.equal(selfOf(after(conference, talking, { ...talking, started: [], stopped: ['a'] }))?.talking, false);
  const state = after(
    conference,
    { type: 'state', number: '6-0', locked: true },
    { type: 'state', number: '7-0', recording: 'on' },
    { type: 'state', number: '8-0', recording: 'off', locked: true },
  );
  assert.deepEqual([state.locked, state.recording], [true, 'off']);
  assert.deepEqual(
    told(state).map(({ is }) => is),
    ['locked', 'recordingOn', 'recordingOff'],
  );
});

test('a recording that failed is off, and said once', () => {
  const on: ServerMessage = { type: 'state', number: '6-0', recording: 'on' };
  const failed: ServerMessage = { type: 'recordingFailed', id: '1' };
  const off: ServerMessage = { type: 'state', number: '7-1', recording: 'off' };
  const state = after(conference, on, failed, failed, off);
  assert.equal(state.recording, 'off');
  assert.deepEqual(
    told(state).map(({ is }) => is),
    ['recordingOn', 'recordingFailed'],
  );
});

test('chat keeps who wrote it, also when they have left, and tells nothing twice', () => {
  const message = { id: '9', from: 'b', to: 'a', text: '<b>hi</b>', at: 1000 };
  const chat: ServerMessage = { type: 'chat', number: '9-0', message };
  const state = after(conference, joined(one('b')), chat, chat, left('b', 'removed'));
  assert.deepEqual(state.chat, [{ id: '9', name: 'Name b', own: false, to: 'Name a', text: '<b>hi</b>', at: 1000 }]);
});

test('what was written before one came is there once, with the names of those who have left', () => {
  const written = { id: '7', from: 'gone', name: 'Gone', to: null, text: 'hello', at: 5 };
  const whole = conference as Extract<ServerMessage, { type: 'conference' }>;
  const again: ServerMessage = { ...whole, conference: { ...whole.conference, chat: [written] } };
  const once = afterMessage(emptyMeeting, again);
  assert.deepEqual(
    once.chat.map(({ name, text, own }) => [name, text, own]),
    [['Gone', 'hello', false]],
  );
  assert.equal(afterMessage(once, again).chat.length, 1);
});
