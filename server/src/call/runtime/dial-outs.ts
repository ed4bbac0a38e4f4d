import type { Call } from '../model/call.ts';
import type { DialBudget, DialOut } from '../ports.ts';
import type { Step } from '../step/draft.ts';
import { mainRef } from '../step/leg-place.ts';

/**
 * What was taken from the budget for which legs. A step that dials over a trunk, or says that it will (MakeCall's
 * second leg), is admitted before it is stored: all of it or nothing. Whatever was taken is given back once: when the
 * leg is bound to no connection any more, when its call ends, or when the step could not be stored.
 */
export class DialOuts {
  readonly #budget: DialBudget;
  /** Leg → the call that it was taken for. */
  readonly #callOfLeg = new Map<string, string>();
  readonly #legsOfCall = new Map<string, Set<string>>();
  /** Of the legs that were taken, those that were dialled indeed. */
  readonly #dialled = new Set<string>();

  constructor(budget: DialBudget) {
    this.#budget = budget;
  }

  /** Gives the legs that were taken for this step; throws what the budget refuses, with nothing taken. */
  admit(step: Step<unknown>): readonly string[] {
    const taken: string[] = [];
    try {
      for (const { callId, ...dial } of dialOutsOf(step)) {
        if (this.#callOfLeg.has(dial.legId)) continue;
        this.#budget.take(dial);
        taken.push(dial.legId);
        this.#put(dial.legId, callId);
      }
    } catch (error) {
      this.giveBack(taken);
      throw error;
    }
    return taken;
  }

  /** The step is stored: legs that are gone are given back, legs that moved follow their call. */
  stored(step: Step<unknown>): void {
    for (const effect of step.effects) {
      if (effect.do === 'dial' && this.#callOfLeg.has(effect.legId)) this.#dialled.add(effect.legId);
    }
    for (const [legId, place] of step.legs) {
      const callId = this.#callOfLeg.get(legId);
      if (callId === undefined) continue;
      const now = place === null ? null : mainRef(place);
      if (now === null) this.giveBack([legId]);
      else if (place?.refs.every((ref) => ref.callId !== callId) === true) {
        this.#drop(legId);
        this.#put(legId, now.callId);
      }
    }
    for (const call of step.calls) if (call.ended) this.giveBack([...(this.#legsOfCall.get(call.id) ?? [])]);
  }

  giveBack(legIds: readonly string[]): void {
    for (const legId of legIds) if (this.#drop(legId)) this.#budget.release(legId, this.#dialled.delete(legId));
  }

  #put(legId: string, callId: string): void {
    this.#callOfLeg.set(legId, callId);
    const legs = this.#legsOfCall.get(callId);
    if (legs === undefined) this.#legsOfCall.set(callId, new Set([legId]));
    else legs.add(legId);
  }

  #drop(legId: string): boolean {
    const callId = this.#callOfLeg.get(legId);
    if (callId === undefined) return false;
    this.#callOfLeg.delete(legId);
    const legs = this.#legsOfCall.get(callId);
    legs?.delete(legId);
    if (legs?.size === 0) this.#legsOfCall.delete(callId);
    return true;
  }
}

function* dialOutsOf(step: Step<unknown>): Iterable<DialOut & { readonly callId: string }> {
  const calls = new Map<string, Call>(step.calls.map((call) => [call.id, call]));
  for (const effect of step.effects) {
    if (effect.do !== 'dial' || effect.to.kind !== 'trunk') continue;
    const place = step.legs.get(effect.legId) ?? null;
    const call = calls.get((place === null ? null : mainRef(place))?.callId ?? '');
    // Dialled and cleared again in one step: it is gone before it was there.
    if (call === undefined || call.ended) continue;
    const { organizationId } = call;
    const conferenceId = call.conference?.conferenceId ?? null;
    yield { callId: call.id, legId: effect.legId, organizationId, conferenceId, target: effect.to };
  }
  for (const call of calls.values()) {
    const next = call.destination;
    if (next === null || next.target.kind !== 'trunk' || call.ended) continue;
    const { organizationId } = call;
    yield { callId: call.id, legId: next.legId, organizationId, conferenceId: null, target: next.target };
  }
}
