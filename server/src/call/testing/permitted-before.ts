import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import { type PairedService, type PermittedService, permits, permitsWith } from '../services/permitted.ts';
import { isSamePhone } from '../services/same-phone.ts';
import { keyOf, nothing, type World } from './world.ts';

/** What a move asks for, to be compared with what is said to be permitted. */
export type Claim = { readonly ref: CallRef } & (
  | { readonly service: PermittedService; readonly other?: undefined }
  | { readonly service: PairedService; readonly other: CallRef }
);

/**
 * What is permitted in states of the world, remembered: what an interface looks at for it is the call and the others of
 * that very phone, and the same few of these come again and again; they are one where only names differ.
 */
export class PermittedBefore {
  readonly #known = new Map<string, boolean>();
  readonly #keys = new WeakMap<World, Map<string, { readonly key: string; readonly others: readonly Call[] }>>();

  /** How many answers are no repetition. */
  get asked(): number {
    return this.#known.size;
  }

  isKnown(world: World, claim: Claim): boolean {
    return this.#known.has(this.#look(world, claim).question);
  }

  is(world: World, claim: Claim): boolean {
    const { question, call, connection, others } = this.#look(world, claim);
    const known = this.#known.get(question);
    if (known !== undefined) return known;
    const { service, other } = claim;
    const answer =
      other === undefined
        ? permits(service, call, connection, others)
        : permitsWith(service, call, connection, other, others);
    this.#known.set(question, answer);
    return answer;
  }

  #look(world: World, { ref, service, other }: Claim) {
    const call = world.calls.find(({ id }) => id === ref.callId)!;
    const connection = call.connections.get(ref.connectionId)!;
    const { key, others } = this.#lookedAt(world, call, connection);
    const partner = other === undefined ? '' : placeOf(others, other);
    return { question: `${service} ${partner} ${key}`, call, connection, others };
  }

  #lookedAt(world: World, call: Call, connection: Connection) {
    const keys = this.#keys.get(world) ?? new Map();
    this.#keys.set(world, keys);
    let found = keys.get(connection.id);
    if (found === undefined) {
      const others = world.calls.filter((one) => one !== call && inWhich(one, connection));
      const own = [...call.connections.keys()].indexOf(connection.id);
      const calls = [call, ...others];
      found = { key: `${own} ${keyOf({ ...nothing, calls }, legNames(calls))}`, others };
      keys.set(connection.id, found);
    }
    return found;
  }
}

/** Legs by the order in which their phones and they themselves appear. */
function legNames(calls: readonly Call[]): (legId: string) => string {
  const phones = new Map<string, number>();
  const names = new Map<string, string>();
  for (const call of calls) {
    for (const { legId, device } of call.connections.values()) {
      if (!phones.has(device.number)) phones.set(device.number, phones.size);
      if (!names.has(legId)) names.set(legId, `${phones.get(device.number)} ${names.size}`);
    }
  }
  return (legId) => names.get(legId) ?? legId;
}

function inWhich(call: Call, connection: Connection): boolean {
  for (const one of call.connections.values()) if (isSamePhone(one, connection)) return true;
  return false;
}

/** Which call of them, and which connection in it. */
function placeOf(calls: readonly Call[], { callId, connectionId }: CallRef): string {
  const at = calls.findIndex(({ id }) => id === callId);
  return `${at}.${[...(calls[at]?.connections.keys() ?? [])].indexOf(connectionId)}`;
}
