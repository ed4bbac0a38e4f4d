import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallRef } from '../model/call.ts';
import { CountingBudget } from '../testing/counting-budget.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { extension, inWords, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { parkCall } from './park-call.ts';
import { unparkCall } from './unpark-call.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);
const phone = (number: string) =>
  ({
    device: extension(number),
    target: { kind: 'terminal', aor: number },
    callerId: { name: '', number: '100' },
    timeoutMs: 9000,
  }) as const;

async function parked(fixture: RuntimeFixture, legId = 'A', maxMs = 60_000) {
  const { callId, called, calledLeg } = await fixture.talking(legId);
  told(fixture);
  const request = { callId, connectionId: called, maxMs, returnTo: phone('101') };
  return { callId, calledLeg, ...(await fixture.runtime.do(parkCall, request)) };
}

test('who parks leaves, the other hears music until somebody fetches it', async () => {
  const fixture = new RuntimeFixture();
  const { callId, calledLeg, position } = await parked(fixture);
  assert.equal(position, 1);
  assert.deepEqual(told(fixture), [`leave ${calledLeg}`, 'set A held=music', `clear ${calledLeg} normal`]);
  const call = fixture.runtime.call(callId)!;
  assert.deepEqual(
    [call.parked!.position, call.parked!.by, call.parked!.until - call.parked!.at],
    [1, extension('101'), 60_000],
  );
  // One who does not answer leaves it parked.
  await fixture.runtime.do(unparkCall, { callId, ...phone('120') });
  fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause: 'busy' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId)!.parked!.position, 1);
  // Of two the first to answer has it.
  const [first, second] = [await fixture.runtime.do(unparkCall, { callId, ...phone('121') }), fixture.lastDialled()];
  await fixture.runtime.do(unparkCall, { callId, ...phone('122') });
  const third = fixture.lastDialled();
  told(fixture);
  fixture.runtime.report(second, { type: 'delivered' });
  fixture.runtime.report(third, { type: 'answered' });
  await fixture.settle();
  assert.deepEqual(
    new Set(told(fixture)),
    new Set([`join ${third}`, 'set A held=null', `clear ${second} callCancelled`]),
  );
  const after = fixture.runtime.call(callId)!;
  assert.deepEqual([after.parked, after.connections.size, after.connections.has(first.connectionId)], [null, 2, false]);
  assert.equal(fixture.clock.pending, 0);
  await assert.rejects(fixture.runtime.do(unparkCall, { callId, ...phone('120') }), { code: 'invalidState' });
  assert.deepEqual(fixture.ports.faults, []);
});

test('nobody comes: whoever parked it is dialled; that failing ends the call', async () => {
  for (const comes of [true, false]) {
    const fixture = new RuntimeFixture();
    const { callId } = await parked(fixture, 'A', 30_000);
    await fixture.clock.advanceAsync(29_999);
    assert.notEqual(fixture.runtime.call(callId)!.parked, null);
    told(fixture);
    await fixture.clock.advanceAsync(1);
    const back = fixture.lastDialled();
    assert.deepEqual(told(fixture), ['dial 101', 'set A held=null']);
    fixture.runtime.report(back, { type: 'delivered' });
    await fixture.settle();
    assert.deepEqual(told(fixture), ['announce A ringback']);
    fixture.runtime.report(back, comes ? { type: 'answered' } : { type: 'failed', cause: 'noAnswer' });
    await fixture.settle();
    assert.deepEqual(told(fixture), comes ? ['hush A', `join ${back}`] : ['leave A', 'clear A noAnswer', 'closeRoom']);
    assert.equal(fixture.runtime.call(callId) === null, !comes);
    assert.equal(fixture.clock.pending, 0);
  }
});

test('a phone on its way to fetch it goes on ringing when the time is over, with whoever parked it', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await parked(fixture, 'A', 5000);
  await fixture.runtime.do(unparkCall, { callId, ...phone('120') });
  const fetching = fixture.lastDialled();
  await fixture.clock.advanceAsync(5000);
  const back = fixture.lastDialled();
  fixture.runtime.report(back, { type: 'failed', cause: 'busy' });
  await fixture.settle();
  fixture.runtime.report(fetching, { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId)!.connected, 2);
});

test('places are the smallest free ones of the organization, and free again after; the parked one may hang up', async () => {
  const fixture = new RuntimeFixture();
  fixture.store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
  const calls: CallRef[] = [];
  for (const leg of ['A', 'B', 'C', 'D']) {
    const { ref, calledLeg } = await fixture.dialled(leg);
    fixture.runtime.report(calledLeg, { type: 'answered' });
    while (fixture.runtime.call(ref.callId)!.answered < 2) await fixture.settle();
    calls.push({ callId: ref.callId, connectionId: fixture.runtime.refOfLeg(calledLeg)!.connectionId });
  }
  const park = (at: number) => fixture.runtime.do(parkCall, { ...calls[at]!, maxMs: 60_000, returnTo: phone('101') });
  const places = (await Promise.all([park(0), park(1), park(2)])).map(({ position }) => position);
  assert.deepEqual(places.sort(), [1, 2, 3]);
  const gone = fixture.runtime.snapshot().find((call) => call.parked?.position === 2)!;
  const [waiting] = gone.connections.values();
  fixture.runtime.report(waiting!.legId!, { type: 'cleared', cause: 'normal' });
  while (fixture.runtime.call(gone.id) !== null) await fixture.settle();
  // What the disk refuses takes no place.
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(park(3), { code: 'unavailable' });
  fixture.store.beforeAppend = null;
  assert.equal((await park(3)).position, 2);
  await fixture.runtime.close();
  assert.equal(fixture.clock.pending, 0);
});

test('what cannot be parked is refused', async () => {
  const fixture = new RuntimeFixture();
  const { ref } = await fixture.dialled('A');
  const rest = { maxMs: 60_000, returnTo: phone('101') };
  await assert.rejects(fixture.runtime.do(parkCall, { ...ref, ...rest }), { code: 'invalidState' });
  const { callId, called, caller } = await fixture.talking('B');
  for (const maxMs of [0, 999, Number.NaN, 25 * 3_600_000]) {
    await assert.rejects(fixture.runtime.do(parkCall, { callId, connectionId: called, ...rest, maxMs }), {
      code: 'invalidArgument',
    });
  }
  assert.equal((await fixture.runtime.do(parkCall, { callId, connectionId: called, ...rest })).position, 1);
  await assert.rejects(fixture.runtime.do(parkCall, { callId, connectionId: caller, ...rest }), {
    code: 'invalidState',
  });
});

test('when nobody may be dialled back, or the disk is away, the parked one does not wait for ever', async () => {
  const budget = new CountingBudget(0);
  const fixture = new RuntimeFixture(1, new MemoryCallStore(), budget);
  const { callId, called } = await fixture.talking();
  const target = { kind: 'trunk', trunk: 'carrier', number: '1', account: null } as const;
  const returnTo = { ...phone('101'), target };
  await fixture.runtime.do(parkCall, { callId, connectionId: called, maxMs: 5000, returnTo });
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await fixture.clock.advanceAsync(8000);
  assert.notEqual(fixture.runtime.call(callId), null);
  fixture.store.beforeAppend = null;
  // It is hung up by then; that it is gone is tried to be stored ever more rarely, every 30 s at least.
  await fixture.clock.advanceAsync(30_000);
  assert.equal(fixture.runtime.call(callId), null);
  assert.equal(fixture.store.log(callId).at(-1)!.cause, 'resourcesNotAvailable');
});
