import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallEvent } from '../../call/model/events.ts';
import { RecentEvents } from './recent-events.ts';

function open(count: number) {
  const log = Array.from({ length: count }, (_, at) => ({ callId: 'c', seq: at + 1 }) as CallEvent);
  const asked: [after: number, limit: number][] = [];
  const store = {
    eventsAbout: async (_callId: string, { after, limit }: { after: number; limit: number }) => {
      asked.push([after, limit]);
      return log.filter(({ seq }) => seq > after).slice(0, limit);
    },
  };
  let now = 0;
  const recent = new RecentEvents({ store, now: () => now });
  const read = async (after: number, limit: number) =>
    (await recent.eventsAbout('c', { connectionIds: null, after, limit })).map(({ seq }) => seq);
  return {
    log,
    asked,
    recent,
    read,
    later: (ms: number) => {
      now += ms;
    },
  };
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('what was read is read once, and what is new behind it', async () => {
  const { asked, log, read } = open(5);
  assert.deepEqual(await read(0, 3), [1, 2, 3]);
  assert.deepEqual(await read(3, 3), [4, 5]);
  assert.deepEqual(await read(0, 5), upTo(1, 5));
  assert.deepEqual(await read(1, 2), [2, 3]);
  assert.equal(asked.length, 2);
  log.push({ callId: 'c', seq: 6 } as CallEvent);
  assert.deepEqual(await read(0, 100), upTo(1, 6));
  assert.deepEqual(asked.at(-1), [5, 95]);
});

test('two who ask at once get all, once, and leave no gap', async () => {
  const { read } = open(10);
  assert.deepEqual(await Promise.all([read(0, 4), read(0, 10), read(4, 3)]), [upTo(1, 4), upTo(1, 10), upTo(5, 7)]);
  assert.deepEqual(await read(0, 100), upTo(1, 10));
});

test('some connections alone are asked of the store; a call nobody asked for in a minute is forgotten', async () => {
  const { asked, later, read, recent } = open(3);
  await read(0, 10);
  await recent.eventsAbout('c', { connectionIds: ['x'], after: 0, limit: 10 });
  assert.equal(asked.length, 2);
  later(61_000);
  await read(0, 3);
  assert.deepEqual(asked.at(-1), [0, 3]);
});
