import type { CallRef } from '../model/call.ts';
import { type LegPlace, mainRef, placeAt } from '../step/leg-place.ts';

/**
 * Where every leg is. Legs under way to a call that is about to open are here already. Calls that share a leg are
 * stepped together: what happens to the leg in one is decided with the other at hand. Owned by the loop.
 */
export class LegPlaces {
  readonly #places = new Map<string, LegPlace>();
  /** Call → its legs that are in other calls too. */
  readonly #shared = new Map<string, Set<string>>();

  get(legId: string): LegPlace | null {
    return this.#places.get(legId) ?? null;
  }

  has(legId: string): boolean {
    return this.#places.has(legId);
  }

  refOf(legId: string): CallRef | null {
    const place = this.get(legId);
    return place === null ? null : mainRef(place);
  }

  /** A leg on its way to a connection that is not there yet. */
  expect(legId: string, ref: CallRef): void {
    this.put(legId, placeAt(ref));
  }

  /** Nothing came of it. */
  forget(legId: string, connectionId: string): void {
    const refs = this.get(legId)?.refs;
    if (refs?.length === 1 && refs[0]?.connectionId === connectionId) this.put(legId, null);
  }

  put(legId: string, place: LegPlace | null): void {
    for (const { callId } of this.#sharing(legId)) this.#unshare(callId, legId);
    if (place === null) this.#places.delete(legId);
    else this.#places.set(legId, place);
    for (const { callId } of this.#sharing(legId)) this.#share(callId, legId);
  }

  /** These calls, and all that are bound to them by a leg in both. */
  together(callIds: readonly string[]): readonly string[] {
    if (this.#shared.size === 0) return callIds;
    const all = new Set(callIds);
    // A set gives what is added while it is walked, too.
    for (const callId of all) {
      for (const legId of this.#shared.get(callId) ?? []) for (const ref of this.#sharing(legId)) all.add(ref.callId);
    }
    return [...all];
  }

  /** The connections of a leg that has several. */
  #sharing(legId: string): readonly CallRef[] {
    const refs = this.#places.get(legId)?.refs ?? [];
    return refs.length > 1 ? refs : [];
  }

  #share(callId: string, legId: string): void {
    const legs = this.#shared.get(callId);
    if (legs === undefined) this.#shared.set(callId, new Set([legId]));
    else legs.add(legId);
  }

  #unshare(callId: string, legId: string): void {
    const legs = this.#shared.get(callId);
    legs?.delete(legId);
    if (legs?.size === 0) this.#shared.delete(callId);
  }
}
