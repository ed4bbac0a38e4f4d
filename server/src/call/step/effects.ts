import type { Cause } from '../model/cause.ts';
import type { MediaEffect, MediaPort, SignallingEffect, SignallingPort } from '../ports.ts';
import type { LegReport } from './reports.ts';

/** What is to be done outside once the events are stored. Plain data: tests read it, `perform` has it done. */
export type Effect =
  | SignallingEffect
  | MediaEffect
  /** A leg that is not dialled, because its device takes no calls: reported as failed. */
  | { readonly do: 'unreached'; readonly legId: string; readonly cause: Cause };

/** Those of signalling; others are of sound. */
const signalled: Readonly<Record<SignallingEffect['do'], true>> = {
  dial: true,
  ring: true,
  forwarded: true,
  answer: true,
  takeBack: true,
  clear: true,
};

/** `report`: what is known of a leg without asking anybody. */
export function perform(
  effect: Effect,
  signalling: SignallingPort,
  media: MediaPort,
  report: (legId: string, report: LegReport) => void,
): void {
  if (effect.do === 'unreached') report(effect.legId, { type: 'failed', cause: effect.cause });
  else if (isSignalled(effect)) signalling.perform(effect);
  else media.perform(effect);
}

function isSignalled(effect: SignallingEffect | MediaEffect): effect is SignallingEffect {
  return Object.hasOwn(signalled, effect.do);
}
