import assert from 'node:assert/strict';
import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { CallEvent } from '../model/events.ts';
import { replay } from '../model/evolve.ts';
import { alternateCall } from '../services/alternate-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { retrieveCall } from '../services/retrieve-call.ts';
import type { Service } from '../services/service.ts';
import { Draft, type Step } from '../step/draft.ts';
import type { Effect } from '../step/effects.ts';
import { type LegPlace, placesIn } from '../step/leg-place.ts';
import { legReport } from '../step/leg-reports.ts';
import type { LegReport } from '../step/reports.ts';
import { legSound, noSound } from '../step/sound-plan.ts';
import { ask } from './runtime-fixture.ts';

/*
 * All that there is at one moment, as a value: for tests that walk every order of everything that can happen, and ask
 * in each state whether what must hold does.
 */

/** What a leg was told: the room it is in, and how. */
interface Sound {
  readonly room: string | null;
  readonly held: string | null;
  readonly ringback: boolean;
}

const silence: Sound = { room: null, held: null, ringback: false };

export interface World {
  readonly calls: readonly Call[];
  readonly logs: ReadonlyMap<string, readonly CallEvent[]>;
  /** That have begun and have not ended. */
  readonly legs: ReadonlySet<string>;
  readonly sounds: ReadonlyMap<string, Sound>;
  /** Outside parties that came. */
  readonly parties: number;
  readonly ids: number;
}

export interface Move {
  readonly name: string;
  readonly step: (draft: Draft) => unknown;
  /** A leg that comes with it, or that is over by it. */
  readonly comes?: string;
  readonly goes?: string;
  /** Another party from outside. */
  readonly party?: true;
}

export const nothing: World = { calls: [], logs: new Map(), legs: new Set(), sounds: new Map(), parties: 0, ids: 0 };

export function serve<Request, Result, Input>(
  name: string,
  service: Service<Request, Result, Input>,
  request: Request,
): Move {
  return { name, step: (draft) => ask(service, draft, request) };
}

export function reported(legId: string, report: LegReport): Move {
  const over = report.type === 'cleared' || report.type === 'failed';
  return {
    name: `${report.type} ${legId}`,
    step: (draft) => legReport(draft, { legId, report }),
    ...(over ? { goes: legId } : {}),
  };
}

/** The world after a move; null when it was refused, or nothing came of it. */
export function after(world: World, move: Move): World | null {
  let ids = world.ids;
  const places = placesIn(world.calls);
  const context = { now: 1000, newId: () => `n${++ids}` };
  const draft = new Draft(world.calls, context, (legId: string): LegPlace | null => places.get(legId) ?? null);
  let step: Step<unknown>;
  // Most are refused, and nobody reads where: without the stack a refusal costs little.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    step = draft.finish(move.step(draft));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    assert.ok(['invalidState', 'connectionNotFound', 'conflict'].includes(error.code), `${move.name}: ${error.code}`);
    return null;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (step.events.length === 0) {
    assert.deepEqual(
      step.effects.filter(({ do: what }) => what !== 'ring' && what !== 'takeBack'),
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
  for (const effect of step.effects) tell(effect, legs, sounds, move);
  if (move.goes !== undefined) sounds.delete(move.goes);
  // Names of legs are the parties', so that the same party does not come twice.
  const parties = world.parties + (move.party === true ? 1 : 0);
  return { calls: [...calls.values()], logs, legs, sounds, parties, ids };
}

function tell(effect: Effect, legs: Set<string>, sounds: Map<string, Sound>, { name, comes }: Move): void {
  if (effect.do === 'dial') {
    assert.ok(!legs.has(effect.legId) || effect.legId === comes, `${name}: a leg dialled twice`);
    legs.add(effect.legId);
  }
  if (effect.do === 'clear') {
    assert.ok(legs.delete(effect.legId), `${name}: ${effect.legId} cleared, which is not there`);
    sounds.delete(effect.legId);
  }
  const change = (legId: string, to: Partial<Sound>) => sounds.set(legId, { ...(sounds.get(legId) ?? silence), ...to });
  if (effect.do === 'join') change(effect.legId, { room: effect.callId });
  if (effect.do === 'leave') change(effect.legId, { room: null });
  if (effect.do === 'set' && effect.change.held !== undefined) change(effect.legId, { held: effect.change.held });
  if ((effect.do === 'announce' || effect.do === 'hush') && 'legId' in effect.target) {
    change(effect.target.legId, { ringback: effect.do === 'announce' });
  }
}

/** What must hold in every state. */
export function check(world: World, path: readonly string[]): void {
  const what = path.join(' > ');
  const places = placesIn(world.calls);
  assert.deepEqual(new Set(places.keys()), world.legs, `${what}: a leg without a call, or a call without its leg`);
  for (const call of world.calls) {
    const replayed = replay(world.logs.get(call.id) ?? [])!;
    assert.deepEqual(plain(replayed), plain(call), `${what}: the log says something else`);
    const parties = [...call.connections.values()];
    assert.ok(parties.length >= 2, `${what}: one is left alone`);
    for (const connection of parties) checkConnection(world, call, connection, places.get(connection.legId)!, what);
  }
  for (const [legId, place] of places) checkHearing(world, legId, place, what);
}

/** Has its leg while it talks; what is held can be retrieved or swapped back; whoever is there can be cleared. */
function checkConnection(world: World, call: Call, connection: Connection, place: LegPlace, what: string): void {
  const { id, legId, state, legHere, moved } = connection;
  const ref = { callId: call.id, connectionId: id };
  assert.equal(moved, false);
  assert.equal(place.active?.connectionId === id, legHere, `${what}: whose the leg is`);
  assert.ok(legHere || state === 'hold' || state === 'alerting', `${what}: ${state} without a leg`);
  const can = <Request, Input>(service: Service<Request, unknown, Input>, request: Request): boolean =>
    after(world, serve('asked', service, request)) !== null;
  assert.ok(can(clearConnection, ref), `${what}: it can not be cleared`);
  if (state !== 'hold') return;
  const active = connectionAt(world, place.active);
  if (isHeldThere(active)) {
    const taken = reported(legId, { type: 'retrievedByPeer' });
    assert.ok(after(world, taken) !== null, `${what}: its phone can not take it back`);
    assert.ok(active?.heldThere === 'asked' || !can(retrieveCall, ref), `${what}: it is retrieved, and not heard`);
    return;
  }
  const back =
    place.active === null || legHere
      ? can(retrieveCall, ref)
      : can(retrieveCall, ref) || isBusy(world, place) || can(alternateCall, { active: place.active, held: ref });
  assert.ok(back, `${what}: it can not be retrieved`);
}

/** Its phone holds it by itself: then nobody else has it talk. */
function isHeldThere(connection: Connection | undefined): boolean {
  return connection?.state === 'hold' && connection.heldThere !== undefined && connection.heldThere !== 'atOnce';
}

/** Its leg serves a call that is not answered yet: that is given up first. */
function isBusy(world: World, { active }: LegPlace): boolean {
  const state = connectionAt(world, active)?.state;
  return state !== 'connected' && state !== 'hold';
}

function connectionAt(world: World, ref: CallRef | null): Connection | undefined {
  return world.calls.find(({ id }) => id === ref?.callId)?.connections.get(ref?.connectionId ?? '');
}

/**
 * What a leg has been told is what the plan says for its state; and what it hears by that is what people expect, said
 * here once more in other words: those who talk in one call hear each other; who is alone with others on hold hears
 * music; who holds hears nothing.
 */
function checkHearing(world: World, legId: string, { active }: LegPlace, what: string): void {
  const call = world.calls.find(({ id }) => id === active?.callId);
  const connection = connectionAt(world, active);
  const told = world.sounds.get(legId) ?? silence;
  const plan = call === undefined || connection === undefined ? noSound : legSound(call, connection);
  const planned: Sound = { room: plan.room, held: plan.held, ringback: plan.ringback };
  assert.deepEqual(told, planned, `${what}: what ${legId} is told`);
  const answered = (one: Connection) => one.state === 'connected' || one.state === 'hold';
  const others = [...(call?.connections.values() ?? [])].filter((one) => one.legId !== legId);
  const talking = others.filter(({ state }) => state === 'connected').map((one) => one.legId);
  let expected: readonly string[] | 'music' | 'ringback' = [];
  if (connection?.state === 'connected') {
    expected = talking;
    if (talking.length === 0 && others.some(answered)) expected = 'music';
    else if (talking.length === 0 && others.some(({ state }) => state === 'alerting')) expected = 'ringback';
  }
  const heard = hears(world, legId, told);
  const same = typeof expected === 'string' ? heard === expected : setsAgree(heard, expected);
  assert.ok(same, `${what}: ${legId} hears ${heard}, not ${expected}`);
}

function hears(world: World, legId: string, { room, held, ringback }: Sound): readonly string[] | string {
  if (ringback) return 'ringback';
  if (held === 'music') return 'music';
  if (room === null || held !== null) return [];
  const there = [...world.sounds].filter(([id, sound]) => id !== legId && sound.room === room && sound.held === null);
  return there.map(([id]) => id);
}

function setsAgree(one: readonly string[] | string, other: readonly string[]): boolean {
  return Array.isArray(one) && one.length === other.length && other.every((id) => one.includes(id));
}

function plain(call: Call): unknown {
  return { ...call, connections: [...call.connections.values()] };
}

/** Worlds that differ in names only are one. `nameLeg`: a leg as the key names it, where parties may change places. */
export function keyOf(world: World, nameLeg: (legId: string) => string = (legId) => legId): string {
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
      nameLeg(one.legId),
      one.legHere,
      one.state,
      one.legHere && isHeldThere(one) ? one.heldThere : null,
      one.direction,
      one.early,
      one.sounds,
      one.answeredAt !== null,
    ]),
  ]);
  const legs = [...world.legs].map(nameLeg).sort();
  const sounds = [...world.sounds].map(([id, sound]) => [nameLeg(id), name(sound.room), sound.held]).sort();
  return JSON.stringify([calls, world.parties, legs, sounds]);
}

/** Every state that can be reached within `depth` moves; `check` is asked in each, once. */
export function walk(
  from: readonly { readonly world: World; readonly path: readonly string[] }[],
  options: {
    readonly depth: number;
    readonly moves: (world: World) => Iterable<Move>;
    readonly check: (world: World, path: readonly string[]) => void;
    readonly key?: (world: World) => string;
    /** Told of every move, and whether it did something. */
    readonly tried?: (world: World, move: Move, done: boolean, path: readonly string[]) => void;
  },
): { readonly states: number; readonly steps: number; readonly beyond: number } {
  const { depth, moves, check: checked, key = keyOf, tried } = options;
  const seen = new Set<string>();
  let front = [...from];
  let steps = 0;
  for (const { world, path } of front) {
    seen.add(key(world));
    checked(world, path);
  }
  for (let at = 0; at < depth; at++) {
    const next: typeof front = [];
    for (const { world, path } of front) {
      for (const move of moves(world)) {
        const then = after(world, move);
        steps += 1;
        tried?.(world, move, then !== null, path);
        if (then === null) continue;
        const known = key(then);
        if (seen.has(known)) continue;
        seen.add(known);
        const way = [...path, move.name];
        checked(then, way);
        next.push({ world: then, path: way });
      }
    }
    front = next;
  }
  return { states: seen.size, steps, beyond: front.length };
}
