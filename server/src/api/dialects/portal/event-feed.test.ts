import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterConference } from '../../../call/services/enter-conference.ts';
import { sendMessage } from '../../../call/services/send-message.ts';
import { policy, RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import { EventFeed } from './event-feed.ts';
import type { Session } from './sessions.ts';

const browsers = { isEncrypted: () => true, whenConfirmed: () => assert.fail('it is known') };

test('who comes into a conference is told of it once, and of all that happens then, also at once', async () => {
  const { runtime, store } = new RuntimeFixture();
  const feed = new EventFeed({ runtime, calls: store, isBrowser: () => true, legs: browsers, knocking: () => [] });
  const meeting = { meetingId: '2003', name: 'Weekly' };
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the test looks at it piece by piece
  const listen = async (legId: string): Promise<any[]> => {
    const told: unknown[] = [];
    const session = { call: { legId }, meeting, login: null } as Session;
    await feed.follow({ session, send: (text) => told.push(JSON.parse(text)) }, null);
    return told;
  };
  const enter = (legId: string) =>
    runtime.do(enterConference, {
      legId,
      device: { kind: 'external', number: '', name: legId },
      policy: policy({ record: 'always' }),
      role: 'participant',
    });
  const ann = await listen('ann');
  await enter('ann');
  const types = (told: readonly { type: string }[]) => told.map(({ type }) => type);
  assert.deepEqual(types(ann), ['call', 'conference', 'state']);
  const [, { conference }, state] = ann;
  assert.deepEqual([conference.recording, state.recording], ['off', 'on'], 'it began with the conference');

  const bob = await listen('bob');
  await enter('bob');
  assert.deepEqual(types(bob), ['call', 'conference']);
  assert.equal(bob[1].conference.participants.length, 2);
  assert.deepEqual(types(ann).slice(3), ['joined']);
  feed.close();
});

test('whether nobody on the way can listen to somebody is told when his leg stands', async () => {
  const fixture = new RuntimeFixture();
  const { runtime, store } = fixture;
  const secret = new Set(['ann']);
  const waiting: (readonly [string, () => void])[] = [];
  const legs = {
    isEncrypted: (legId: string) => secret.has(legId),
    whenConfirmed: (legId: string, action: () => void) => void waiting.push([legId, action]),
  };
  const feed = new EventFeed({ runtime, calls: store, isBrowser: (id) => id === 'ann', legs, knocking: () => [] });
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the test looks at it piece by piece
  const told: any[] = [];
  const session = { call: { legId: 'ann' }, meeting: { meetingId: '2003', name: 'Weekly' }, login: null } as Session;
  await feed.follow({ session, send: (text) => told.push(JSON.parse(text)) }, null);
  const enter = (legId: string) => {
    const device = { kind: 'external', number: legId, name: '' } as const;
    return runtime.do(enterConference, { legId, device, policy: policy(), role: 'participant' });
  };
  await enter('ann');
  assert.equal(told[1].conference.participants[0].encrypted, true);
  for (const legId of ['101', '102', '103']) await enter(legId);
  assert.deepEqual(
    told.slice(2).map(({ type, participant }) => [type, participant.encrypted]),
    [
      ['joined', false],
      ['joined', false],
      ['joined', false],
    ],
  );
  assert.deepEqual(
    waiting.map(([legId]) => legId),
    ['101', '102', '103'],
  );
  told.splice(0);
  secret.add('102').add('103');
  runtime.report('103', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  for (const [, action] of waiting) action();
  assert.deepEqual(
    told
      .filter(({ type }) => type === 'changed')
      .map(({ participant: { address, encrypted } }) => [address, encrypted]),
    [['102', true]],
  );
  feed.close();
});

test('who missed what somebody wrote, and left, is told who that was', async () => {
  const fixture = new RuntimeFixture();
  const { runtime, store } = fixture;
  const feed = new EventFeed({ runtime, calls: store, isBrowser: () => true, legs: browsers, knocking: () => [] });
  const enter = (legId: string) => {
    const device = { kind: 'external', number: '', name: `Name of ${legId}` } as const;
    return runtime.do(enterConference, { legId, device, policy: policy(), role: 'participant' });
  };
  const ann = await enter('ann');
  const bob = await enter('bob');
  const seen = `${runtime.call(ann.callId)!.seq}-0`;
  await runtime.do(sendMessage, { ...bob, text: 'to all', to: null });
  await runtime.do(sendMessage, { ...bob, text: 'to her', to: ann.connectionId });
  runtime.report('bob', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the test looks at it piece by piece
  const told: any[] = [];
  const session = { call: { legId: 'ann' }, meeting: { meetingId: '2003', name: 'Weekly' }, login: null } as Session;
  await feed.follow({ session, send: (text) => told.push(JSON.parse(text)) }, seen);
  assert.deepEqual(
    told.flatMap(({ message }) => (message === undefined ? [] : [[message.text, message.name]])),
    [
      ['to all', 'Name of bob'],
      ['to her', 'Name of bob'],
    ],
  );
  feed.close();
});
