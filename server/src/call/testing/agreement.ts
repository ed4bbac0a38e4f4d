import assert from 'node:assert/strict';
import type { Call } from '../model/call.ts';
import type { CallEvent } from '../model/events.ts';
import { replay } from '../model/evolve.ts';
import { placesIn } from '../step/leg-place.ts';
import { legSound, noSound, roomSound } from '../step/sound-plan.ts';
import type { RuntimeFixture } from './runtime-fixture.ts';

/** What a simulation came to, in numbers. */
export interface Agreement {
  readonly events: number;
  readonly calls: number;
  readonly records: number;
}

/**
 * Asserts that when nothing is under way the running calls, the log, the rooms, the bindings of legs, the published
 * events and the records all say the same; for tests. `legs`: all that were ever there.
 */
export function checkAgreement(fixture: RuntimeFixture, legs: readonly string[]): Agreement {
  const { runtime, store, ports, published } = fixture;
  assert.deepEqual(ports.faults, []);
  const running = runtime.snapshot();
  const bound = new Set<string>();
  for (const call of running) {
    assert.deepEqual(plain(call), plain(replay(store.log(call.id))!));
    checkSound(call, fixture);
    for (const connection of call.connections.values()) {
      const { legId, legHere, state } = connection;
      const ref = { callId: call.id, connectionId: connection.id };
      if (legHere) assert.deepEqual(runtime.refOfLeg(legId), ref);
      assert.ok(legHere || state === 'hold' || state === 'alerting', `${state} without a leg`);
      assert.equal(connection.moved, false);
      bound.add(legId);
    }
  }
  // Nothing is left of what has ended: no room, no leg, no binding.
  assert.deepEqual(new Set(ports.rooms.keys()), new Set(running.filter((call) => call.room).map((call) => call.id)));
  for (const leg of legs) if (!bound.has(leg)) assert.equal(runtime.refOfLeg(leg), null);
  checkIdle(running, fixture);
  for (const leg of ports.roomOfLeg.keys()) assert.ok(bound.has(leg));
  return checkLog(fixture, published);
}

/** What has been looked at of logs, which only grow: a long walk asks often, and of many calls that ended long ago. */
interface Looked {
  readonly published: Map<string, CallEvent[]>;
  count: number;
  /** Of calls that have ended: how long the log was, and how many left. */
  readonly ended: Map<string, { readonly length: number; readonly cleared: number }>;
}

const lookedAt = new WeakMap<RuntimeFixture, Looked>();

/** With all that has been published since the last time. */
function lookedUntil(fixture: RuntimeFixture, published: readonly CallEvent[]): Looked {
  const looked = lookedAt.get(fixture) ?? { published: new Map(), count: 0, ended: new Map() };
  lookedAt.set(fixture, looked);
  for (; looked.count < published.length; looked.count++) {
    const event = published[looked.count]!;
    const log = looked.published.get(event.callId);
    if (log === undefined) looked.published.set(event.callId, [event]);
    else log.push(event);
  }
  return looked;
}

/** Published is what is stored, in order per call, and every connection that left has one record. */
function checkLog(fixture: RuntimeFixture, published: readonly CallEvent[]): Agreement {
  const { runtime, store } = fixture;
  const looked = lookedUntil(fixture, published);
  let cleared = 0;
  let stored = 0;
  for (const callId of store.callIds()) {
    const log = store.log(callId);
    const told = looked.published.get(callId);
    const known = looked.ended.get(callId);
    stored += log.length;
    if (known !== undefined && known.length === log.length && told?.length === log.length) {
      cleared += known.cleared;
      continue;
    }
    assert.deepEqual(told, log);
    const left = log.filter((event) => event.type === 'connectionCleared').length;
    cleared += left;
    if (runtime.call(callId) !== null) continue;
    assert.equal(replay(log)!.ended, true);
    looked.ended.set(callId, { length: log.length, cleared: left });
  }
  assert.equal(store.allRecords().length, cleared);
  return { events: stored, calls: store.callIds().length, records: cleared };
}

/** A leg that serves no connection now is in no room, and nothing is set that would surprise the next. */
function checkIdle(running: readonly Call[], { ports }: RuntimeFixture): void {
  for (const [legId, { active }] of placesIn(running)) {
    if (active !== null) continue;
    assert.equal(ports.roomOfLeg.get(legId), undefined);
    const { room: _none, ...quiet } = noSound;
    assert.deepEqual(ports.leg(legId), quiet);
  }
}

/** For comparing with deepEqual: the roster as a list. */
export function plain(call: Call): unknown {
  return { ...call, connections: [...call.connections.values()] };
}

function checkSound(call: Call, { ports }: RuntimeFixture): void {
  const room = ports.rooms.get(call.id);
  const is = roomSound(call);
  assert.equal(room !== undefined, call.room);
  assert.equal(room?.music ?? false, is.music);
  assert.equal(room?.recordingId ?? null, is.recordingId);
  assert.equal(room?.paused ?? false, is.paused);
  const inRoom = new Set<string>();
  for (const connection of call.connections.values()) {
    if (!connection.legHere) continue;
    const { room: joined, ...sound } = legSound(call, connection);
    if (joined !== null) inRoom.add(connection.legId);
    assert.deepEqual(ports.leg(connection.legId), sound);
  }
  assert.deepEqual(room?.legs ?? new Set(), inRoom);
}

/** Asserts that nothing runs any more and nothing is left open. */
export async function checkEnd({ runtime, store, ports, clock }: RuntimeFixture): Promise<void> {
  store.beforeAppend = null;
  await runtime.close();
  assert.equal(ports.rooms.size, 0);
  assert.equal(ports.roomOfLeg.size, 0);
  assert.deepEqual(runtime.snapshot(), []);
  assert.deepEqual(await store.openCalls(), []);
  assert.equal(clock.pending, 0);
}
