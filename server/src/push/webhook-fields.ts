import type { Somebody } from './extension-views.ts';
import type { ViewChange } from './view-changes.ts';

/** The events of the Unified API's `phoneCallEvents`, by the numbers it gives them. */
export const webhookTypes = { dialIn: 0, dialOut: 1, hangup: 2, answerIncoming: 3, answerOutgoing: 4 } as const;
export const mostWebhookType = 4;

/** What a directory knows of an extension. */
export interface ExtensionNumbers {
  /** `0003*211` */
  readonly extendedNumber: string;
  readonly publicNumbers: readonly string[];
}

/** Null: there is no such extension (any more). */
export type NumbersOf = (extensionId: string) => ExtensionNumbers | null;

export function webhookTypeOf({ change, view }: ViewChange): number {
  if (change === 'ended') return webhookTypes.hangup;
  if (change === 'begun') return view.flow === 'in' ? webhookTypes.dialIn : webhookTypes.dialOut;
  return view.flow === 'in' ? webhookTypes.answerIncoming : webhookTypes.answerOutgoing;
}

/**
 * The ten fields that receivers of the Unified API know, URL-encoded, all of them each time, empty where there is nothing to say. CallStatus
 * is CALLING, then ANSWER; a hang-up says ANSWER when it had been answered, else UNKNOWN. Extensions are written `0003*210`.
 */
export function webhookFields({ change, view }: ViewChange, numbersOf: NumbersOf): string {
  const { phoneCallId, flow, answered, caller, called } = view;
  const calledExtension = extended(called, numbersOf);
  // Only somebody outside can have dialled the public number.
  const publicNumber = flow === 'in' && caller.extensionId === null ? publicNumberOf(called, numbersOf) : '';
  return new URLSearchParams({
    CallID: phoneCallId,
    CallerIDNum: caller.number,
    CallerIDName: caller.name,
    CalledDID: publicNumber,
    CalledExtension: calledExtension,
    CallStatus: change === 'begun' ? 'CALLING' : answered ? 'ANSWER' : 'UNKNOWN',
    CallFlow: flow === 'in' ? 'IN' : 'OUT',
    CallerExtension: extended(caller, numbersOf),
    CalledNumber: publicNumber || calledExtension || called.number,
    CallAPIID: phoneCallId,
  }).toString();
}

/** Of one that is not there any more, the number it had. */
function extended({ extensionId, number }: Somebody, numbersOf: NumbersOf): string {
  return extensionId === null ? '' : (numbersOf(extensionId)?.extendedNumber ?? number);
}

function publicNumberOf({ extensionId }: Somebody, numbersOf: NumbersOf): string {
  return (extensionId === null ? null : numbersOf(extensionId)?.publicNumbers[0]) ?? '';
}
