import type { Dial } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import { type Device, isSameExtension } from '../model/device.ts';
import type { Diversion } from '../model/events.ts';
import { mostRedirections } from '../model/redirection.ts';
import type { Draft } from './draft.ts';

/** By what is set for the device. */
type SentOn = Required<Pick<Diversion, 'by' | 'to'>>;

/** Where a call to a device comes to. */
export interface Reached extends Pick<Dial, 'device' | 'target'> {
  /** Who sent it on, and whereto, in order. */
  readonly diverted: readonly SentOn[];
  /** Nothing is dialled: the device takes no calls now, or is not to be found. */
  readonly refused: Cause | null;
}

/**
 * The device itself, or, where what is set for it says so, the one that its calls are forwarded to. Its own user's
 * calls always reach it. `among`: who calls, and who else is in the call, to whom it is not sent on.
 */
export function reach(
  draft: Draft,
  { device, target, autoAnswer, redirections = [] }: Dial,
  among: () => Iterable<Device>,
): Reached {
  const diverted: SentOn[] = [];
  const { handling } = draft.context;
  if (handling === undefined || autoAnswer === true) return { device, target, diverted, refused: null };
  let at: Pick<Dial, 'device' | 'target'> = { device, target };
  let before = at;
  const seen = new Set(redirections.flatMap(({ by }) => (by === null ? [] : [keyOf(by)])));
  for (;;) {
    const next = handling(at.device);
    if (next.does === 'ring') {
      const back = diverted.length > 0 && [...among()].some((one) => isSameExtension(one, at.device));
      if (!back) return { ...at, diverted, refused: null };
      return { ...before, diverted: diverted.slice(0, -1), refused: 'destNotObtainable' };
    }
    if (next.does === 'refuse') return { ...at, diverted, refused: next.cause };
    // In a circle, or as good as that: whoever calls is told that nobody is there.
    const again = seen.has(keyOf(at.device)) || seen.add(keyOf(at.device)).has(keyOf(next.device));
    if (again || redirections.length + diverted.length >= mostRedirections) {
      return { ...at, diverted, refused: 'destNotObtainable' };
    }
    diverted.push({ by: at.device, to: next.number });
    before = at;
    at = { device: next.device, target: next.target };
  }
}

/** Who pays where the call was sent on to a number that costs: who sent it there; null: as it is else. */
export function paidBy({ diverted, target }: Reached): string | null {
  const by = diverted.at(-1)?.by;
  return target.kind === 'trunk' && by?.kind === 'extension' ? by.extensionId : null;
}

function keyOf(device: Device): string {
  return device.kind === 'external' ? `tel:${device.number}` : device.extensionId;
}
