import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { streamOf } from '../call/model/event-log.ts';
import { clearConnection } from '../call/services/clear-connection.ts';
import { receiveCall } from '../call/services/receive-call.ts';
import { MemoryCallStore } from '../call/testing/memory-store.ts';
import { conferenceDevice, extension, RuntimeFixture } from '../call/testing/runtime-fixture.ts';
import { FollowedCalls, type NumberedNote } from './followed-calls.ts';
import { type Consumer, Follower, type LoggedStep } from './follower.ts';
import { isAfter, type NoteNumber, readNoteNumber, writeNoteNumber } from './note-number.ts';
import type { CallChange, Projection } from './projection.ts';

/** Every event and what state its connection is in then. */
class InWords implements Projection<string> {
  readonly recalled: string[] = [];

  next(changes: readonly CallChange[]): readonly string[] {
    return changes.map(({ event: { type, callId, connectionId }, after }) => {
      const state = connectionId === null ? 'all' : (after.connections.get(connectionId)?.state ?? 'null');
      return `${callId} ${type} ${state}`;
    });
  }

  recall({ event }: CallChange): void {
    this.recalled.push(`${event.callId} ${event.seq}`);
  }

  forget(): void {}
}

/**
 * A channel as push channels will be: it says all there is, from a number on, and remembers nothing through a restart.
 */
class Channel implements Consumer {
  readonly said: NumberedNote<string>[] = [];
  readonly steps: LoggedStep[] = [];
  readonly projection = new InWords();
  readonly follower: Follower;
  readonly #calls: FollowedCalls<string>;
  #after: NoteNumber | null = null;
  /** Rejecting fails the next step. */
  before: () => Promise<void> = async () => {};

  constructor({ clock, store }: RuntimeFixture, feed: MemoryCallStore['feed'] = (query) => store.feed(query)) {
    this.#calls = new FollowedCalls({
      log: silentLog,
      eventsOf: (...query) => store.eventsOf(...query),
      concerned: (organizationId) => organizationId === 'org',
      projection: this.projection,
    });
    this.follower = new Follower({ clock, log: silentLog, feed, consumer: this });
  }

  /** Goes on behind what was said last; its step is read again, and only what is behind is said. */
  resume(after: NoteNumber): void {
    this.#after = after;
    this.follower.begin(after.step - 1);
  }

  async take(step: LoggedStep): Promise<void> {
    await this.before();
    const notes = await this.#calls.next(step);
    this.steps.push(step);
    this.said.push(...notes.filter(({ number }) => this.#after === null || isAfter(number, this.#after)));
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Two calls between phones, and one who goes through an access call into a conference. */
async function someCalls(fixture: RuntimeFixture): Promise<void> {
  const { callId, caller } = await fixture.talking('A');
  const access = { kind: 'access', organizationId: 'org', from: extension('102'), to: conferenceDevice } as const;
  await fixture.runtime.do(receiveCall, { ...access, legId: 'C' });
  await fixture.talking('B');
  await fixture.enter('C');
  await fixture.runtime.do(clearConnection, { callId, connectionId: caller });
  await fixture.runtime.close();
}

describe('who follows the log', () => {
  test('is given every step once, whole and in order, over several calls: what it missed, then what is new', async () => {
    const fixture = new RuntimeFixture();
    const { callId, caller } = await fixture.talking('A');
    const channel = new Channel(fixture);
    fixture.runtime.on('event', () => channel.follower.nudge());
    channel.follower.begin(0);
    await settled();
    assert.equal(channel.follower.cursor, await fixture.store.lastPosition(), 'caught up');
    const access = { kind: 'access', organizationId: 'org', from: extension('102'), to: conferenceDevice } as const;
    await fixture.runtime.do(receiveCall, { ...access, legId: 'C' });
    await fixture.enter('C');
    await fixture.runtime.do(clearConnection, { callId, connectionId: caller });
    await settled();
    const feed = await fixture.store.feed({ after: 0, limit: 1000 });
    assert.deepEqual(
      channel.steps.flatMap(({ entries }) => entries),
      feed,
    );
    for (const { number, entries } of channel.steps) {
      assert.deepEqual(
        entries,
        feed.filter(({ step }) => step === number),
      );
    }
    // Into the conference out of its access call: one step over two calls.
    const entering = channel.steps.find(({ entries }) => entries.some(({ event }) => event.type === 'transferred'));
    assert.deepEqual(
      entering?.entries.map(({ event }) => event.type),
      ['transferred', 'originated', 'established', 'connectionCleared', 'callCleared'],
    );
    assert.equal(new Set(entering?.entries.map(({ event }) => streamOf(event).id)).size, 2);
    await channel.follower.close();
  });

  test('is given whole steps wherever a page of the log ends', async () => {
    const fixture = new RuntimeFixture();
    const log = new MemoryCallStore();
    for (let at = 0; at < 70; at++) {
      const events = Array.from({ length: 1 + (at % 13) }, (_, index) => ({
        stream: { kind: 'device', id: `d${at}` } as const,
        organizationId: 'org',
        seq: index + 1,
        at: 1,
        type: 'x',
        data: {},
      }));
      await log.append(events, []);
    }
    const big = Array.from({ length: 1203 }, (_, index) => ({
      stream: { kind: 'device', id: 'd' } as const,
      organizationId: 'org',
      seq: index + 1,
      at: 1,
      type: 'x',
      data: {},
    }));
    // Longer than two pages.
    await log.append(big, []);
    const channel = new Channel(fixture, (query) => log.feed(query));
    channel.follower.begin(0);
    await settled();
    const sizes = channel.steps.map(({ entries }) => entries.length);
    assert.deepEqual(sizes, [...Array.from({ length: 70 }, (_, at) => 1 + (at % 13)), 1203]);
    assert.equal(channel.follower.cursor, await log.lastPosition());
    assert.deepEqual(channel.said, [], 'nothing of it is a call');
    await channel.follower.close();
  });

  test('goes on behind any number it was told, and hears the same under the same numbers', async () => {
    const fixture = new RuntimeFixture();
    await someCalls(fixture);
    const first = new Channel(fixture);
    first.follower.begin(0);
    await settled();
    await first.follower.close();
    assert.ok(first.said.length > 15);
    assert.equal(new Set(first.said.map(({ number }) => writeNoteNumber(number))).size, first.said.length);
    for (const [at, { number }] of first.said.entries()) {
      const known = readNoteNumber(writeNoteNumber(number));
      assert.deepEqual(known, number);
      const later = new Channel(fixture);
      later.resume(known!);
      await settled();
      assert.deepEqual(later.said, first.said.slice(at + 1), writeNoteNumber(number));
      await later.follower.close();
    }
  });

  test('is told a step again that it could not take, and nothing behind it before', async () => {
    const fixture = new RuntimeFixture();
    const channel = new Channel(fixture);
    fixture.runtime.on('event', () => channel.follower.nudge());
    channel.follower.begin(0);
    let tries = 0;
    channel.before = async () => {
      tries++;
      throw new Error('not now');
    };
    await fixture.talking('A');
    await settled();
    assert.equal(tries, 1);
    assert.deepEqual(channel.steps, []);
    await fixture.clock.advanceAsync(1000);
    await settled();
    assert.equal(tries, 2);
    channel.before = async () => {};
    await fixture.clock.advanceAsync(1000);
    await settled();
    const feed = await fixture.store.feed({ after: 0, limit: 1000 });
    assert.deepEqual(
      channel.steps.flatMap(({ entries }) => entries),
      feed,
    );
    await channel.follower.close();
  });

  test('closes while the log is away, and reads no more', async () => {
    const fixture = new RuntimeFixture();
    const channel = new Channel(fixture, () => Promise.reject(new Error('gone')));
    channel.follower.begin(0);
    await settled();
    await channel.follower.close();
    await fixture.talking('A');
    channel.follower.nudge();
    await fixture.clock.advanceAsync(5000);
    assert.deepEqual(channel.steps, []);
  });

  test('has the calls that were there before as they were, read once', async () => {
    const fixture = new RuntimeFixture();
    const { callId, caller } = await fixture.talking('A');
    const channel = new Channel(fixture);
    channel.follower.begin(await fixture.store.lastPosition());
    await fixture.runtime.do(clearConnection, { callId, connectionId: caller });
    channel.follower.nudge();
    await settled();
    assert.deepEqual(
      channel.said.map(({ note }) => note),
      [`${callId} connectionCleared null`, `${callId} connectionCleared null`, `${callId} callCleared all`],
    );
    const before = fixture.store.log(callId).length - 3;
    assert.deepEqual(
      channel.projection.recalled,
      Array.from({ length: before }, (_, at) => `${callId} ${at + 1}`),
    );
    await channel.follower.close();
  });
});
