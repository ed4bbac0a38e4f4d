import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../call/model/call.ts';
import type { CallRecord } from '../../call/model/call-record.ts';
import type { CallEvent } from '../../call/model/events.ts';
import { MemoryCallStore } from '../../call/testing/memory-store.ts';
import { eventsOfStory, recordsOfStory, type StoryEvent, storyOf } from './call-story.ts';

/**
 * Somebody asks for a conference in an access call, and goes on into it with the same leg; somebody else is there too.
 */
async function scene() {
  const store = new MemoryCallStore();
  const opened = (callId: string, kind: string, organizationId = '3') =>
    event(callId, 1, 'originated', null, { call: { organizationId, kind, conference: null }, connections: [] });
  await store.append(
    [
      opened('access', 'access'),
      event('access', 2, 'established', 'asked', {}),
      opened('room', 'conference'),
      event('room', 2, 'established', 'other', {}),
      event('room', 3, 'established', 'member', {}),
      event('room', 4, 'talking', null, { started: ['other'], stopped: [] }),
      event('access', 3, 'transferred', 'asked', { toCall: 'room', toConnection: 'member' }),
      event('access', 4, 'callCleared', null, {}),
      event('room', 5, 'held', 'member', {}),
      event('room', 6, 'held', 'other', {}),
      event('room', 7, 'transferred', 'other', { toCall: 'elsewhere', toConnection: 'gone' }),
      event('room', 8, 'callCleared', null, {}),
      opened('theirs', 'call', '4'),
    ],
    [record('asked', 'access', 'leg', 10), record('member', 'room', 'leg', 20), record('other', 'room', 'leg2', 30)],
  );
  const running: Call[] = [];
  const sources = {
    store,
    running: {
      call: (id: string) => running.find((call) => call.id === id) ?? null,
      callsNamed: () => running,
    },
  };
  const story = (id: string, organizationId = '3') => storyOf(id, organizationId, sources);
  return { store, running, story };
}

function event(callId: string, seq: number, type: string, connectionId: string | null, data: object): CallEvent {
  return { callId, seq, at: seq, type, connectionId, cause: 'normal', data } as CallEvent;
}

function record(id: string, callId: string, legId: string, endedAt: number): CallRecord {
  return { id, callId, connectionId: id, legId, organizationId: '3', endedAt } as CallRecord;
}

async function eventsPage(...asked: Parameters<typeof eventsOfStory>): Promise<StoryEvent[]> {
  const page: StoryEvent[] = [];
  for await (const piece of eventsOfStory(...asked)) page.push(...piece);
  return page;
}

test('one id for the whole story: of the call, of the leg, of the connection', async () => {
  const { story } = await scene();
  const member = { callId: 'room', connectionIds: ['member'] };
  assert.deepEqual(await story('access'), [{ callId: 'access', connectionIds: null }, member]);
  assert.deepEqual(await story('leg'), [{ callId: 'access', connectionIds: ['asked'] }, member]);
  assert.deepEqual(await story('asked'), [{ callId: 'access', connectionIds: ['asked'] }, member]);
  assert.deepEqual(await story('member'), [member]);
  assert.deepEqual(await story('room'), [{ callId: 'room', connectionIds: null }], 'who leaves it is not followed');
  assert.deepEqual(
    (await story('leg2')).map(({ callId }) => callId),
    ['room', 'elsewhere'],
  );
});

test('what is not known, or is of others, has no story', async () => {
  const { story } = await scene();
  for (const id of ['nobody', 'theirs']) assert.deepEqual(await story(id), []);
  for (const id of ['access', 'leg', 'member']) assert.deepEqual(await story(id, '4'), []);
  assert.equal((await story('theirs', '4')).length, 1);
});

test('legs and connections of running calls have one too, also before they are stored', async () => {
  const { running, story } = await scene();
  const connections = new Map([['c', { id: 'c', legId: 'live' }]]);
  running.push({ id: 'now', organizationId: '3', connections, destination: { legId: 'next' } } as unknown as Call);
  const expected = [{ callId: 'now', connectionIds: ['c'] }];
  assert.deepEqual([await story('live'), await story('c')], [expected, expected]);
  assert.deepEqual(await story('next'), [{ callId: 'now', connectionIds: null }]);
  assert.deepEqual(await story('live', '4'), []);
});

test('its events come in order, page by page, without those of others', async () => {
  const { store, story } = await scene();
  const parts = await story('access');
  const all = ['access 1', 'access 2', 'access 3', 'access 4', 'room 1', 'room 3', 'room 5', 'room 8'];
  for (const limit of [1, 2, 3, 100]) {
    const seen: string[] = [];
    for (let after = '0'; ; ) {
      const page = await eventsPage(parts, { after, limit }, store);
      seen.push(...page.map(({ event: { callId, seq } }) => `${callId} ${seq}`));
      if (page.length < limit) break;
      after = page.at(-1)!.cursor;
    }
    assert.deepEqual(seen, all, `${limit} at a time`);
  }
  assert.deepEqual(await eventsPage(parts, { after: '9.9', limit: 5 }, store), []);
});

test('its records are those of its connections, newest first', async () => {
  const { store, story } = await scene();
  const ids = async (id: string, page = { limit: 10, offset: 0 }) => {
    const records = await recordsOfStory(await story(id), { organizationId: '3', ...page }, store);
    return records.map((one) => one.id);
  };
  assert.deepEqual(await ids('access'), ['member', 'asked']);
  assert.deepEqual(await ids('leg', { limit: 1, offset: 1 }), ['asked']);
  assert.deepEqual(await ids('room'), ['other', 'member']);
});
