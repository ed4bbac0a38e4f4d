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
 * The fields that receivers of the Unified API know, URL-encoded. Those of the event's direction are always there, empty where there is
 * nothing to say; CallStatus is CALLING, then ANSWER; a hang-up says ANSWER when it had been answered, else UNKNOWN.
 */
export function webhookFields({ change, view }: ViewChange, numbersOf: NumbersOf): string {
  const { phoneCallId, flow, answered, caller, called } = view;
  const callerExtension = extended(caller, numbersOf);
  const calledExtension = extended(called, numbersOf);
  const fields = new URLSearchParams({
    CallID: phoneCallId,
    CallerIDNum: caller.number,
    CallerIDName: caller.name,
  });
  if (flow === 'in') {
    // Only somebody outside can have dialled the public number.
    fields.set('CalledDID', caller.extensionId === null ? publicNumber(called, numbersOf) : '');
    fields.set('CalledExtension', calledExtension ?? called.number);
    if (callerExtension !== null) fields.set('CallerExtension', callerExtension);
  } else {
    fields.set('CallerExtension', callerExtension ?? caller.number);
    fields.set('CalledNumber', called.number);
    if (calledExtension !== null) fields.set('CalledExtension', calledExtension);
  }
  fields.set('CallStatus', change === 'begun' ? 'CALLING' : answered ? 'ANSWER' : 'UNKNOWN');
  fields.set('CallFlow', flow === 'in' ? 'IN' : 'OUT');
  fields.set('CallAPIID', phoneCallId);
  return fields.toString();
}

function extended({ extensionId }: Somebody, numbersOf: NumbersOf): string | null {
  return extensionId === null ? null : (numbersOf(extensionId)?.extendedNumber ?? null);
}

function publicNumber({ extensionId }: Somebody, numbersOf: NumbersOf): string {
  return (extensionId === null ? null : numbersOf(extensionId)?.publicNumbers[0]) ?? '';
}
