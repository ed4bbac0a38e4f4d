import type { Dial } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import type { Device } from '../model/device.ts';
import type { Diversion } from '../model/events.ts';
import type { Draft } from './draft.ts';

/** Where a call to a device comes to. */
export interface Reached extends Pick<Dial, 'device' | 'target'> {
  /** Who sent it on, and whereto, in order. */
  readonly diverted: readonly Required<Diversion>[];
  /** Nothing is dialled: the device takes no calls now, or is not to be found. */
  readonly refused: Cause | null;
}

/** From one forwarded device to the next. */
const mostDiversions = 5;

/**
 * The device itself, or, where what is set for it says so, the one that its calls are forwarded to. Its own user's
 * calls always reach it.
 */
export function reach(draft: Draft, { device, target, autoAnswer }: Dial): Reached {
  const diverted: Required<Diversion>[] = [];
  const { handling } = draft.context;
  if (handling === undefined || autoAnswer === true) return { device, target, diverted, refused: null };
  let at: Pick<Dial, 'device' | 'target'> = { device, target };
  const seen = new Set<string>();
  for (;;) {
    const next = handling(at.device);
    if (next.does === 'ring') return { ...at, diverted, refused: null };
    if (next.does === 'refuse') return { ...at, diverted, refused: next.cause };
    // In a circle, or as good as that: whoever calls is told that nobody is there.
    seen.add(keyOf(at.device));
    if (diverted.length === mostDiversions || seen.has(keyOf(next.device))) {
      return { ...at, diverted, refused: 'destNotObtainable' };
    }
    diverted.push({ by: at.device, to: next.number });
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
