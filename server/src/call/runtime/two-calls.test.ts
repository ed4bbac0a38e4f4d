import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
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
import type { Service } from '../services/service.ts';
import { transferCall } from '../services/transfer-call.ts';
import { Draft, type Step } from '../step/draft.ts';
import type { Effect } from '../step/effects.ts';
import { type LegPlace, placesIn } from '../step/leg-place.ts';
import { legReport } from '../step/leg-reports.ts';
import type { LegReport } from '../step/reports.ts';
import { legSound, noSound } from '../step/sound-plan.ts';
import { ask, extension } from '../testing/runtime-fixture.ts';

/*
 * Every order of everything that can happen to one agent and outside parties: what must hold is asked in every state there is.
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

/** Legs by what they are told: in a room, and how. */
type Sounds = ReadonlyMap<string, { readonly room: string | null; readonly held: string | null }>;

interface World {
  readonly calls: readonly Call[];
  readonly logs: ReadonlyMap<string, readonly CallEvent[]>;
  /** That have begun and have not ended. */
  readonly legs: ReadonlySet<string>;
  readonly sounds: Sounds;
  /** Outside parties that came. */
  readonly parties: number;
  readonly ids: number;
}

interface Move {
  readonly name: string;
  readonly step: (draft: Draft) => unknown;
  /** A leg that comes with it, or that is over by it. */
  readonly comes?: string;
  readonly goes?: string;
}

const nothing: World = { calls: [], logs: new Map(), legs: new Set(), sounds: new Map(), parties: 0, ids: 0 };

function* movesOf(world: World): Iterable<Move> {
  const serve = <Request, Result, Input>(
    name: string,
    service: Service<Request, Result, Input>,
    request: Request,
  ): Move => ({
    name,
    step: (draft) => ask(service, draft, request),
  });
  const agentIs = placesIn(world.calls).get(agent);
  if (world.parties < mostParties) {
    const legId = `party${world.parties}`;
    const phone = { organizationId: 'org', from: extension(legId), to: extension(agent), legId } as const;
    const atLeg = agentIs === undefined ? {} : { atLeg: agent };
    yield { ...serve('comes', receiveCall, { kind: 'call', ...phone, ...dial, ...atLeg }), comes: legId };
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
        yield { ...serve('consult', consultationCall, asked), comes: party };
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
    yield reported(legId, { type: 'heldByPeer' });
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

function reported(legId: string, report: LegReport): Move {
  const over = report.type === 'cleared' || report.type === 'failed';
  return {
    name: `${report.type} ${legId}`,
    step: (draft) => legReport(draft, { legId, report }),
    ...(over ? { goes: legId } : {}),
  };
}

/** The world after a move; null when it was refused, or nothing came of it. */
function after(world: World, move: Move): World | null {
  let ids = world.ids;
  const places = placesIn(world.calls);
  const context = { now: 1000, newId: () => `n${++ids}` };
  const draft = new Draft(world.calls, context, (legId: string): LegPlace | null => places.get(legId) ?? null);
  let step: Step<unknown>;
  try {
    step = draft.finish(move.step(draft));
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.ok(['invalidState', 'connectionNotFound', 'conflict'].includes(error.code), `${move.name}: ${error.code}`);
    return null;
  }
  if (step.events.length === 0) {
    assert.deepEqual(
      step.effects.filter(({ do: what }) => what !== 'ring'),
      [],
      move.name,
    );
    return null;
  }
  const calls = new Map(world.calls.map((call) => [call.id, call]));
  const logs = new Map(world.logs);
  for (const { event } of step.events) logs.set(event.callId, [...(logs.get(event.callId) ?? []), event]);
  for (const call of step.calls) {
    if (call.ended) calls.delete(call.id);
    else calls.set(call.id, call);
    if (call.ended) logs.delete(call.id);
  }
  const legs = new Set(world.legs);
  if (move.comes !== undefined) legs.add(move.comes);
  if (move.goes !== undefined) legs.delete(move.goes);
  const sounds = new Map(world.sounds);
  for (const effect of step.effects) tell(effect, legs, sounds, calls, move.name);
  if (move.goes !== undefined) sounds.delete(move.goes);
  // Names of legs are the parties', so that the same party does not come twice.
  return {
    calls: [...calls.values()],
    logs,
    legs,
    sounds,
    parties: world.parties + (move.comes === undefined ? 0 : 1),
    ids,
  };
}

function tell(
  effect: Effect,
  legs: Set<string>,
  sounds: Map<string, { room: string | null; held: string | null }>,
  calls: ReadonlyMap<string, Call>,
  what: string,
): void {
  if (effect.do === 'dial') {
    assert.ok(!legs.has(effect.legId) || effect.legId.startsWith('party'), `${what}: a leg dialled twice`);
    legs.add(effect.legId);
  }
  if (effect.do === 'clear') {
    assert.ok(legs.delete(effect.legId), `${what}: ${effect.legId} cleared, which is not there`);
    sounds.delete(effect.legId);
  }
  if (!('legId' in effect)) return;
  const sound = sounds.get(effect.legId) ?? { room: null, held: null };
  if (effect.do === 'join') sounds.set(effect.legId, { ...sound, room: effect.callId });
  if (effect.do === 'leave') sounds.set(effect.legId, { ...sound, room: null });
  if (effect.do === 'set' && effect.change.held !== undefined) {
    sounds.set(effect.legId, { ...sound, held: effect.change.held });
  }
  assert.ok(calls.size >= 0);
}

function check(world: World, path: readonly string[]): void {
  const what = path.join(' > ');
  const places = placesIn(world.calls);
  assert.deepEqual(new Set(places.keys()), world.legs, `${what}: a leg without a call, or a call without its leg`);
  for (const call of world.calls) {
    assert.deepEqual(
      plain(replay(world.logs.get(call.id) ?? [])!),
      plain(call),
      `${what}: the log says something else`,
    );
    const parties = [...call.connections.values()];
    assert.ok(parties.length >= 2, `${what}: one is left alone`);
    for (const connection of parties) checkConnection(world, call, connection, places.get(connection.legId)!, what);
  }
  for (const [legId, { active }] of places) {
    const call = world.calls.find(({ id }) => id === active?.callId);
    const connection = call?.connections.get(active?.connectionId ?? '');
    const { room, held } = call === undefined || connection === undefined ? noSound : legSound(call, connection);
    const heard = world.sounds.get(legId) ?? { room: null, held: null };
    assert.deepEqual(heard, { room, held }, `${what}: what ${legId} hears`);
  }
}

/** Has its leg while it talks; what is held can be retrieved or swapped back; whoever is there can be cleared. */
function checkConnection(world: World, call: Call, connection: Connection, place: LegPlace, what: string): void {
  const { id, state, legHere, moved } = connection;
  const ref = { callId: call.id, connectionId: id };
  assert.equal(moved, false);
  assert.equal(place.active?.connectionId === id, legHere, `${what}: whose the leg is`);
  assert.ok(legHere || state === 'hold' || state === 'alerting', `${what}: ${state} without a leg`);
  const can = <Request, Input>(service: Service<Request, unknown, Input>, request: Request): boolean =>
    after(world, { name: 'asked', step: (draft) => ask(service, draft, request) }) !== null;
  assert.ok(can(clearConnection, ref), `${what}: it can not be cleared`);
  if (state !== 'hold') return;
  const back =
    place.active === null || legHere
      ? can(retrieveCall, ref)
      : can(retrieveCall, ref) || isBusy(world, place) || can(alternateCall, { active: place.active, held: ref });
  assert.ok(back, `${what}: it can not be retrieved`);
}

/** Its leg serves a call that is not answered yet: that is given up first. */
function isBusy(world: World, { active }: LegPlace): boolean {
  const state = world.calls.find(({ id }) => id === active?.callId)?.connections.get(active?.connectionId ?? '')?.state;
  return state !== 'connected' && state !== 'hold';
}

function plain(call: Call): unknown {
  return { ...call, connections: [...call.connections.values()] };
}

/** Worlds that differ in names only are one. */
function keyOf(world: World): string {
  const names = new Map<string, string>();
  const name = (id: string | null) => {
    if (id === null) return null;
    if (!names.has(id)) names.set(id, `#${names.size}`);
    return names.get(id);
  };
  const calls = world.calls.map((call) => [
    name(call.id),
    name(call.parent),
    [call.room, call.early, call.unreached, call.connected],
    [...call.connections.values()].map((one) => [
      name(one.id),
      one.legId,
      one.legHere,
      one.state,
      one.direction,
      one.early,
      one.sounds,
      one.answeredAt !== null,
    ]),
  ]);
  return JSON.stringify([
    calls,
    world.parties,
    [...world.legs].sort(),
    [...world.sounds].map(([id, s]) => [id, name(s.room), s.held]).sort(),
  ]);
}

test(`one agent, ${mostParties} parties, everything that can happen`, (t) => {
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
  const seen = new Map<string, World>();
  let front: { world: World; path: readonly string[] }[] = [
    { world: begun, path: ['rings'] },
    { world: answered, path: ['talks'] },
  ];
  let steps = 0;
  for (const { world, path } of front) {
    seen.set(keyOf(world), world);
    check(world, path);
  }
  for (let at = 0; at < depth; at++) {
    const next: typeof front = [];
    for (const { world, path } of front) {
      for (const move of movesOf(world)) {
        const then = after(world, move);
        steps += 1;
        if (then === null) continue;
        const key = keyOf(then);
        if (seen.has(key)) continue;
        seen.set(key, then);
        const way = [...path, move.name];
        check(then, way);
        next.push({ world: then, path: way });
      }
    }
    front = next;
  }
  t.diagnostic(`${seen.size} states, ${steps} steps`);
  assert.equal(front.length, 0, 'there are states beyond the depth');
  assert.ok(seen.size > 1000);
});

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
