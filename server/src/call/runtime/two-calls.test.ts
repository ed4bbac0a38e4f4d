import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CallRef } from '../model/call.ts';
import type { CallEvent } from '../model/events.ts';
import { replay } from '../model/evolve.ts';
import { alternateCall } from '../services/alternate-call.ts';
import { answerCall } from '../services/answer-call.ts';
import { clearCall } from '../services/clear-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { conferenceCall } from '../services/conference-call.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { holdCall } from '../services/hold-call.ts';
import { receiveCall } from '../services/receive-call.ts';
import { retrieveCall } from '../services/retrieve-call.ts';
import { transferCall } from '../services/transfer-call.ts';
import { placesIn } from '../step/leg-place.ts';
import { ask, extension } from '../testing/runtime-fixture.ts';
import { after, check, type Move, nothing, reported, serve, type World, walk } from '../testing/world.ts';

/*
 * Every order of everything that can happen to one agent and outside parties: what must hold is asked in every state
 * there is.
 */

/** Outside parties that come, one after the other. */
const mostParties = 3;
/** More than any state is away from the beginning: all are reached. */
const depth = 20;
const agent = 'agent';
const dial = {
  target: { kind: 'terminal', aor: '1' },
  callerId: { name: '', number: '1' },
  timeoutMs: 60_000,
} as const;

/** Who can take back what the agent's phone holds: it alone, or others too. */
type Back = 'asked' | 'atOnce' | null;

function* movesOf(world: World, back: Back): Iterable<Move> {
  const agentIs = placesIn(world.calls).get(agent);
  if (world.parties < mostParties) {
    const legId = `party${world.parties}`;
    const phone = { organizationId: 'org', from: extension(legId), to: extension(agent), legId } as const;
    const atLeg = agentIs === undefined ? {} : { atLeg: agent };
    const comes = serve('comes', receiveCall, { kind: 'call', ...phone, ...dial, ...atLeg });
    yield { ...comes, comes: legId, party: true };
  }
  const own: CallRef[] = [];
  for (const call of world.calls) {
    yield serve('clearCall', clearCall, { callId: call.id });
    for (const { id, legId, state, direction } of call.connections.values()) {
      const ref = { callId: call.id, connectionId: id };
      yield serve('clearConnection', clearConnection, ref);
      yield serve('hold', holdCall, ref);
      yield serve('retrieve', retrieveCall, ref);
      yield serve('answer', answerCall, ref);
      if (legId === agent) own.push(ref);
      if (legId === agent && world.parties < mostParties) {
        const party = `party${world.parties}`;
        const asked = { ...ref, device: extension(party), ...dial, legId: party };
        yield { ...serve('consult', consultationCall, asked), comes: party, party: true };
      }
      if (direction === 'outgoing' && (state === 'initiated' || state === 'alerting')) {
        yield reported(legId, { type: 'delivered' });
        yield reported(legId, { type: 'answered' });
        yield reported(legId, { type: 'failed', cause: 'busy' });
      }
    }
  }
  for (const legId of world.legs) {
    yield reported(legId, { type: 'cleared', cause: 'normal' });
    const holder = legId === agent ? back : 'atOnce';
    yield reported(legId, { type: 'heldByPeer', ...(holder === null ? {} : { back: holder }) });
    // One that can be asked may refuse when it is, and is not asked any more then.
    if (holder === 'asked') yield reported(legId, { type: 'heldByPeer' });
    yield reported(legId, { type: 'retrievedByPeer' });
    yield reported(legId, { type: 'mediaLost' });
  }
  for (const one of own) {
    for (const other of own) {
      yield serve('alternate', alternateCall, { active: one, held: other });
      yield serve('conference', conferenceCall, { original: one, consult: other });
      yield serve('transfer', transferCall, { original: one, consult: other });
    }
  }
}

for (const back of [null, 'asked', 'atOnce'] as const) {
  const phone = back === null ? 'can not be had' : back === 'asked' ? 'can be asked' : 'is had at once';
  test(`one agent, ${mostParties} parties, everything that can happen; its phone ${phone} to take back what it holds`, (t) =>
    walkAll(t, back));
}

function walkAll(t: TestContext, back: Back): void {
  const start = after(nothing, {
    name: 'begins',
    comes: 'party0',
    step: (draft) =>
      ask(receiveCall, draft, {
        kind: 'call',
        organizationId: 'org',
        legId: 'party0',
        from: extension('party0'),
        to: extension(agent),
        ...dial,
      }),
  })!;
  // The agent's leg gets a name that does not change.
  const begun = renamed(start);
  const answered = after(begun, reported(agent, { type: 'answered' }))!;
  const from = [
    { world: begun, path: ['rings'] },
    { world: answered, path: ['talks'] },
  ];
  const { states, steps, beyond } = walk(from, { depth, moves: (world) => movesOf(world, back), check });
  t.diagnostic(`${states} states, ${steps} steps`);
  assert.equal(beyond, 0, 'there are states beyond the depth');
  assert.ok(states > 1000);
}

/** The leg that was dialled first is the agent's. */
function renamed(world: World): World {
  const dialled = [...world.legs].find((legId) => legId !== 'party0')!;
  const text = JSON.stringify([...world.logs].map(([id, events]) => [id, events])).replaceAll(
    `"${dialled}"`,
    `"${agent}"`,
  );
  const logs = new Map(JSON.parse(text) as [string, CallEvent[]][]);
  const calls = [...logs.values()].map((events) => replay(events)!);
  return { ...world, logs, calls, legs: new Set(['party0', agent]), parties: 1 };
}
