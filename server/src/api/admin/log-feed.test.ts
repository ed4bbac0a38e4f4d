import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { FeedEntry } from '../../call/model/event-log.ts';
import { type FeedReader, LogFeed } from './log-feed.ts';

function stage() {
  const clock = new VirtualClock();
  const logged: FeedEntry[] = [];
  let reads = 0;
  const feed = new LogFeed({
    clock,
    organizationOfCall: () => null,
    store: {
      feed: async ({ after, limit }) => {
        reads++;
        return logged.filter(({ position }) => position > after).slice(0, limit);
      },
      lastPosition: async () => logged.length,
      eventsAbout: async () => [],
    },
  });
  const heard: number[] = [];
  const reader: FeedReader = {
    position: 0,
    over: false,
    take: ({ position }) => {
      heard.push(position);
      return true;
    },
  };
  const happens = () => {
    const event = { stream: { kind: 'security', id: 's' }, organizationId: '3', seq: 1, at: 0, type: 'ban', data: {} };
    const position = logged.length + 1;
    logged.push({ position, step: position, event } as never);
    feed.nudge();
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, feed, reader, heard, happens, pass, reads: () => reads };
}

test('however often something happens, who watches hears of it soon, and what comes in a heap is read together', async () => {
  const { feed, reader, heard, happens, pass, reads } = stage();
  feed.join(reader);
  for (let at = 0; at < 100; at++) {
    happens();
    await pass(10);
    assert.ok(heard.length >= at - 5, `${heard.length} of ${at + 1} heard`);
  }
  assert.ok(reads() < 40, `${reads()} reads`);
  await pass(1000);
  assert.equal(heard.length, 100);
});

test('who was told further than the log goes, as before a backup was restored, hears what happens from now on', async () => {
  const { feed, reader, heard, happens, pass } = stage();
  for (let at = 0; at < 3; at++) happens();
  assert.deepEqual([await feed.positionBehind(null), await feed.positionBehind(2)], [3, 2]);
  reader.position = await feed.positionBehind(5000);
  feed.join(reader);
  happens();
  await pass(50);
  assert.deepEqual(heard, [4]);
});

test('who leaves leaves no timer behind, and who comes next is told', async () => {
  const { clock, feed, reader, heard, happens, pass } = stage();
  feed.join(reader);
  happens();
  feed.leave(reader);
  assert.equal(clock.pending, 0);
  const next = { ...reader, over: false };
  feed.join(next);
  await pass(40);
  assert.deepEqual(heard, [1]);
  feed.leave(next);
  assert.equal(clock.pending, 0);
});
