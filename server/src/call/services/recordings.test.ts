import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { conferenceDevice, extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearCall } from './clear-call.ts';
import { receiveCall } from './receive-call.ts';
import { startRecording } from './start-recording.ts';
import { stopRecording } from './stop-recording.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);

test('a call is recorded from when it is asked for until it is told to stop, or ends', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  told(fixture);
  const [first, again] = await Promise.all([
    fixture.runtime.do(startRecording, { callId, tone: true }),
    fixture.runtime.do(startRecording, { callId }),
  ]);
  assert.equal(first.recordingId, again.recordingId);
  assert.deepEqual(told(fixture), ['record with tone']);
  assert.deepEqual(
    [fixture.runtime.call(callId)!.recording, fixture.runtime.call(callId)!.recordingId],
    [true, first.recordingId],
  );
  await fixture.runtime.do(stopRecording, { callId });
  await fixture.runtime.do(stopRecording, { callId });
  assert.deepEqual(told(fixture), ['record no more']);
  const second = await fixture.runtime.do(startRecording, { callId });
  assert.notEqual(second.recordingId, first.recordingId);
  assert.deepEqual(told(fixture), ['record']);
  await fixture.runtime.do(clearCall, { callId });
  assert.deepEqual(fixture.types(callId).slice(-7), [
    'recordingStarted',
    'recordingStopped',
    'recordingStarted',
    'recordingStopped',
    'connectionCleared',
    'connectionCleared',
    'callCleared',
  ]);
  assert.deepEqual(told(fixture).slice(-2), ['record no more', 'closeRoom']);
  const listed = await fixture.store.recordings({ organizationId: 'org', limit: 9 });
  assert.deepEqual(
    listed.map(({ recordingId, endedAt }) => [recordingId, endedAt !== null]),
    [
      [second.recordingId, true],
      [first.recordingId, true],
    ],
  );
  assert.deepEqual(fixture.ports.faults, []);
});

test('what is asked for before anybody talks begins with the first word', async () => {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  await fixture.runtime.do(startRecording, ref);
  assert.deepEqual(told(fixture), ['dial 101']);
  fixture.runtime.report(calledLeg, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['answer A', 'openRoom', 'record', `join ${calledLeg}`, 'join A']);
});

test('the policy of a conference: always by itself, never, or as somebody chooses', async () => {
  const fixture = new RuntimeFixture();
  const always = await fixture.enter('A', { conferenceId: 'always', record: 'always', recordTone: true });
  await fixture.enter('B', { conferenceId: 'always', record: 'always', recordTone: true });
  assert.deepEqual(
    told(fixture).filter((text) => text.startsWith('record')),
    ['record with tone'],
  );
  await assert.rejects(fixture.runtime.do(stopRecording, always), { code: 'forbidden' });
  // What cannot go on is another matter; the next to come has it begin again.
  fixture.runtime.recordingFailed(always.callId, fixture.runtime.call(always.callId)!.recordingId!);
  await fixture.settle();
  await fixture.enter('C', { conferenceId: 'always', record: 'always' });
  assert.deepEqual(
    told(fixture).filter((text) => text.startsWith('record')),
    ['record no more', 'record with tone'],
  );

  const never = await fixture.enter('D', { conferenceId: 'never', record: 'never' });
  await assert.rejects(fixture.runtime.do(startRecording, never), { code: 'forbidden' });
  const choice = await fixture.enter('E', { conferenceId: 'choice', record: 'choice', recordTone: true });
  assert.equal(fixture.runtime.call(choice.callId)!.recording, false);
  told(fixture);
  await fixture.runtime.do(startRecording, choice);
  await fixture.runtime.do(stopRecording, choice);
  await fixture.runtime.do(startRecording, { ...choice, tone: false });
  assert.deepEqual(told(fixture), ['record with tone', 'record no more', 'record']);

  const asked = {
    kind: 'access',
    legId: 'X',
    organizationId: 'org',
    from: extension('1'),
    to: conferenceDevice,
  } as const;
  const access = await fixture.runtime.do(receiveCall, asked);
  await assert.rejects(fixture.runtime.do(startRecording, access), { code: 'invalidState' });
  await assert.rejects(fixture.runtime.do(startRecording, { callId: 'none' }), { code: 'callNotFound' });
});

test('a crash ends the recordings that ran, in the log', async () => {
  const store = new MemoryCallStore();
  const before = new RuntimeFixture(1, store);
  const { callId } = await before.talking();
  const { recordingId } = await before.runtime.do(startRecording, { callId });
  await new RuntimeFixture(2, store).runtime.recover();
  const [listed] = await store.recordings({ organizationId: 'org', limit: 1, recordingId });
  assert.notEqual(listed!.endedAt, null);
  assert.deepEqual(before.types(callId).slice(-4)[0], 'recordingStopped');
});

test('a recording that failed ends in the call, however long the store is away', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  const { recordingId } = await fixture.runtime.do(startRecording, { callId });
  fixture.store.beforeAppend = async () => {
    throw new Error('the disk is full');
  };
  fixture.runtime.recordingFailed(callId, recordingId);
  await fixture.clock.advanceAsync(600_000);
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId)!.recordingId, recordingId);
  fixture.store.beforeAppend = null;
  await fixture.clock.advanceAsync(30_000);
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId)!.recording, false);
  const { type, cause } = fixture.store.log(callId).at(-1)!;
  assert.deepEqual([type, cause], ['recordingStopped', 'mediaFailure']);
  assert.equal(fixture.clock.pending, 0);
});

test('while the end of a recording that failed cannot be stored no other one is promised', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  const first = await fixture.runtime.do(startRecording, { callId });
  fixture.store.beforeAppend = async () => {
    throw new Error('the disk is full');
  };
  fixture.runtime.recordingFailed(callId, first.recordingId);
  await assert.rejects(fixture.runtime.do(startRecording, { callId }), { code: 'unavailable' });
  fixture.store.beforeAppend = null;
  told(fixture);
  // There is room again before the end is tried again.
  const second = await fixture.runtime.do(startRecording, { callId });
  assert.notEqual(second.recordingId, first.recordingId);
  assert.deepEqual(told(fixture), ['record no more', 'record']);
  await fixture.clock.advanceAsync(60_000);
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId)!.recordingId, second.recordingId);
  const ended = fixture.store.log(callId).filter(({ type }) => type === 'recordingStopped');
  assert.deepEqual(
    ended.map(({ cause, data }) => [cause, data]),
    [['mediaFailure', { recordingId: first.recordingId }]],
  );
  assert.equal(fixture.clock.pending, 0);
});

test('a recording that failed does not end the one that runs in its place', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  const first = await fixture.runtime.do(startRecording, { callId });
  const stopped = fixture.runtime.do(stopRecording, { callId });
  const started = fixture.runtime.do(startRecording, { callId });
  fixture.runtime.recordingFailed(callId, first.recordingId);
  await stopped;
  const { recordingId } = await started;
  fixture.runtime.recordingFailed(callId, first.recordingId);
  fixture.runtime.recordingFailed('none', recordingId);
  await fixture.settle();
  assert.notEqual(recordingId, first.recordingId);
  assert.equal(fixture.runtime.call(callId)!.recordingId, recordingId);
});
