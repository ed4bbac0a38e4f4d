import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { CallEvent } from '../../call/model/events.ts';
import { StoreError } from '../store-error.ts';
import { directoryContract } from './contract-of-directory.ts';
import { feedContract } from './contract-of-feed.ts';
import { keptContract } from './contract-of-kept.ts';
import { phoneCallContract } from './contract-of-phone-calls.ts';
import { webhookContract } from './contract-of-webhooks.ts';
import { endOf, eventOf, type OpenStore, recordOf, type StorePlace } from './contract-places.ts';

/** What every implementation of Store must do; each runs this whole suite over fresh, empty places of its own. */
export function storeContract(name: string, newPlace: () => Promise<StorePlace>): void {
  describe(`store contract: ${name}`, () => {
    const places: StorePlace[] = [];
    const open: OpenStore = async () => {
      const place = await newPlace();
      places.push(place);
      return { place, store: await place.open() };
    };
    after(async () => {
      for (const place of places) await place.dispose();
    });

    test('events come back as they went in, in order, by page', async () => {
      const { store } = await open();
      const events = [1, 2, 3, 4, 5].map((seq) => eventOf('a', seq));
      await store.calls.append(events.slice(0, 2), []);
      await store.calls.append(events.slice(2), []);
      assert.deepEqual(await store.calls.eventsOf('a'), events);
      assert.deepEqual(await store.calls.eventsOf('a', { after: 3 }), events.slice(3));
      assert.deepEqual(await store.calls.eventsOf('a', { after: 1, limit: 2 }), events.slice(1, 3));
      assert.deepEqual(await store.calls.eventsOf('nobody'), []);
      await store.close();
    });

    test('text survives: other scripts, quotes, nested data, null', async () => {
      const { store } = await open();
      const data = { set: { 'Ünï "q" \\ \u0000': ['日本', { deep: [null, 1.5, true] }] } };
      const event = { ...eventOf('a', 1), type: 'dataChanged', connectionId: null, data } as CallEvent;
      await store.calls.append([event], []);
      assert.deepEqual(await store.calls.eventsOf('a'), [event]);
      await store.close();
    });

    test('a number that is there already, a gap, and anything after the end are refused, and nothing of it is stored', async () => {
      const { store } = await open();
      await store.calls.append([eventOf('a', 1), eventOf('a', 2)], []);
      for (const events of [
        [eventOf('a', 2)],
        [eventOf('a', 1)],
        [eventOf('a', 4)],
        [eventOf('b', 2)],
        [eventOf('a', 3), eventOf('a', 5)],
        [eventOf('c', 1), eventOf('a', 9)],
      ]) {
        await assert.rejects(store.calls.append(events, [recordOf('r', 'a')]), StoreError);
      }
      assert.deepEqual(await store.calls.records({}), []);
      assert.deepEqual(await store.calls.eventsOf('c'), []);
      await store.calls.append([endOf('a', 3)], []);
      await assert.rejects(store.calls.append([eventOf('a', 4)], []), StoreError);
      assert.equal((await store.calls.eventsOf('a')).length, 3);
      await store.close();
    });

    test('appends under way together do not mix: a bad one fails alone', async () => {
      const { store } = await open();
      const results = await Promise.allSettled(
        Array.from({ length: 200 }, (_, at) => store.calls.append([eventOf(`c${at}`, at % 10 === 3 ? 2 : 1)], [])),
      );
      results.forEach((result, at) => {
        assert.equal(result.status, at % 10 === 3 ? 'rejected' : 'fulfilled', `append ${at}`);
      });
      assert.equal((await store.calls.openCalls()).length, 180);
      await store.close();
    });

    test('one append may hold events of several calls: all or none', async () => {
      const { store } = await open();
      await store.calls.append([eventOf('a', 1), eventOf('b', 1), eventOf('a', 2)], []);
      assert.equal((await store.calls.eventsOf('a')).length, 2);
      assert.equal((await store.calls.eventsOf('b')).length, 1);
      await store.close();
    });

    test('open calls are those without an end, with their events', async () => {
      const { store, place } = await open();
      await store.calls.append([eventOf('a', 1), eventOf('a', 2)], []);
      await store.calls.append([eventOf('b', 1), endOf('b', 2)], []);
      await store.calls.append([eventOf('c', 1)], []);
      await store.calls.append([endOf('c', 2)], []);
      await store.close();
      const again = await place.open();
      const open2 = await again.calls.openCalls();
      assert.deepEqual(open2, [{ callId: 'a', lastSeq: 2, events: [eventOf('a', 1), eventOf('a', 2)] }]);
      await again.calls.append([endOf('a', 3)], []);
      assert.deepEqual(await again.calls.openCalls(), []);
      await again.close();
    });

    test('recent calls, newest first', async () => {
      const { store } = await open();
      for (let at = 1; at <= 5; at++) await store.calls.append([{ ...eventOf(`c${at}`, 1), at: 1000 * at }], []);
      await store.calls.append([{ ...endOf('c2', 2), at: 9000 }], []);
      const { calls: recent, next } = await store.calls.recentCalls({ limit: 3 });
      assert.deepEqual(
        recent.map((call) => call.callId),
        ['c5', 'c4', 'c3'],
      );
      const [, , third] = recent;
      assert.equal(next, third!.position);
      const { calls: page } = await store.calls.recentCalls({ limit: 1, before: next });
      assert.partialDeepStrictEqual(page, [{ callId: 'c2', startedAt: 2000, endedAt: 9000, lastSeq: 2 }]);
      const { calls: ended } = await store.calls.recentCalls({ limit: 9, ended: true });
      assert.deepEqual(
        ended.map((call) => call.callId),
        ['c2'],
      );
      assert.deepEqual(await store.calls.recentCalls({ limit: 9, organizationId: 'none' }), { calls: [], next: null });
      await store.close();
    });

    test('a line of the list says what kind of call it was, between whom, and why it ended', async () => {
      const { store } = await open();
      const external = { kind: 'external', number: '+15550100', name: 'Ünï "q"' };
      const opened = {
        ...eventOf('a', 1),
        type: 'originated',
        data: {
          call: {
            organizationId: '3',
            kind: 'conference',
            conference: { extensionNumber: '211', number: '3', name: 'Weekly', roomSize: 5 },
            from: external,
            to: null,
          },
          connections: [],
        },
      } as unknown as CallEvent;
      const records = Array.from({ length: 12 }, (_, at) => ({
        ...recordOf(`r${at}`, 'a'),
        direction: at === 0 ? ('incoming' as const) : ('outgoing' as const),
        end: at === 1 ? ('from' as const) : null,
        answeredAt: at === 2 ? null : 1_800_000_001_000,
        cause: at === 2 ? ('busy' as const) : ('normal' as const),
      }));
      await store.calls.append([opened], records.slice(0, 1));
      await store.calls.append([{ ...endOf('a', 2), cause: 'moderatorsLeft' }], records.slice(1));
      await store.calls.append([eventOf('b', 1)], []);
      const [b, a] = (await store.calls.recentCalls({ limit: 9 })).calls;
      assert.deepEqual([b?.kind, b?.conference, b?.from, b?.ended, b?.parties], [null, null, null, 0, []]);
      assert.partialDeepStrictEqual(a, {
        callId: 'a',
        kind: 'conference',
        conference: { extension: '211', number: '3', name: 'Weekly' },
        from: { number: external.number, name: external.name },
        to: null,
        cause: 'moderatorsLeft',
        ended: 12,
      });
      assert.equal(a?.parties.length, 10);
      assert.deepEqual(
        a?.parties
          .slice(0, 3)
          .map(({ number, direction, answeredAt, cause }) => [number, direction, answeredAt, cause]),
        [
          ['15000', 'incoming', 1_800_000_001_000, 'normal'],
          ['15000', 'outgoing', 1_800_000_001_000, 'normal'],
          ['211', 'outgoing', null, 'busy'],
        ],
      );
      const one = async (query: object) =>
        (await store.calls.recentCalls({ limit: 9, ...query })).calls.map(({ callId }) => callId);
      assert.deepEqual(await one({ callId: 'a' }), ['a']);
      assert.deepEqual(await one({ callId: 'a', organizationId: '3' }), ['a']);
      assert.deepEqual(await one({ callId: 'a', organizationId: '4' }), []);
      assert.deepEqual(await one({ party: '1500' }), ['a']);
      assert.deepEqual(await one({ party: 'jane "j" d' }), ['a'], 'whatever is written otherwise in JSON');
      assert.deepEqual(await one({ party: '%' }), [], 'no wildcard');
      assert.deepEqual(await one({ party: 'extensionId' }), [], 'what is beside numbers and names is not searched');
      assert.deepEqual(await one({ cause: 'busy' }), ['a'], 'one party is enough');
      assert.deepEqual(await one({ cause: 'moderatorsLeft' }), ['a']);
      assert.deepEqual(await one({ cause: 'locked' }), []);
      assert.deepEqual(await one({ from: 9e15 }), ['b'], 'it still runs');
      assert.deepEqual(await one({ to: 0 }), []);
      await store.close();
    });

    test('of a call, what concerns one connection', async () => {
      const { store } = await open();
      const about = (seq: number, connectionId: string | null, type = 'held') =>
        ({ ...eventOf('a', seq), connectionId, type }) as CallEvent;
      const events = [
        about(1, 'x'),
        about(2, 'y'),
        about(3, null, 'talking'),
        about(4, null, 'dataChanged'),
        about(5, 'x'),
      ];
      await store.calls.append(events, []);
      const seqs = async (query: object) =>
        (await store.calls.eventsAbout('a', { connectionIds: ['x'], after: 0, limit: 9, ...query })).map(
          ({ seq }) => seq,
        );
      assert.deepEqual(await seqs({}), [1, 4, 5]);
      assert.deepEqual(await seqs({ after: 1, limit: 1 }), [4]);
      assert.deepEqual(await seqs({ connectionIds: ['x', 'y'], after: 1 }), [2, 4, 5]);
      assert.deepEqual(await seqs({ connectionIds: [] }), [4]);
      assert.deepEqual(await seqs({ connectionIds: null, after: 1, limit: 3 }), [2, 3, 4]);
      assert.deepEqual(await store.calls.eventsAbout('none', { connectionIds: ['x'], after: 0, limit: 9 }), []);
      await store.close();
    });

    test('records by organization and call, newest first', async () => {
      const { store } = await open();
      const records = [
        { ...recordOf('r1', 'a'), endedAt: 100, organizationId: '3' },
        { ...recordOf('r2', 'a'), endedAt: 200, organizationId: '3' },
        { ...recordOf('r3', 'b'), endedAt: 300, organizationId: '4' },
      ];
      await store.calls.append([eventOf('a', 1)], records);
      const ids = async (query: Parameters<typeof store.calls.records>[0]) =>
        (await store.calls.records(query)).map((record) => record.id);
      assert.deepEqual(await ids({}), ['r3', 'r2', 'r1']);
      assert.deepEqual(await ids({ organizationId: '3' }), ['r2', 'r1']);
      assert.deepEqual(await ids({ callId: 'b' }), ['r3']);
      assert.deepEqual(await ids({ limit: 1, offset: 1 }), ['r2']);
      assert.deepEqual(await store.calls.records({ callId: 'b' }), [records[2]]);
      await store.close();
    });

    directoryContract(open);

    feedContract(open);
    phoneCallContract(open);
    keptContract(open);
    webhookContract(open);

    test('close waits for what was appended; afterwards appends are refused', async () => {
      const { store, place } = await open();
      const appended = store.calls.append([eventOf('a', 1)], []);
      await Promise.all([store.close(), store.close()]);
      await appended;
      await assert.rejects(store.calls.append([eventOf('a', 2)], []), StoreError);
      const again = await place.open();
      assert.equal((await again.calls.eventsOf('a')).length, 1);
      await again.close();
    });
  });
}
