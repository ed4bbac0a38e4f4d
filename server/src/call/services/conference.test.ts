import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replay } from '../model/evolve.ts';
import { talkingWindowMs } from '../runtime/talking-windows.ts';
import { conferenceDevice, extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { clearCall } from './clear-call.ts';
import { clearConnection } from './clear-connection.ts';
import { enterConference } from './enter-conference.ts';
import { holdCall } from './hold-call.ts';
import { makeCall } from './make-call.ts';
import { receiveCall } from './receive-call.ts';
import { retrieveCall } from './retrieve-call.ts';
import { sendMessage } from './send-message.ts';
import { setHand } from './set-hand.ts';
import { setMute } from './set-mute.ts';
import { singleStepConference } from './single-step-conference.ts';
import { warnModerators } from './warn-moderators.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);

function access(fixture: RuntimeFixture, legId: string) {
  return fixture.runtime.do(receiveCall, {
    kind: 'access',
    legId,
    organizationId: 'org',
    from: extension('100'),
    to: conferenceDevice,
  });
}

test('an access call asks, then hands its leg to the conference, and ends', async () => {
  const fixture = new RuntimeFixture();
  const asked = await access(fixture, 'A');
  assert.deepEqual(told(fixture), ['answer A']);
  for (const digit of '2233#') fixture.runtime.report('A', { type: 'digit', digit, durationMs: 100 });
  await fixture.settle();
  const inside = await fixture.runtime.do(enterConference, { legId: 'A', policy: policy(), role: 'participant' });
  assert.notEqual(inside.callId, asked.callId);
  assert.deepEqual(told(fixture), ['openRoom', 'join A', 'music on', 'announce A participant-count 0']);
  assert.deepEqual(fixture.types(asked.callId), [
    'originated',
    'established',
    'transferred',
    'connectionCleared',
    'callCleared',
  ]);
  assert.deepEqual(fixture.store.log(asked.callId)[2]!.data, {
    toCall: inside.callId,
    toConnection: inside.connectionId,
  });
  assert.deepEqual(fixture.types(inside.callId), ['originated', 'established']);
  assert.doesNotMatch(JSON.stringify(fixture.published), /2233|digits/);
  assert.deepEqual(fixture.runtime.refOfLeg('A'), inside);
  assert.equal(fixture.runtime.callOfConference('weekly')!.id, inside.callId);
  fixture.runtime.report('A', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.deepEqual(told(fixture), ['leave A', 'closeRoom']);
  assert.deepEqual(fixture.types(inside.callId).slice(2), ['connectionCleared', 'callCleared']);
  assert.equal(fixture.store.allRecords().length, 2);
  assert.deepEqual(fixture.ports.faults, []);
});

test('music while alone, tone for the others, count for the one who joins', async () => {
  const fixture = new RuntimeFixture();
  await fixture.enter('A');
  assert.deepEqual(told(fixture), ['answer A', 'openRoom', 'join A', 'music on', 'announce A participant-count 0']);
  const b = await fixture.enter('B');
  assert.deepEqual(told(fixture), [
    'answer B',
    'announce room entry',
    'join B',
    'music off',
    'announce B participant-count 1',
  ]);
  await fixture.runtime.do(holdCall, b);
  assert.deepEqual(told(fixture), ['set B held=silence', 'music on']);
  await fixture.runtime.do(retrieveCall, b);
  assert.deepEqual(told(fixture), ['set B held=null', 'music off']);
  await fixture.runtime.do(clearConnection, { ...b, cause: 'removed' });
  assert.deepEqual(told(fixture), ['leave B', 'music on', 'clear B removed']);
  const quiet = { conferenceId: 'quiet', musicWhileAlone: false, entryTone: false, announceCount: false };
  await fixture.enter('C', quiet);
  await fixture.enter('D', quiet);
  assert.deepEqual(told(fixture), ['answer C', 'openRoom', 'join C', 'answer D', 'join D']);
});

test('participants wait for the first moderator; the gate stays open after', async () => {
  const fixture = new RuntimeFixture();
  const waits = { waitForModerator: true };
  await fixture.enter('A', waits);
  assert.deepEqual(told(fixture), [
    'answer A',
    'openRoom',
    'set A held=music',
    'join A',
    'announce A waiting-for-moderator',
  ]);
  await fixture.enter('B', waits);
  told(fixture);
  const moderator = await fixture.enter('M', waits, 'moderator');
  assert.deepEqual(
    new Set(told(fixture)),
    new Set([
      'answer M',
      'announce room entry',
      'set A held=null',
      'set B held=null',
      'join M',
      'announce M participant-count 2',
    ]),
  );
  await fixture.runtime.do(clearConnection, moderator);
  assert.equal(fixture.runtime.callOfConference('weekly')!.waiting, false);
  await fixture.enter('C', waits);
  assert.equal(fixture.ports.leg('C').held, null);
});

test('the last moderator to leave closes the conference, where the policy says so', async () => {
  const fixture = new RuntimeFixture();
  const closes = { closeWhenModeratorsLeave: true };
  await fixture.enter('A', closes);
  const one = await fixture.enter('M1', closes, 'moderator');
  const two = await fixture.enter('M2', closes, 'moderator');
  await fixture.runtime.do(clearConnection, one);
  assert.notEqual(fixture.runtime.callOfConference('weekly'), null);
  told(fixture);
  await fixture.runtime.do(clearConnection, two);
  assert.deepEqual(told(fixture), ['leave M2', 'leave A', 'clear M2 normal', 'clear A moderatorsLeft', 'closeRoom']);
  const { cause, data } = fixture.store.log(one.callId).at(-1)!;
  assert.deepEqual([cause, data], ['moderatorsLeft', { by: 'Phone M2' }]);
  assert.equal(fixture.runtime.callOfConference('weekly'), null);
});

test('size and lock are kept, also against callers who come at the same moment', async () => {
  const fixture = new RuntimeFixture();
  const small = { roomSize: 3 };
  const asked = await access(fixture, 'X');
  const tries = ['A', 'B', 'C', 'D', 'E'].map((leg) => fixture.enter(leg, small));
  const results = await Promise.allSettled(tries);
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 3);
  for (const result of results) {
    if (result.status === 'rejected') assert.equal(result.reason.code, 'conferenceFull');
  }
  assert.equal(fixture.runtime.refOfLeg('E'), null);
  // One who is still being asked stays in the access call when refused.
  await assert.rejects(fixture.runtime.do(enterConference, { legId: 'X', policy: policy(small), role: 'moderator' }), {
    code: 'conferenceFull',
  });
  assert.deepEqual(fixture.runtime.refOfLeg('X'), asked);
  await assert.rejects(
    fixture.runtime.do(enterConference, {
      legId: 'X',
      policy: policy({ conferenceId: 'shut', locked: true }),
      role: 'participant',
    }),
    { code: 'conferenceLocked' },
  );
  assert.equal(fixture.runtime.callOfConference('shut'), null);
  await fixture.runtime.do(enterConference, {
    legId: 'X',
    policy: policy({ conferenceId: 'shut', locked: true }),
    role: 'moderator',
  });
  assert.equal(fixture.runtime.call(asked.callId), null);
});

test('callers of one conference meet in one call, and in a new one after it has ended', async () => {
  const fixture = new RuntimeFixture();
  const entered = await Promise.all([fixture.enter('A'), fixture.enter('B'), fixture.enter('C')]);
  assert.equal(new Set(entered.map((ref) => ref.callId)).size, 1);
  const first = entered[0].callId;
  // Ends and reopens in one go: the last one leaves while the next is on the way in, and hangs up at once.
  const cleared = fixture.runtime.do(clearCall, { callId: first });
  const next = fixture.enter('D');
  fixture.runtime.report('D', { type: 'heldByPeer' });
  await cleared;
  const again = await next;
  await fixture.settle();
  assert.notEqual(again.callId, first);
  assert.deepEqual(fixture.types(again.callId), ['originated', 'established', 'held']);
  assert.deepEqual(fixture.runtime.refOfLeg('D'), again);
});

test('a phone is invited; digits pressed inside leave no trace of what they were', async () => {
  const fixture = new RuntimeFixture();
  const invited = await fixture.runtime.do(singleStepConference, {
    into: { policy: policy() },
    device: { kind: 'external', number: '3235550100', name: 'Bob' },
    target: { kind: 'trunk', trunk: 'carrier', number: '3235550100', account: '1-7' },
    callerId: { name: 'Weekly', number: '211' },
    timeoutMs: 25_000,
    role: 'participant',
  });
  const leg = fixture.lastDialled();
  fixture.runtime.report(leg, { type: 'delivered' });
  fixture.runtime.report(leg, { type: 'answered' });
  fixture.runtime.report(leg, { type: 'digit', digit: '9', durationMs: 100 });
  await fixture.settle();
  assert.deepEqual(told(fixture), [
    'dial 3235550100',
    'openRoom',
    `join ${leg}`,
    'music on',
    `announce ${leg} participant-count 0`,
  ]);
  const log = fixture.store.log(invited.callId);
  assert.deepEqual(
    log.map((event) => event.type),
    ['originated', 'originated', 'delivered', 'established', 'digitsGenerated'],
  );
  assert.deepEqual(log.at(-1)!.data, { digits: null, count: 1, by: 'device' });
  // A second one does not answer: the conference goes on.
  await fixture.runtime.do(singleStepConference, {
    into: { callId: invited.callId },
    device: extension('102'),
    target: { kind: 'terminal', aor: '102' },
    callerId: { name: '', number: '' },
    timeoutMs: 1000,
    role: 'participant',
  });
  fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause: 'noAnswer' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(invited.callId)!.connections.size, 1);
  const record = fixture.store.allRecords()[0]!;
  assert.deepEqual([record.disposition, record.from.number, record.to.number], ['noAnswer', '211', '102']);
  await fixture.runtime.do(clearConnection, invited);
  assert.equal(fixture.runtime.call(invited.callId), null);
});

test('an invited phone that is asked for a PIN first is called by an access call', async () => {
  const fixture = new RuntimeFixture();
  const asked = await fixture.runtime.do(makeCall, {
    kind: 'access',
    organizationId: 'org',
    from: extension('100'),
    fromTarget: { kind: 'terminal', aor: '100' },
    callerId: { name: 'Weekly', number: '211' },
    to: conferenceDevice,
    toTarget: null,
    timeoutMs: 1000,
  });
  const leg = fixture.lastDialled();
  await assert.rejects(fixture.runtime.do(enterConference, { legId: leg, policy: policy(), role: 'participant' }), {
    code: 'invalidState',
  });
  fixture.runtime.report(leg, { type: 'answered' });
  const inside = await fixture.runtime.do(enterConference, { legId: leg, policy: policy(), role: 'moderator' });
  assert.equal(fixture.runtime.call(asked.callId), null);
  assert.equal(fixture.runtime.call(inside.callId)!.moderators, 1);
  assert.deepEqual(fixture.ports.roomOfLeg.get(leg), inside.callId);
});

test('talkers: the first at once, then at most one event per window, none for what came and went', async () => {
  const fixture = new RuntimeFixture();
  const a = await fixture.enter('A');
  const b = await fixture.enter('B');
  const talk = async (leg: string, talking: boolean) => {
    fixture.runtime.report(leg, { type: 'talking', talking });
    await fixture.settle();
  };
  const events = () => fixture.published.filter((event) => event.type === 'talking').map((event) => event.data);
  await talk('A', true);
  assert.deepEqual(events(), [{ started: [a.connectionId], stopped: [] }]);
  await talk('B', true);
  await talk('B', false);
  await talk('A', false);
  await talk('B', true);
  assert.equal(events().length, 1);
  await fixture.clock.advanceAsync(talkingWindowMs);
  assert.deepEqual(events()[1], { started: [b.connectionId], stopped: [a.connectionId] });
  await talk('B', false);
  await talk('B', true);
  await fixture.clock.advanceAsync(2000);
  assert.equal(events().length, 2);
  assert.equal(fixture.clock.pending, 0);
  // Forty changes a second for five seconds give one event per window.
  for (let i = 0; i < 200; i++) {
    await talk('A', i % 2 === 0);
    await fixture.clock.advanceAsync(25);
  }
  assert.ok(events().length <= 2 + 1 + 5000 / talkingWindowMs, `${events().length}`);
  await fixture.runtime.do(clearCall, { callId: a.callId });
  assert.equal(fixture.clock.pending, 0);
});

test('a two-hour conference takes milliseconds and nothing ticks in it', async () => {
  const fixture = new RuntimeFixture();
  const started = process.threadCpuUsage();
  const refs = await Promise.all(['A', 'B', 'C', 'D'].map((leg) => fixture.enter(leg)));
  for (let minute = 0; minute < 120; minute++) {
    const ref = refs[minute % 4]!;
    await fixture.runtime.do(setMute, { ...ref, muted: true });
    await fixture.clock.advanceAsync(60_000);
    await fixture.runtime.do(setMute, { ...ref, muted: false });
  }
  assert.equal(fixture.clock.pending, 0);
  for (const leg of ['A', 'B', 'C', 'D']) fixture.runtime.report(leg, { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  const log = fixture.store.log(refs[0]!.callId);
  assert.equal(log.at(-1)!.at - log[0]!.at, 7_200_000);
  assert.equal(replay(log)!.ended, true);
  assert.equal(fixture.store.allRecords()[0]!.endedAt - fixture.store.allRecords()[0]!.answeredAt!, 7_200_000);
  const { user, system } = process.threadCpuUsage(started);
  assert.ok(user + system < 2e6, `${user + system} µs`);
});

test('moderators hear that PINs are being guessed, nobody else, and it is an event of the call', async () => {
  const fixture = new RuntimeFixture();
  for (const [legId, role] of [
    ['A', 'participant'],
    ['B', 'moderator'],
  ] as const) {
    await access(fixture, legId);
    await fixture.runtime.do(enterConference, { legId, policy: policy(), role });
  }
  told(fixture);
  const { id: callId } = fixture.runtime.callOfConference('weekly')!;
  await fixture.runtime.do(warnModerators, { callId, failures: 3, until: null });
  assert.deepEqual(fixture.ports.taken(), [
    { do: 'announce', target: { legId: 'B' }, items: [{ say: 'pins-guessed' }] },
  ]);
  const last = fixture.store.log(callId).at(-1)!;
  assert.deepEqual([last.type, last.connectionId, last.data], ['pinsGuessed', null, { failures: 3 }]);
});

test('in a conference hands are raised, moderators mute, and what is written is told: none of it in attached data', async () => {
  const fixture = new RuntimeFixture();
  const refs = [];
  for (const legId of ['A', 'B']) {
    await access(fixture, legId);
    refs.push(await fixture.runtime.do(enterConference, { legId, policy: policy(), role: 'participant' }));
  }
  const [one, other] = refs as [(typeof refs)[0], (typeof refs)[0]];
  const { callId } = one;
  const now = () => fixture.runtime.call(callId)!.connections.get(one.connectionId)!;
  await fixture.runtime.do(setHand, { ...one, raised: true });
  await fixture.runtime.do(setMute, { ...one, muted: true });
  assert.deepEqual([now().handRaised, now().muted, now().mutedBy], [true, true, null]);
  await fixture.runtime.do(setMute, { ...one, muted: true, byModerator: true });
  await fixture.runtime.do(setMute, { ...one, muted: true });
  assert.equal(now().mutedBy, 'moderator');
  await fixture.runtime.do(setMute, { ...one, muted: false });
  await fixture.runtime.do(setHand, { ...one, raised: false });
  assert.deepEqual([now().handRaised, now().muted, now().mutedBy, now().data], [false, false, null, {}]);
  await fixture.runtime.do(sendMessage, { ...one, text: 'hello', to: other.connectionId });
  const last = fixture.store.log(callId).at(-1)!;
  const written = { text: 'hello', to: other.connectionId };
  assert.deepEqual([last.type, last.connectionId, last.data], ['messageSent', one.connectionId, written]);
  const wrong = [
    [{ text: ' ', to: null }, 'invalidArgument'],
    [{ text: 'x'.repeat(2001), to: null }, 'invalidArgument'],
    [{ text: 'x', to: 'nobody' }, 'connectionNotFound'],
  ] as const;
  for (const [message, code] of wrong) {
    await assert.rejects(fixture.runtime.do(sendMessage, { ...one, ...message }), { code });
  }
  assert.deepEqual(replay(fixture.store.log(callId)), fixture.runtime.call(callId));
});
