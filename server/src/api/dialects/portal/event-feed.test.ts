import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterConference } from '../../../call/services/enter-conference.ts';
import { policy, RuntimeFixture } from '../../../call/testing/runtime-fixture.ts';
import { EventFeed } from './event-feed.ts';
import type { Session } from './sessions.ts';

test('who comes into a conference is told of it once, and of all that happens then, also at once', async () => {
  const { runtime, store } = new RuntimeFixture();
  const feed = new EventFeed({ runtime, calls: store, isBrowser: () => true, knocking: () => [] });
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
