import type { Call, CallKind } from '../model/call.ts';
import { ownExtension } from '../model/charged.ts';

interface Entry {
  readonly call: Call;
  readonly number: number;
}

/** Which page of an organization's running calls; `kind`: of this one alone. */
export interface CallPageQuery {
  /** The `next` of the page before; 0: from the first. */
  readonly after: number;
  readonly limit: number;
  readonly kind?: CallKind | undefined;
}

/** A page of running calls, in the order in which they began. */
export interface CallPage {
  readonly calls: readonly Call[];
  /** Behind it there are more; null: there are none. */
  readonly next: number | null;
}

/**
 * Which running calls are an organization's, and which have to do with an extension as a whole: it is their conference,
 * began them, was called, is charged, or has parked them; and which consult for which. Who is in a call is in the
 * ExtensionIndex. Owned by the loop.
 */
export class CallIndex {
  readonly #entries = new Map<string, Entry>();
  /** Numbers of an organization's calls, ascending; of ended ones until there are too many. */
  readonly #byOrganization = new Map<string, { numbers: number[]; live: number }>();
  readonly #byNumber = new Map<number, string>();
  readonly #byExtension = new Map<string, Set<string>>();
  /** Legs that are to be dialled when another has answered. */
  readonly #byDestination = new Map<string, string>();
  /** By the call that they consult for. */
  readonly #byParent = new Map<string, Set<string>>();
  #last = 0;

  take(before: Call | null, after: Call): void {
    const known = this.#entries.get(after.id);
    const was = known?.call ?? before;
    const [old, now] = [was === null ? [] : concerned(was), after.ended ? [] : concerned(after)];
    for (const id of old) if (!now.includes(id)) drop(this.#byExtension, id, after.id);
    for (const id of now) put(this.#byExtension, id, after.id);
    const [parent, next] = [was?.parent ?? null, after.ended ? null : after.parent];
    if (parent !== null && parent !== next) drop(this.#byParent, parent, after.id);
    if (next !== null) put(this.#byParent, next, after.id);
    const [from, to] = [was?.destination?.legId, after.ended ? undefined : after.destination?.legId];
    if (from !== undefined && from !== to) this.#byDestination.delete(from);
    if (to !== undefined) this.#byDestination.set(to, after.id);
    if (after.ended) {
      if (known !== undefined) this.#end(known);
    } else if (known === undefined) this.#begin(after);
    else this.#entries.set(after.id, { ...known, call: after });
  }

  /** In the order of their coming. */
  ofExtension(extensionId: string): readonly Call[] {
    return [...(this.#byExtension.get(extensionId) ?? [])].flatMap((id) => this.#entries.get(id)?.call ?? []);
  }

  /** The calls that were begun to ask somebody for this one. */
  consultationsFor(callId: string): readonly string[] {
    return [...(this.#byParent.get(callId) ?? [])];
  }

  /** The call that will dial this leg. */
  ofDestination(legId: string): string | null {
    return this.#byDestination.get(legId) ?? null;
  }

  /** The oldest first. */
  page(organizationId: string, { after, kind, limit }: CallPageQuery): CallPage {
    const { numbers } = this.#byOrganization.get(organizationId) ?? { numbers: [] };
    const calls: Call[] = [];
    let last = after;
    for (let at = firstBeyond(numbers, after); at < numbers.length; at++) {
      const number = numbers[at]!;
      const entry = this.#entries.get(this.#byNumber.get(number) ?? '');
      if (entry === undefined || (kind !== undefined && entry.call.kind !== kind)) continue;
      if (calls.length === limit) return { calls, next: last };
      calls.push(entry.call);
      last = number;
    }
    return { calls, next: null };
  }

  #begin(call: Call): void {
    const number = ++this.#last;
    this.#entries.set(call.id, { call, number });
    this.#byNumber.set(number, call.id);
    const own = this.#byOrganization.get(call.organizationId) ?? { numbers: [], live: 0 };
    own.numbers.push(number);
    own.live += 1;
    this.#byOrganization.set(call.organizationId, own);
  }

  #end({ call, number }: Entry): void {
    this.#entries.delete(call.id);
    this.#byNumber.delete(number);
    const own = this.#byOrganization.get(call.organizationId);
    if (own === undefined) return;
    own.live -= 1;
    if (own.live === 0) this.#byOrganization.delete(call.organizationId);
    else if (own.numbers.length > 2 * own.live + 16) own.numbers = own.numbers.filter((one) => this.#byNumber.has(one));
  }
}

function put(index: Map<string, Set<string>>, key: string, callId: string): void {
  const calls = index.get(key);
  if (calls === undefined) index.set(key, new Set([callId]));
  else calls.add(callId);
}

function drop(index: Map<string, Set<string>>, key: string, callId: string): void {
  const calls = index.get(key);
  calls?.delete(callId);
  if (calls?.size === 0) index.delete(key);
}

function concerned(call: Call): string[] {
  const { charged, conference, parked } = call;
  const parker = parked === null ? null : ownExtension(call, parked.by);
  const all = [charged, conference?.extensionId, ownExtension(call, call.from), ownExtension(call, call.to), parker];
  return [...new Set(all.filter((id): id is string => typeof id === 'string'))];
}

/** Where the first number above that one is. */
function firstBeyond(numbers: readonly number[], above: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! <= above) low = middle + 1;
    else high = middle;
  }
  return low;
}
