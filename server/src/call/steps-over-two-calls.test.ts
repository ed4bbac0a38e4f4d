import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import type { CallRef } from './call.ts';
import type { Connection, ConnectionSeed } from './connection.ts';
import { depart, endCall } from './departure.ts';
import type { Draft } from './draft.ts';
import { replay } from './evolve.ts';
import { extension, inWords, RuntimeFixture } from './runtime-fixture.ts';

/*
 * Sketches of the services over two calls, to show that they fit: ConsultationCall, AlternateCall, ConferenceCall,
 * TransferCall. One leg serves the agent's connections in both calls: where it is not, the connection is held without one.
 */

const dial = {
  target: { kind: 'terminal', aor: '102' },
  callerId: { name: '', number: '101' },
  timeoutMs: 1000,
} as const;

/** Holds the agent's connection and begins a call of the agent's leg to a third device. */
function consultationCall(draft: Draft, agent: CallRef): CallRef {
  const held = draft.connection(agent.callId, agent.connectionId);
  if (held.legId === null) throw new AppError('invalidState', 'This connection is held.');
  draft.emit(agent.callId, 'held', held.id, 'normal', { legId: null });
  const consult = draft.context.newId();
  const own = seedOf(held, draft.context.newId());
  const other = draft.context.newId();
  const otherLeg = draft.context.newId();
  draft.emit(consult, 'originated', own.id, 'newCall', {
    call: {
      organizationId: draft.call(agent.callId).organizationId,
      kind: 'call',
      conference: null,
      from: held.device,
      to: extension('102'),
      parent: agent.callId,
      data: {},
      destination: null,
    },
    connections: [
      { ...own, state: 'connected' },
      { id: other, legId: otherLeg, device: extension('102'), direction: 'outgoing', role: 'participant' },
    ],
  });
  draft.effect('signal', { do: 'dial', legId: otherLeg, to: dial.target, callerId: dial.callerId, timeoutMs: 1000 });
  return { callId: consult, connectionId: own.id };
}

function alternateCall(draft: Draft, active: CallRef, held: CallRef): void {
  const { legId } = draft.connection(active.callId, active.connectionId);
  draft.emit(active.callId, 'held', active.connectionId, 'normal', { legId: null });
  draft.emit(held.callId, 'retrieved', held.connectionId, 'normal', { legId: legId! });
}

/** The consulted party comes into the original call; the agent is in both, and stays in the original. */
function conferenceCall(draft: Draft, original: CallRef, consult: CallRef): void {
  const agent = draft.connection(consult.callId, consult.connectionId);
  const seeds: ConnectionSeed[] = [];
  for (const moving of draft.call(consult.callId).connections.values()) {
    if (moving.id === agent.id) continue;
    const seed = seedOf(moving, draft.context.newId());
    draft.emit(consult.callId, 'transferred', moving.id, 'conference', {
      toCall: original.callId,
      toConnection: seed.id,
    });
    seeds.push({ ...seed, state: moving.state });
  }
  draft.emit(consult.callId, 'transferred', agent.id, 'conference', {
    toCall: original.callId,
    toConnection: original.connectionId,
  });
  draft.emit(original.callId, 'retrieved', original.connectionId, 'conference', { legId: agent.legId! });
  draft.emit(original.callId, 'conferenced', original.connectionId, 'conference', {
    fromCall: consult.callId,
    connections: seeds,
  });
  endCall(draft, draft.call(consult.callId), 'conference');
}

/** The same merge, and the agent leaves with its leg. */
function transferCall(draft: Draft, original: CallRef, consult: CallRef): void {
  conferenceCall(draft, original, consult);
  depart(
    draft,
    draft.call(original.callId),
    draft.connection(original.callId, original.connectionId),
    'transfer',
    'clear',
  );
}

function seedOf(connection: Connection, id: string): ConnectionSeed {
  const { legId, device, direction, role, muted, deaf } = connection;
  return { id, legId, device, direction, role, muted, deaf };
}

async function consulting() {
  const fixture = new RuntimeFixture();
  const first = await fixture.talking('A');
  const original = { callId: first.callId, connectionId: first.called };
  const consult = await fixture.runtime.step([first.callId], (draft) => consultationCall(draft, original));
  const agent = first.calledLeg;
  const third = fixture.lastDialled();
  return { fixture, original, consult, agent, third };
}

const told = (fixture: RuntimeFixture) => fixture.ports.taken().map(inWords).sort();

test('consult, alternate, merge: the legs pass between the calls, rooms and logs follow', async () => {
  const { fixture, original, consult, agent, third } = await consulting();
  assert.deepEqual(fixture.runtime.refOfLeg(agent), consult);
  assert.equal(fixture.ports.leg('A').held, 'music');
  assert.equal(fixture.ports.roomOfLeg.get(agent), undefined);
  fixture.runtime.report(third, { type: 'answered' });
  await fixture.settle();
  assert.equal(fixture.ports.roomOfLeg.get(agent), consult.callId);

  const both = [original.callId, consult.callId];
  told(fixture);
  await fixture.runtime.step(both, (draft) => alternateCall(draft, consult, original));
  assert.deepEqual(told(fixture), [`join ${agent}`, `set ${third} held=music`, 'set A held=null'].sort());
  assert.equal(fixture.ports.roomOfLeg.get(agent), original.callId);
  await fixture.runtime.step(both, (draft) => alternateCall(draft, original, consult));

  // While the merge waits for the disk, the third phone presses hold: its report follows it into the other call.
  const merged = fixture.runtime.step(both, (draft) => conferenceCall(draft, original, consult));
  fixture.runtime.report(third, { type: 'heldByPeer' });
  told(fixture);
  await merged;
  await fixture.settle();
  assert.equal(fixture.runtime.call(consult.callId), null);
  const call = fixture.runtime.call(original.callId)!;
  assert.equal(call.connections.size, 3);
  assert.equal(fixture.runtime.refOfLeg(third)!.callId, original.callId);
  assert.equal(call.connections.get(fixture.runtime.refOfLeg(third)!.connectionId)!.state, 'hold');
  assert.deepEqual(fixture.runtime.refOfLeg(agent), original);
  for (const leg of ['A', agent, third]) assert.equal(fixture.ports.roomOfLeg.get(leg), original.callId);
  assert.deepEqual(fixture.types(consult.callId).slice(-5), [
    'transferred',
    'transferred',
    'connectionCleared',
    'connectionCleared',
    'callCleared',
  ]);
  assert.deepEqual(fixture.types(original.callId).slice(-3), ['retrieved', 'conferenced', 'held']);
  assert.deepEqual(replay(fixture.store.log(original.callId)), call);
  assert.deepEqual(fixture.ports.faults, []);
  assert.ok(!told(fixture).some((text) => text.startsWith('clear')));
  await fixture.runtime.clearCall({ callId: original.callId });
  assert.equal(fixture.ports.rooms.size, 0);
});

test('transfer: the agent leaves, the two others talk', async () => {
  const { fixture, original, consult, agent, third } = await consulting();
  fixture.runtime.report(third, { type: 'answered' });
  await fixture.settle();
  told(fixture);
  const both = [consult.callId, original.callId];
  await fixture.runtime.step(both, (draft) => transferCall(draft, original, consult));
  assert.deepEqual(
    told(fixture),
    ['closeRoom', `leave ${agent}`, `clear ${agent} transfer`, `join ${third}`, 'set A held=null'].sort(),
  );
  assert.equal(fixture.runtime.call(original.callId)!.connections.size, 2);
  fixture.runtime.report('A', { type: 'cleared', cause: 'normal' });
  await fixture.settle();
  assert.deepEqual(fixture.runtime.snapshot(), []);
  assert.equal(fixture.runtime.refOfLeg(third), null);
  assert.deepEqual(fixture.ports.faults, []);
});

test('a step over two calls of which one is gone does nothing to the other', async () => {
  const { fixture, original, consult } = await consulting();
  const before = fixture.runtime.call(original.callId);
  await fixture.runtime.clearCall({ callId: consult.callId });
  const both = [original.callId, consult.callId];
  await assert.rejects(
    fixture.runtime.step(both, (draft) => conferenceCall(draft, original, consult)),
    {
      code: 'callNotFound',
    },
  );
  assert.equal(fixture.runtime.call(original.callId), before);
});

test('steps that lock the same two calls in either order all get their turn', async () => {
  const { fixture, original, consult } = await consulting();
  fixture.store.beforeAppend = () => new Promise((resolve) => setImmediate(resolve));
  const pairs = [
    [original.callId, consult.callId],
    [consult.callId, original.callId],
  ];
  const order: number[] = [];
  const all = [];
  for (let i = 0; i < 40; i++) {
    const touch = (draft: Draft) => {
      order.push(i);
      for (const callId of pairs[0]!) draft.emit(callId, 'dataChanged', null, 'normal', { set: { turn: i } });
    };
    all.push(fixture.runtime.step(i % 3 === 0 ? [pairs[0]![i % 2]!] : pairs[i % 2]!, touch).catch(() => {}));
  }
  await Promise.all(all);
  assert.equal(order.length, 40);
});
