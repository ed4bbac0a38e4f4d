import type { Call, CallRef } from '../model/call.ts';
import { callError } from '../model/call-error.ts';
import type { CallRecord } from '../model/call-record.ts';
import { dispositionOf, recordOf } from '../model/call-record-of.ts';
import type { Cause } from '../model/cause.ts';
import type { Connection, ConnectionSeed } from '../model/connection.ts';
import type { Device } from '../model/device.ts';
import { type CallEvent, type EventData, type EventType, seedsOf } from '../model/events.ts';
import { evolve } from '../model/evolve.ts';
import type { Refusal } from '../model/refusal.ts';
import type { CallHandling } from '../ports.ts';
import type { Effect } from './effects.ts';
import { type LegLookup, type LegPlace, placeAfter, placesIn, placeWithout } from './leg-place.ts';
import { affectsAll, type LegSound, legSound, noRoom, noSound, type RoomSound, roomSound } from './sound-plan.ts';

export interface StepContext {
  /** ms since the epoch. */
  readonly now: number;
  readonly newId: () => string;
  /** What devices do with calls to them; default: they ring. */
  readonly handling?: (device: Device) => CallHandling;
}

/** What one step did, over one call or several. */
export interface Step<Result = void> {
  readonly result: Result;
  /** Calls that changed, ended ones included. */
  readonly calls: readonly Call[];
  /** Each with the state right after it. */
  readonly events: readonly { readonly event: CallEvent; readonly call: Call }[];
  readonly records: readonly CallRecord[];
  readonly effects: readonly Effect[];
  /** Where legs that changed are from now on; null: nowhere. */
  readonly legs: ReadonlyMap<string, LegPlace | null>;
}

/** A service, or any other input, as a function of the calls it is about. Throws AppError to refuse. */
export type StepFunction<Args, Result> = (draft: Draft, args: Args) => Result;

/** Runs one step on these calls, which are all that their legs are in. Pure: the calls stay as they are. */
export function decide<Args, Result>(
  calls: readonly Call[],
  context: StepContext,
  step: StepFunction<Args, Result>,
  args: Args,
): Step<Result> {
  const places = placesIn(calls);
  const draft = new Draft(calls, context, (legId) => places.get(legId) ?? null);
  const result = step(draft, args);
  return draft.finish(result);
}

/**
 * When an effect happens relative to the media changes that `finish` derives: legs are answered first; those that
 * nobody wants are cleared last.
 */
type Phase = 'signal' | 'before' | 'after';

/**
 * Collects what a step does: events (each applied at once), records, effects. A step says what happens and whom to
 * dial or answer; joining, leaving, holding, muting and music follow from the states before and after, and so does the
 * end of a leg: it is cleared when no connection wants it any more.
 */
export class Draft {
  readonly context: StepContext;
  readonly #before: ReadonlyMap<string, Call>;
  readonly #calls: Map<string, Call>;
  readonly #events: { event: CallEvent; call: Call }[] = [];
  readonly #records: CallRecord[] = [];
  readonly #effects: { phase: Phase; effect: Effect }[] = [];
  readonly #sounds = new Map<string, LegSound>();
  readonly #legs = new Map<string, LegPlace | null>();
  readonly #legsBefore: LegLookup;
  /** Legs that a connection let go of, and why. */
  readonly #letGo = new Map<string, Cause>();
  /** How a phone refused for which these legs waited. */
  readonly #refusals = new Map<string, Refusal>();
  /** Legs that are over already. */
  readonly #over = new Set<string>();

  /** `legs`: where each leg is before the step. All calls that share a leg with these are among them. */
  constructor(calls: Iterable<Call>, context: StepContext, legs: LegLookup) {
    this.context = context;
    this.#legsBefore = legs;
    const before = new Map<string, Call>();
    for (const call of calls) before.set(call.id, call);
    this.#before = before;
    this.#calls = new Map(before);
  }

  /** The call as it is by now; null when it is not there or has ended. */
  find(callId: string): Call | null {
    const call = this.#calls.get(callId);
    return call === undefined || call.ended ? null : call;
  }

  /** All that the step is about, and that have not ended. */
  running(): readonly Call[] {
    return [...this.#calls.values()].filter(({ ended }) => !ended);
  }

  /** As `find`, but a missing one is the caller's mistake. */
  call(callId: string): Call {
    const call = this.find(callId);
    if (call === null) throw callError('callNotFound', 'There is no such call.', { callId });
    return call;
  }

  connection(callId: string, connectionId: string): Connection {
    const connection = this.call(callId).connections.get(connectionId);
    if (connection !== undefined) return connection;
    throw callError('connectionNotFound', 'There is no such connection in this call.', { callId, connectionId });
  }

  /** Where a leg is by now; null: nowhere. */
  leg(legId: string): LegPlace | null {
    return this.#legs.has(legId) ? (this.#legs.get(legId) ?? null) : this.#legsBefore(legId);
  }

  /** The leg has ended by itself: there is nothing to clear. */
  legIsOver(legId: string): void {
    this.#over.add(legId);
  }

  /**
   * One event. A leg that moves between calls: `transferred` (or `held` with legHere false) in the call it leaves comes
   * before the event that brings it into the other.
   */
  emit<Type extends EventType>(
    callId: string,
    type: Type,
    connectionId: string | null,
    cause: Cause,
    data: EventData[Type],
  ): Call {
    const call = this.#calls.get(callId) ?? null;
    const at = Math.max(this.context.now, call?.updatedAt ?? 0);
    const event = { callId, seq: (call?.seq ?? 0) + 1, at, type, connectionId, cause, data } as CallEvent;
    const before = connectionId === null ? undefined : call?.connections.get(connectionId);
    if (before !== undefined) this.#remember(before.legId);
    const next = evolve(call, event);
    this.#calls.set(callId, next);
    this.#events.push({ event, call: next });
    if (before !== undefined) this.#place(next, before, cause);
    for (const seed of seedsOf(event)) this.#bind(next, seed);
    return next;
  }

  /** connectionCleared with its record. `refusal`: what its phone is told, should its leg go with it. */
  emitCleared(call: Call, connection: Connection, cause: Cause, refusal?: Refusal): Call {
    if (refusal !== undefined) this.#refusals.set(connection.legId, refusal);
    const disposition = dispositionOf(connection, cause);
    const next = this.emit(call.id, 'connectionCleared', connection.id, cause, { disposition });
    this.#records.push(recordOf(call, connection, cause, next.updatedAt));
    return next;
  }

  effect(phase: Phase, effect: Effect): void {
    this.#effects.push({ phase, effect });
  }

  finish<Result>(result: Result): Step<Result> {
    for (const legId of [...this.#legs.keys()]) this.#holdOn(legId);
    const changed: Call[] = [];
    for (const [id, call] of this.#calls) if (this.#before.get(id) !== call) changed.push(call);
    return {
      result,
      calls: changed,
      events: this.#events,
      records: this.#records,
      effects: this.#arranged(changed),
      legs: this.#legs,
    };
  }

  /** What a phone holds by itself it holds on when that call is over: another of its calls has the leg, as it is. */
  #holdOn(legId: string): void {
    const before = this.#legsBefore(legId)?.active ?? null;
    const held = before === null ? undefined : this.#before.get(before.callId)?.connections.get(before.connectionId);
    if (held?.state !== 'hold' || held.heldThere === undefined || this.#over.has(legId)) return;
    const place = this.leg(legId);
    if (place === null || place.active !== null) return;
    const isHeld = (ref: CallRef) => this.find(ref.callId)?.connections.get(ref.connectionId)?.state === 'hold';
    const next = place.refs.findLast(isHeld);
    if (next === undefined) return;
    const { heldThere } = held;
    this.emit(next.callId, 'dataChanged', next.connectionId, 'normal', { legHere: true, heldThere });
  }

  /** How a leg sounded before this step. */
  #remember(legId: string): void {
    if (this.#sounds.has(legId)) return;
    const ref = this.#legsBefore(legId)?.active ?? null;
    const call = ref === null ? undefined : this.#before.get(ref.callId);
    const connection = ref === null ? undefined : call?.connections.get(ref.connectionId);
    this.#sounds.set(legId, call !== undefined && connection !== undefined ? legSound(call, connection) : noSound);
  }

  #place(after: Call, { id, legId }: Connection, cause: Cause): void {
    const connection = after.connections.get(id);
    const place = this.leg(legId);
    if (connection?.legId === legId) {
      this.#legs.set(legId, placeAfter(place, after.id, connection));
      return;
    }
    this.#letGo.set(legId, cause);
    this.#legs.set(legId, placeWithout(place, id));
    if (connection === undefined) return;
    // It goes on with another leg of its phone.
    this.#remember(connection.legId);
    this.#legs.set(connection.legId, placeAfter(this.leg(connection.legId), after.id, connection));
  }

  #bind(call: Call, { id, legId }: ConnectionSeed): void {
    this.#remember(legId);
    const connection = call.connections.get(id);
    if (connection !== undefined) this.#legs.set(legId, placeAfter(this.leg(legId), call.id, connection));
  }

  #arranged(changed: readonly Call[]): Effect[] {
    if (changed.length === 0 && this.#effects.length === 0) return [];
    for (const call of changed) {
      const before = this.#before.get(call.id);
      if (before === undefined || call.ended) continue;
      // Who is coached may have given its leg to another call, or be gone.
      for (const id of call.supervisors) this.#remember(call.connections.get(id)!.legId);
      if (affectsAll(before, call)) for (const { legId } of call.connections.values()) this.#remember(legId);
    }
    const out: Effect[] = [];
    const put = (phase: Phase) => {
      for (const entry of this.#effects) if (entry.phase === phase) out.push(entry.effect);
    };
    put('signal');
    const sounds = [...this.#sounds].map(([legId, before]) => ({ legId, before, after: this.#soundOf(legId) }));
    for (const { legId, before, after } of sounds) {
      if (before.ringback && after !== null && !after.ringback) out.push({ do: 'hush', target: { legId } });
    }
    for (const call of changed) this.#openRoom(call, out);
    put('before');
    for (const { legId, before, after } of sounds) tellLeg(legId, before, after, out);
    for (const call of changed) this.#music(call, out);
    for (const { legId, before, after } of sounds) {
      if (after === null || before.ringback || !after.ringback) continue;
      out.push({ do: 'announce', target: { legId }, items: [{ tone: 'ringback' }] });
    }
    put('after');
    for (const [legId, cause] of this.#letGo) {
      if (this.leg(legId) !== null || this.#over.has(legId)) continue;
      const refusal = this.#refusals.get(legId);
      out.push({ do: 'clear', legId, cause, ...(refusal === undefined ? {} : { refusal }) });
    }
    for (const call of changed) this.#closeRoom(call, out);
    return out;
  }

  #roomBefore(call: Call): RoomSound {
    const before = this.#before.get(call.id);
    return before === undefined ? noRoom : roomSound(before);
  }

  /** Opened, and recorded, before anybody comes in: the first word is in the recording. */
  #openRoom(call: Call, out: Effect[]): void {
    const was = this.#roomBefore(call);
    const is = roomSound(call);
    if (!was.open && is.open) {
      out.push({ do: 'openRoom', callId: call.id, organizationId: call.organizationId });
    }
    if (was.recordingId === is.recordingId) {
      if (is.recordingId !== null && was.paused !== is.paused) {
        out.push({ do: 'pauseRecording', callId: call.id, recordingId: is.recordingId, paused: is.paused });
      }
      return;
    }
    if (was.recordingId !== null && is.open) {
      out.push({ do: 'stopRecording', callId: call.id, recordingId: was.recordingId });
    }
    if (is.recordingId !== null) {
      const { recordingId } = is;
      out.push({ do: 'startRecording', callId: call.id, recordingId, tone: call.recordingTone });
      if (is.paused) out.push({ do: 'pauseRecording', callId: call.id, recordingId, paused: true });
    }
  }

  #closeRoom(call: Call, out: Effect[]): void {
    const was = this.#roomBefore(call);
    if (!was.open || roomSound(call).open) return;
    if (was.recordingId !== null) out.push({ do: 'stopRecording', callId: call.id, recordingId: was.recordingId });
    out.push({ do: 'closeRoom', callId: call.id });
  }

  #music(call: Call, out: Effect[]): void {
    const was = this.#roomBefore(call);
    const is = roomSound(call);
    if (is.open && was.music !== is.music) out.push({ do: 'music', callId: call.id, on: is.music });
  }

  /** How the leg is to sound after this step; null: it belongs nowhere. */
  #soundOf(legId: string): LegSound | null {
    const place = this.leg(legId);
    if (place === null) return null;
    if (place.active === null) return noSound;
    const call = this.#calls.get(place.active.callId);
    const connection = call?.connections.get(place.active.connectionId);
    return call === undefined || connection === undefined ? null : legSound(call, connection);
  }
}

function tellLeg(legId: string, before: LegSound, after: LegSound | null, out: Effect[]): void {
  if (after === null) {
    if (before.room !== null) out.push({ do: 'leave', legId });
    return;
  }
  const change: { muted?: boolean; deaf?: boolean; held?: LegSound['held']; heardBy?: string | null } = {};
  if (after.muted !== before.muted) change.muted = after.muted;
  if (after.deaf !== before.deaf) change.deaf = after.deaf;
  if (after.held !== before.held) change.held = after.held;
  if (after.heardBy !== before.heardBy) change.heardBy = after.heardBy;
  // Set before it is mixed, so that nobody hears a word of a muted one who comes in.
  if (Object.keys(change).length > 0) out.push({ do: 'set', legId, change });
  if (after.room === before.room) return;
  if (after.room !== null) out.push({ do: 'join', legId, callId: after.room });
  else out.push({ do: 'leave', legId });
}
