import { type Device, isSameExtension } from '../model/device.ts';
import type { Draft } from '../step/draft.ts';
import type { Surroundings } from './service.ts';

/** A call on hold, and by which id its user knows it, where that is another than its own. */
export interface Held {
  readonly id: string;
  readonly knownAs: string | null;
}

/** Calls of one phone; an extension that is in more of them consults nobody that could be told. */
const mostCalls = 8;

export function otherCallsOf(from: Device, { callsOf }: Pick<Surroundings, 'callsOf'>): readonly string[] {
  if (from.kind !== 'extension') return [];
  const calls = callsOf(from.extensionId);
  return calls.length > mostCalls ? [] : calls;
}

/** Whoever puts its only call on hold and calls somebody else by its own phone consults. */
export function heldBy(draft: Draft, from: Device, callIds: readonly string[]): Held | null {
  if (from.kind !== 'extension') return null;
  const states = callIds.flatMap((id) => {
    const connections = [...(draft.find(id)?.connections.values() ?? [])];
    const own = connections.filter(({ device, role }) => isSameExtension(device, from) && role !== 'supervisor');
    return own.map(({ state, original }) => ({ id, state, knownAs: original?.callId ?? null }));
  });
  const [only, ...others] = states;
  return only?.state === 'hold' && others.length === 0 ? only : null;
}
