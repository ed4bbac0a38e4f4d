import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import type { CallRecord, Disposition } from '../../call/model/call-record.ts';
import { type StreamEvent, streamOf } from '../../call/model/event-log.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { RecordQuery } from '../../call/ports.ts';
import type { Store } from '../store.ts';
import { endOf, eventOf, type OpenStore, recordOf } from './contract-places.ts';

/** The order over all events, what became of legs, recordings, and every way to ask for records. */
export function feedContract(open: OpenStore): void {
  test('the feed has every event of every call once, in an order that never changes and keeps that of each call', async () => {
    const { store, place } = await open();
    assert.equal(await store.calls.lastPosition(), 0);
    assert.deepEqual(await store.calls.feed({ after: 0, limit: 10 }), []);
    const random = new SeededRandom(7);
    const seqs = new Map<string, number>();
    await Promise.allSettled(
      Array.from({ length: 300 }, () => {
        const callId = `c${random.int(20)}`;
        const seq = (seqs.get(callId) ?? 0) + 1;
        // Some are refused; nothing of them may be seen.
        if (random.int(10) === 0) return store.calls.append([eventOf(callId, seq + 1)], []);
        seqs.set(callId, seq);
        return store.calls.append([eventOf(callId, seq)], []);
      }),
    );
    const seen = await readFeed(store, 37);
    const total = [...seqs.values()].reduce((sum, seq) => sum + seq, 0);
    assert.equal(seen.length, total);
    for (const [callId, last] of seqs) {
      const own = seen.filter(({ event }) => streamOf(event).id === callId).map(({ event }) => event.seq);
      assert.deepEqual(own, upTo(last), callId);
    }
    assert.equal(seen.at(-1)?.position, await store.calls.lastPosition());
    await store.close();
    const again = await place.open();
    assert.deepEqual(await readFeed(again, 1000), seen);
    await again.calls.append([eventOf('late', 1)], []);
    const [late, ...rest] = await again.calls.feed({ after: seen.at(-1)!.position, limit: 10 });
    assert.deepEqual([late?.event, rest], [eventOf('late', 1), []]);
    await again.close();
  });

  test('which calls were running at a position, and how far each had got, can be asked of any position', async () => {
    const { store } = await open();
    const random = new SeededRandom(11);
    const seqs = new Map<string, number>();
    for (let at = 0; at < 200; at++) {
      const callId = `c${random.int(12)}`;
      const seq = (seqs.get(callId) ?? 0) + 1;
      if (seqs.get(callId) === -1) continue;
      const organizationId = callId.length === 2 ? '3' : '4';
      const ends = seq > 2 && random.int(6) === 0;
      const event = seq === 1 ? opening(callId, organizationId) : ends ? endOf(callId, seq) : eventOf(callId, seq);
      await store.calls.append([event], []);
      seqs.set(callId, ends ? -1 : seq);
    }
    const feed = await readFeed(store, 1000);
    for (let position = 0; position <= feed.length; position++) {
      for (const organizationId of ['3', '4']) {
        const expected = new Map<string, number>();
        for (const { event } of feed.slice(0, position)) {
          const { id } = streamOf(event);
          if ((id.length === 2 ? '3' : '4') !== organizationId) continue;
          if (event.type === 'callCleared') expected.delete(id);
          else expected.set(id, event.seq);
        }
        const found = await store.calls.runningAt({ organizationId, position });
        assert.deepEqual(
          found.map(({ callId, seq }) => `${callId} ${seq}`).sort(),
          [...expected].map(([callId, seq]) => `${callId} ${seq}`).sort(),
          `${organizationId} at ${position}`,
        );
      }
    }
    await store.close();
  });

  test('an append of several calls is in the feed in its own order', async () => {
    const { store } = await open();
    const events = [eventOf('b', 1), eventOf('a', 1), eventOf('b', 2), eventOf('a', 2)];
    await store.calls.append(events, []);
    assert.deepEqual(
      (await store.calls.feed({ after: 0, limit: 9 })).map(({ event }) => event),
      events,
    );
    await store.close();
  });

  test('the events of one step have its number, also where several steps are stored at once', async () => {
    const { store, place } = await open();
    await store.calls.appendSteps([
      { events: [eventOf('b', 1), eventOf('a', 1), eventOf('b', 2)], records: [recordOf('r', 'b')] },
      { events: [eventOf('b', 3)], records: [] },
      { events: [eventOf('a', 2), endOf('b', 4)], records: [] },
    ]);
    await store.calls.append([eventOf('c', 1), eventOf('c', 2)], []);
    // All or nothing: the second step is what is wrong here.
    await assert.rejects(
      store.calls.appendSteps([
        { events: [eventOf('c', 3)], records: [] },
        { events: [eventOf('c', 5)], records: [recordOf('none', 'c')] },
      ]),
    );
    await store.close();
    const again = await place.open();
    const seen = await readFeed(again, 3);
    const places = seen.map(
      ({ position, step }) =>
        seen.findIndex((one) => one.position === position) - seen.findIndex((one) => one.position === step),
    );
    assert.deepEqual(
      seen.map(({ event }, at) => `${streamOf(event).id}${event.seq} ${places[at]}`),
      ['b1 0', 'a1 1', 'b2 2', 'b3 0', 'a2 0', 'b4 1', 'c1 0', 'c2 1'],
    );
    assert.deepEqual(
      (await again.calls.records({})).map(({ id }) => id),
      ['r'],
    );
    await again.close();
  });

  test('what is no call has its history in the same log: numbered, in order with the calls, apart from them', async () => {
    const { store, place } = await open();
    const of = (kind: 'device' | 'directory', id: string, seq: number): StreamEvent => ({
      stream: { kind, id },
      organizationId: '3',
      seq,
      at: 1_800_000_000_000 + seq,
      type: 'dataChanged',
      data: { locked: seq % 2 === 0 },
    });
    // Ids may be the same: an organization's directory, an agent's device and a call.
    const step = [eventOf('x', 1), of('directory', 'x', 1), of('device', 'x', 1), of('directory', 'x', 2)];
    await store.calls.append(step, []);
    await store.calls.append([of('device', 'y', 1), endOf('x', 2)], []);
    await assert.rejects(store.calls.append([of('directory', 'x', 4)], []), 'a gap');
    await assert.rejects(store.calls.append([of('directory', 'x', 2)], []), 'there already');
    await store.close();
    const again = await place.open();
    const seen = await readFeed(again, 2);
    assert.deepEqual(
      seen.map(({ event }) => event),
      [...step, of('device', 'y', 1), endOf('x', 2)],
    );
    assert.equal(new Set(seen.slice(0, 4).map((entry) => entry.step)).size, 1);
    const directory = { kind: 'directory', id: 'x' } as const;
    assert.deepEqual(await again.calls.streamEvents(directory), [of('directory', 'x', 1), of('directory', 'x', 2)]);
    assert.deepEqual(await again.calls.streamEvents(directory, { after: 1, limit: 5 }), [of('directory', 'x', 2)]);
    assert.deepEqual(await again.calls.streams('device'), [
      { kind: 'device', id: 'x', organizationId: '3', lastSeq: 1 },
      { kind: 'device', id: 'y', organizationId: '3', lastSeq: 1 },
    ]);
    assert.deepEqual(await again.calls.lastEvents('device'), [of('device', 'x', 1), of('device', 'y', 1)]);
    assert.deepEqual(await again.calls.lastEvents('directory'), [of('directory', 'x', 2)]);
    assert.deepEqual(await again.calls.eventsOf('x'), [eventOf('x', 1), endOf('x', 2)]);
    // Neither calls to be ended nor calls to be listed.
    assert.deepEqual(await again.calls.openCalls(), []);
    assert.deepEqual(
      (await again.calls.recentCalls({ limit: 9 })).calls.map(({ callId }) => callId),
      ['x'],
    );
    await again.calls.append([of('directory', 'x', 3)], []);
    await again.close();
  });

  test('what became of a leg, through all calls it was in', async () => {
    const { store } = await open();
    const records = [
      { ...recordOf('r1', 'a'), legId: 'x' },
      { ...recordOf('r2', 'b'), legId: 'y' },
      { ...recordOf('r3', 'b'), legId: 'x' },
      { ...recordOf('r4', 'b'), legId: null },
    ];
    for (const record of records) {
      await store.calls.append([eventOf(record.id, 1)], [record]);
    }
    assert.deepEqual(await store.calls.recordsOfLeg('x'), [records[0], records[2]]);
    assert.deepEqual(await store.calls.recordsOfLeg('z'), []);
    assert.deepEqual(await store.calls.recordsNamed('x'), [records[0], records[2]]);
    assert.deepEqual(await store.calls.recordsNamed('r2'), [records[1]]);
    assert.deepEqual(await store.calls.recordsNamed('z'), []);
    assert.deepEqual(await store.calls.records({ callId: 'b', limit: 1 }), [records[3]]);
    await store.close();
  });

  test('recordings, as the events say, newest first, of one organization alone', async () => {
    const { store } = await open();
    await store.calls.append([opening('a', '3'), recording('a', 2, 'Started', 'ra')], []);
    await store.calls.append([opening('b', '4'), recording('b', 2, 'Started', 'rb')], []);
    await store.calls.append([recording('a', 3, 'Stopped', 'ra'), recording('a', 4, 'Started', 'rc')], []);
    const [rc, ra, ...more] = await store.calls.recordings({ organizationId: '3', limit: 9 });
    assert.deepEqual(more, []);
    assert.partialDeepStrictEqual(ra, {
      recordingId: 'ra',
      callId: 'a',
      organizationId: '3',
      startedAt: eventOf('a', 2).at,
      endedAt: eventOf('a', 3).at,
    });
    assert.partialDeepStrictEqual(rc, { recordingId: 'rc', startedAt: eventOf('a', 4).at, endedAt: null });
    const ids = async (query: Partial<Parameters<typeof store.calls.recordings>[0]>) =>
      (await store.calls.recordings({ organizationId: '3', limit: 9, ...query })).map((one) => one.recordingId);
    assert.deepEqual(await ids({ limit: 1 }), ['rc']);
    assert.deepEqual(await ids({ before: rc!.position }), ['ra']);
    assert.deepEqual(await ids({ organizationId: '4' }), ['rb']);
    assert.deepEqual(await ids({ callId: 'b' }), []);
    assert.deepEqual(await ids({ callId: 'a', recordingId: 'ra' }), ['ra']);
    assert.deepEqual(await ids({ recordingId: 'rb' }), []);
    // A second end changes nothing.
    await store.calls.append([recording('a', 5, 'Stopped', 'ra')], []);
    assert.equal(
      (await store.calls.recordings({ organizationId: '3', recordingId: 'ra', limit: 1 }))[0]?.endedAt,
      ra?.endedAt,
    );
    await store.close();
  });

  test('records that ended at the same moment are turned over page by page without losing one', async () => {
    const { store } = await open();
    // Both ends are extensions of ours in every third, and one is charged as well in every second: still one record.
    const records = Array.from({ length: 700 }, (_, at): CallRecord => {
      const base = recordOf(`r${at}`, 'a');
      const to = { ...base.to, extensionId: at % 3 === 0 ? '3-1' : null };
      const charged = at % 2 === 0 ? '3-2' : null;
      return { ...base, from: { ...base.from, extensionId: '3-2' }, to, charged, endedAt: 5000 + Math.floor(at / 300) };
    });
    await store.calls.append([eventOf('a', 1)], records);
    for (const order of ['ascending', 'descending'] as const) {
      const seen: string[] = [];
      for (;;) {
        const after = seen.at(-1);
        const query = { extensionIds: ['3-1', '3-2'], order, limit: 90, ...(after === undefined ? {} : { after }) };
        const page = await store.calls.records(query);
        seen.push(...page.map(({ id }) => id));
        if (page.length < 90) break;
      }
      const ids = records.map(({ id }) => id);
      assert.deepEqual(seen, order === 'ascending' ? ids : ids.reverse());
    }
    await store.close();
  });

  test('every question about records is answered as by reading them all', async () => {
    const { store } = await open();
    const random = new SeededRandom(11);
    const records = Array.from({ length: 120 }, (_, at) => anyRecord(random, at));
    // endedAt differs between all, so that the order is one.
    await store.calls.append([eventOf('a', 1), endOf('a', 2)], records);
    for (let round = 0; round < 200; round++) {
      const query = anyQuery(random);
      const found = await store.calls.records(query);
      assert.deepEqual(found, expected(records, query), JSON.stringify(query));
    }
    await store.close();
  });
}

const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

async function readFeed(store: Store, limit: number) {
  const seen: Awaited<ReturnType<Store['calls']['feed']>> = [];
  for (;;) {
    const page = await store.calls.feed({ after: seen.at(-1)?.position ?? 0, limit });
    assert.ok(page.length <= limit);
    for (const entry of page) {
      assert.ok(entry.position > (seen.at(-1)?.position ?? 0), 'positions grow');
      seen.push(entry);
    }
    if (page.length === 0) return seen;
  }
}

function opening(callId: string, organizationId: string): CallEvent {
  const call = { organizationId, kind: 'call', conference: null, from: null, to: null, parent: null, data: {} };
  const data = { call: { ...call, destination: null }, connections: [] };
  return { ...eventOf(callId, 1), type: 'originated', connectionId: null, data } as CallEvent;
}

function recording(callId: string, seq: number, what: 'Started' | 'Stopped', recordingId: string): CallEvent {
  return { ...eventOf(callId, seq), type: `recording${what}`, connectionId: null, data: { recordingId } } as CallEvent;
}

const dispositions: readonly Disposition[] = ['answered', 'noAnswer', 'busy', 'failed', 'cancelled', 'refused'];
const extensions = ['3-1', '3-2', '3-3', null];
const numbers = ['1', '2', '+13235550100'];

function one<T>(random: SeededRandom, of: readonly T[]): T {
  return of[random.int(of.length)]!;
}

function anyRecord(random: SeededRandom, at: number): CallRecord {
  const base = recordOf(`r${at}`, `c${random.int(5)}`);
  const endedAt = 1000 + ((at * 37) % 120);
  return {
    ...base,
    organizationId: one(random, ['3', '4']),
    from: { ...base.from, extensionId: one(random, extensions), number: one(random, numbers) },
    to: { ...base.to, extensionId: one(random, extensions), number: one(random, numbers) },
    role: one(random, ['participant', 'moderator', 'supervisor']),
    charged: one(random, extensions),
    startedAt: endedAt - random.int(100),
    answeredAt: random.int(3) === 0 ? null : endedAt - random.int(50),
    endedAt,
    disposition: one(random, dispositions),
  };
}

function anyQuery(random: SeededRandom): RecordQuery {
  const query: { -readonly [Key in keyof RecordQuery]: RecordQuery[Key] } = { limit: 1 + random.int(130) };
  const maybe = (set: () => void) => {
    if (random.int(4) === 0) set();
  };
  maybe(() => (query.organizationId = one(random, ['3', '4'])));
  maybe(() => (query.callId = `c${random.int(5)}`));
  maybe(() => (query.order = one(random, ['ascending', 'descending'] as const)));
  maybe(() => (query.offset = random.int(10)));
  // Whether or not the record itself is one that is asked for, or there at all.
  maybe(() => (query.after = `r${random.int(125)}`));
  return query;
}

function expected(records: readonly CallRecord[], query: RecordQuery): CallRecord[] {
  const { offset = 0, limit = 100 } = query;
  const is = <T>(value: T, wanted: T | undefined) => wanted === undefined || value === wanted;
  const sign = query.order === 'ascending' ? 1 : -1;
  const last = records.find(({ id }) => id === query.after);
  const found = records.filter((record) => {
    if (query.after !== undefined && (last === undefined || sign * (record.endedAt - last.endedAt) <= 0)) return false;
    return is(record.organizationId, query.organizationId) && is(record.callId, query.callId);
  });
  return found.sort((a, b) => sign * (a.endedAt - b.endedAt)).slice(offset, offset + limit);
}
