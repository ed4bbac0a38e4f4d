import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallEvent } from '../model/events.ts';
import { replay } from '../model/evolve.ts';
import { clearCall } from '../services/clear-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { enterConference } from '../services/enter-conference.ts';
import { receiveCall } from '../services/receive-call.ts';
import { setMute } from '../services/set-mute.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { conferenceDevice, extension, inWords, policy, RuntimeFixture } from '../testing/runtime-fixture.ts';

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords);

/** A disk that waits to be told. */
function slowDisk(store: MemoryCallStore): { release: () => void; appends: () => number } {
  let waiting: (() => void)[] = [];
  let appends = 0;
  store.beforeAppend = () => {
    appends += 1;
    return new Promise((resolve) => waiting.push(resolve));
  };
  const release = () => {
    const now = waiting;
    waiting = [];
    for (const resolve of now) resolve();
  };
  return { release, appends: () => appends };
}

test('nothing is done, shown or published before it is stored', async () => {
  const fixture = new RuntimeFixture();
  const disk = slowDisk(fixture.store);
  let resolved = false;
  const entered = fixture.enter('A').then(() => {
    resolved = true;
  });
  await fixture.settle();
  assert.deepEqual(told(fixture), []);
  assert.deepEqual(fixture.published, []);
  assert.deepEqual(fixture.runtime.snapshot(), []);
  assert.equal(resolved, false);
  // When the listener hears of it, the effects are under way and the state shows it.
  const seen: unknown[] = [];
  fixture.runtime.on('event', ({ event, call }) => {
    assert.equal(event.seq, call.seq);
    seen.push([event.type, fixture.ports.effects.length > 0, fixture.runtime.call(call.id)!.seq, resolved]);
  });
  disk.release();
  await entered;
  assert.deepEqual(seen, [
    ['originated', true, 2, false],
    ['established', true, 2, false],
  ]);
});

test('one call that waits for the disk does not hold up another, and what piled up is stored at once', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller } = await fixture.talking();
  const disk = slowDisk(fixture.store);
  const first = fixture.runtime.do(setMute, { callId, connectionId: caller, muted: true });
  const others = [fixture.enter('X'), fixture.enter('Y', { conferenceId: 'other' })];
  assert.equal(disk.appends(), 3);
  const piled = [];
  for (let i = 0; i < 50; i++)
    piled.push(fixture.runtime.do(setMute, { callId, connectionId: caller, muted: i % 2 === 1 }));
  assert.equal(disk.appends(), 3);
  disk.release();
  await Promise.all([first, ...others]);
  assert.equal(disk.appends(), 4);
  disk.release();
  await Promise.all(piled);
  assert.equal(disk.appends(), 4);
  assert.equal(fixture.runtime.call(callId)!.connections.get(caller)!.muted, true);
  assert.deepEqual(replay(fixture.store.log(callId)), fixture.runtime.call(callId));
});

test('callers who come out of access calls while the disk is busy enter their conference in one append', async () => {
  const fixture = new RuntimeFixture();
  for (let i = 0; i < 20; i++) {
    const from = extension(`${i}`);
    await fixture.runtime.do(receiveCall, {
      kind: 'access',
      legId: `L${i}`,
      organizationId: 'org',
      from,
      to: conferenceDevice,
    });
  }
  const disk = slowDisk(fixture.store);
  const entering = [];
  for (let i = 0; i < 20; i++) {
    entering.push(fixture.runtime.do(enterConference, { legId: `L${i}`, policy: policy(), role: 'participant' }));
  }
  disk.release();
  await fixture.settle();
  disk.release();
  await Promise.all(entering);
  assert.equal(disk.appends(), 2);
  assert.equal(fixture.runtime.snapshot().length, 1);
  assert.equal(fixture.runtime.callOfConference('weekly')!.connections.size, 20);
});

test('a failed append fails the service and changes nothing; a gone leg leaves when the store is back', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller, calledLeg } = await fixture.talking();
  const before = fixture.runtime.call(callId);
  told(fixture);
  const full = async () => {
    throw new Error('disk full');
  };
  fixture.store.beforeAppend = full;
  await assert.rejects(fixture.runtime.do(setMute, { callId, connectionId: caller, muted: true }), {
    code: 'unavailable',
  });
  await assert.rejects(fixture.enter('X'), { code: 'unavailable' });
  assert.equal(fixture.runtime.refOfLeg('X'), null);
  fixture.runtime.report(calledLeg, { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.equal(fixture.runtime.call(callId), before);
  assert.deepEqual(told(fixture), []);
  assert.equal(fixture.published.length, before!.seq);
  await fixture.clock.advanceAsync(3500);
  assert.equal(fixture.runtime.call(callId), before);
  fixture.store.beforeAppend = null;
  await fixture.enter('X');
  await fixture.clock.advanceAsync(4000);
  assert.equal(fixture.runtime.call(callId), null);
  assert.deepEqual(fixture.types(callId).slice(5), ['connectionCleared', 'connectionCleared', 'callCleared']);
  assert.equal(fixture.clock.pending, 0);
  assert.ok(fixture.runtime.counters().failedAppends >= 4);
});

test('an answer that cannot be stored is tried again: the two talk when the store is back, unless one has hung up', async () => {
  for (const hangsUp of [false, true]) {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    fixture.runtime.report(calledLeg, { type: 'delivered' });
    await fixture.settle();
    fixture.store.beforeAppend = async () => {
      throw new Error('disk full');
    };
    fixture.runtime.report(calledLeg, { type: 'answered' });
    await fixture.settle();
    if (hangsUp) fixture.runtime.report(calledLeg, { type: 'cleared', cause: 'normal' });
    await fixture.clock.advanceAsync(10_000);
    assert.equal(fixture.runtime.call(ref.callId)!.answered, 0);
    fixture.store.beforeAppend = null;
    await fixture.clock.advanceAsync(31_000);
    const call = fixture.runtime.call(ref.callId);
    if (hangsUp) assert.equal(call, null);
    else assert.deepEqual([call!.answered, told(fixture).includes('answer A')], [2, true]);
    assert.equal(fixture.clock.pending, 0);
  }
});

test('what a phone says of holding while nothing can be stored holds later, and the last of it alone', async () => {
  for (const [said, state] of [
    [['heldByPeer'], 'hold'],
    [['heldByPeer', 'retrievedByPeer'], 'connected'],
    [['heldByPeer', 'retrievedByPeer', 'heldByPeer'], 'hold'],
    [['heldByPeer', 'back', 'retrievedByPeer'], 'connected'],
    [['heldByPeer', 'gone'], null],
  ] as const) {
    const fixture = new RuntimeFixture();
    const { callId, caller } = await fixture.talking();
    fixture.store.beforeAppend = async () => {
      throw new Error('disk full');
    };
    for (const what of said) {
      if (what === 'back') fixture.store.beforeAppend = null;
      else if (what === 'gone') fixture.runtime.report('A', { type: 'cleared', cause: 'normal' });
      else fixture.runtime.report('A', { type: what });
      await fixture.settle();
      await fixture.clock.advanceAsync(400);
    }
    fixture.store.beforeAppend = null;
    await fixture.clock.advanceAsync(10_000);
    assert.equal(fixture.runtime.call(callId)?.connections.get(caller)?.state ?? null, state, said.join());
    assert.equal(fixture.clock.pending, 0);
  }
});

test('a call can be ended while nothing can be stored: everybody is hung up at once, and the log says so when it can', async () => {
  const fixture = new RuntimeFixture();
  const { callId, calledLeg } = await fixture.talking();
  await fixture.enter('X');
  await fixture.enter('Y');
  const conference = fixture.runtime.callOfConference('weekly')!;
  const [x] = [...conference.connections.values()];
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  const cleared = () => fixture.ports.effects.filter((effect) => effect.do === 'clear').map((effect) => effect.legId);
  await fixture.runtime.do(clearCall, { callId });
  assert.deepEqual(cleared().sort(), ['A', calledLeg].sort());
  await fixture.runtime.do(clearConnection, { callId: conference.id, connectionId: x!.id });
  assert.ok(cleared().includes('X') && !cleared().includes('Y'));
  await fixture.clock.advanceAsync(60_000);
  assert.notEqual(fixture.runtime.call(callId), null, 'nothing is shown that is not stored');
  fixture.store.beforeAppend = null;
  await fixture.clock.advanceAsync(31_000);
  assert.equal(fixture.runtime.call(callId), null);
  assert.equal(fixture.types(callId).at(-1), 'callCleared');
  assert.equal(fixture.runtime.callOfConference('weekly')!.connections.size, 1);
  assert.equal(fixture.store.allRecords().length, 3);
});

test('who leaves one of the calls of a phone while nothing can be stored is told so; a call that waits there in vain ends later', async () => {
  const fixture = new RuntimeFixture();
  const { runtime, store, clock } = fixture;
  const dial = (number: string) => ({
    device: extension(number),
    target: { kind: 'terminal', aor: number } as const,
    callerId: { name: '', number: '' },
    timeoutMs: 25_000,
  });
  const join = async (callId: string, number: string) => {
    await runtime.do(singleStepConference, { into: { callId }, role: 'participant', ...dial(number) });
    runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
  };
  const { callId, caller, calledLeg } = await fixture.talking('A');
  await join(callId, '102');
  await runtime.do(consultationCall, { callId, connectionId: caller, ...dial('103') });
  const other = await fixture.talking('B');
  await join(other.callId, '104');
  const into = { callId: other.callId };
  const waiting = { into, role: 'participant', ...dial('101'), atLeg: calledLeg } as const;
  const { connectionId } = await runtime.do(singleStepConference, waiting);

  store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(runtime.do(clearConnection, { callId, connectionId: caller }), { code: 'unavailable' });
  await clock.advanceAsync(26_000);
  assert.equal(runtime.call(other.callId)!.lines.length, 1);
  store.beforeAppend = null;
  await clock.advanceAsync(1500);
  assert.equal(runtime.call(other.callId)!.connections.has(connectionId), false);
  assert.equal(runtime.call(other.callId)!.connections.size, 3);
  await runtime.do(clearConnection, { callId, connectionId: caller });
  assert.equal(runtime.call(callId)!.connections.size, 2);
});

test('the end of the server comes while nothing can be stored', async () => {
  const fixture = new RuntimeFixture();
  const { callId } = await fixture.talking();
  fixture.store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await fixture.runtime.close();
  assert.equal(fixture.ports.effects.filter((effect) => effect.do === 'clear').length, 2);
  assert.notEqual(fixture.runtime.call(callId), null);
});

test('a listener or a port that throws harms nobody', async () => {
  const fixture = new RuntimeFixture();
  fixture.runtime.on('event', () => {
    throw new Error('bad listener');
  });
  fixture.ports.media.perform = ({ do: what }) => {
    if (what === 'join') throw new Error('bad port');
  };
  const heard: CallEvent[] = [];
  const stop = fixture.runtime.on('event', ({ event }) => void heard.push(event));
  const { callId } = await fixture.talking();
  assert.equal(heard.length, 5);
  stop();
  await fixture.runtime.do(clearCall, { callId });
  assert.equal(heard.length, 5);
});

test('a crash leaves nothing open: numbers go on without a gap, records are whole, the rest is untouched', async () => {
  const store = new MemoryCallStore();
  const before = new RuntimeFixture(1, store);
  const ended = await before.talking('Z');
  await before.runtime.do(clearCall, { callId: ended.callId });
  const endedLog = [...store.log(ended.callId)];
  const talking = await before.talking('A');
  const ringing = await before.dialled('B');
  const inside = await before.enter('C');
  await before.enter('D');

  const after = new RuntimeFixture(2, store);
  after.clock.advance(60_000);
  assert.equal(await after.runtime.recover(), 3);
  for (const callId of [talking.callId, ringing.ref.callId, inside.callId]) {
    const log = store.log(callId);
    assert.deepEqual(
      log.map((event) => event.seq),
      log.map((_, index) => index + 1),
    );
    assert.deepEqual([log.at(-1)!.type, log.at(-1)!.cause], ['callCleared', 'systemFailure']);
    assert.equal(replay(log)!.ended, true);
    assert.deepEqual(
      after.published.filter((event) => event.callId === callId),
      log.slice(-3),
    );
  }
  assert.deepEqual(store.log(ended.callId), endedLog);
  const records = store.allRecords();
  assert.equal(records.length, 8);
  const unanswered = records.filter((record) => record.callId === ringing.ref.callId);
  assert.deepEqual(
    unanswered.map((record) => record.disposition),
    ['failed', 'failed'],
  );
  const conference = records.filter((record) => record.callId === inside.callId);
  assert.deepEqual(
    conference.map((record) => record.disposition),
    ['answered', 'answered'],
  );
  assert.deepEqual(told(after), []);
  assert.equal(await after.runtime.recover(), 0);
});

test('a log that can not be read is at least closed', async () => {
  const store = new MemoryCallStore();
  const fixture = new RuntimeFixture(1, store);
  const left = await fixture.dialled();
  const open = await store.openCalls();
  store.openCalls = async () => open.map((call) => ({ ...call, events: call.events.slice(1) }));
  const after = new RuntimeFixture(2, store);
  assert.equal(await after.runtime.recover(), 1);
  const last = store.log(left.ref.callId).at(-1)!;
  assert.deepEqual([last.seq, last.type, last.cause], [3, 'callCleared', 'systemFailure']);
});

test('draining refuses new calls, lets callers under way in, and resolves when the last has left', async () => {
  const fixture = new RuntimeFixture();
  const asked = {
    kind: 'access',
    legId: 'A',
    organizationId: 'org',
    from: extension('1'),
    to: conferenceDevice,
  } as const;
  await fixture.runtime.do(receiveCall, asked);
  let drained = false;
  const draining = fixture.runtime.drain().then(() => {
    drained = true;
  });
  await assert.rejects(fixture.enter('B'), { code: 'unavailable' });
  await assert.rejects(fixture.dialled('C'), { code: 'unavailable' });
  const inside = await fixture.runtime.do(enterConference, { legId: 'A', policy: policy(), role: 'participant' });
  await fixture.settle();
  assert.equal(drained, false);
  await fixture.runtime.do(clearConnection, inside);
  await draining;
});

test('close clears what runs and what is just opening', async () => {
  const fixture = new RuntimeFixture();
  await fixture.talking('A');
  const disk = slowDisk(fixture.store);
  const opening = fixture.enter('B');
  const closing = fixture.runtime.close();
  for (let i = 0; i < 4; i++) {
    disk.release();
    await fixture.settle();
  }
  await Promise.all([opening, closing]);
  assert.deepEqual(fixture.runtime.snapshot(), []);
  assert.deepEqual(await fixture.store.openCalls(), []);
  assert.ok(told(fixture).includes('clear A shutdown'));
  await assert.rejects(fixture.runtime.do(clearCall, { callId: 'x' }), { code: 'unavailable' });
  fixture.runtime.report('A', { type: 'answered' });
});

test('a leg can be in one call only, and an unknown leg enters nothing', async () => {
  const fixture = new RuntimeFixture();
  const { callId, caller } = await fixture.talking('A');
  await assert.rejects(fixture.dialled('A'), { code: 'conflict' });
  const request = { policy: policy(), role: 'participant' } as const;
  await assert.rejects(fixture.runtime.do(enterConference, { legId: 'A', ...request }), { code: 'invalidState' });
  await assert.rejects(fixture.runtime.do(enterConference, { legId: 'none', ...request }), { code: 'invalidState' });
  assert.deepEqual(fixture.runtime.refOfLeg('A'), { callId, connectionId: caller });
  assert.equal(fixture.runtime.refOfLeg('none'), null);
});
