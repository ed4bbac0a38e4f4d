import type { Cause } from '../../../../call/model/cause.ts';
import { usualWebhookFormat, type WebhookFormat } from '../../../../directory/records.ts';
import type { Somebody } from './extension-views.ts';
import type { ViewChange } from './view-changes.ts';

/** The events of the Unified API's `phoneCallEvents`, by the numbers it gives them. */
const webhookTypes = { dialIn: 0, dialOut: 1, hangup: 2, answerIncoming: 3, answerOutgoing: 4 } as const;
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

/** The name of a type, as the header of a delivery says it. */
export function webhookTypeName(type: number): string {
  return Object.entries(webhookTypes).find(([, number]) => number === type)?.[0] ?? 'unknown';
}

/** What an unanswered phone call came to, in the words that receivers know from telephone systems. */
const fullStatus: Readonly<Record<Cause, string>> = {
  normal: 'CANCEL',
  newCall: 'CANCEL',
  busy: 'BUSY',
  noAnswer: 'NOANSWER',
  destNotObtainable: 'CHANUNAVAIL',
  callCancelled: 'CANCEL',
  callRejected: 'BUSY',
  unauthorized: 'CANCEL',
  resourcesNotAvailable: 'CONGESTION',
  systemFailure: 'CONGESTION',
  mediaFailure: 'CONGESTION',
  timeout: 'NOANSWER',
  networkNotObtainable: 'CHANUNAVAIL',
  conferenceFull: 'CONGESTION',
  locked: 'CONGESTION',
  moderatorsLeft: 'CANCEL',
  removed: 'CANCEL',
  transfer: 'CANCEL',
  conference: 'CANCEL',
  joined: 'CANCEL',
  shutdown: 'CANCEL',
};

/**
 * The ten fields that receivers of the Unified API know, URL-encoded, all of them each time, empty where there is
 * nothing to say. CallStatus is CALLING, then ANSWER; a hang-up says ANSWER when it had been answered, else UNKNOWN or,
 * where the app wants it, what it came to. Extensions are written `0003*210`.
 */
export function webhookFields(
  { change, view, cause }: ViewChange,
  numbersOf: NumbersOf,
  format: WebhookFormat = usualWebhookFormat,
): string {
  const unanswered = format.hangupStatus === 'full' ? fullStatus[cause ?? 'systemFailure'] : 'UNKNOWN';
  const status = change === 'begun' ? 'CALLING' : view.answered ? 'ANSWER' : unanswered;
  const { phoneCallId, flow, caller, called } = view;
  const calledExtension = extended(called, numbersOf);
  // Only somebody outside can have dialled the public number.
  const publicNumber = flow === 'in' && caller.extensionId === null ? publicNumberOf(called, numbersOf) : '';
  return new URLSearchParams({
    CallID: phoneCallId,
    CallerIDNum: caller.number,
    CallerIDName: caller.name,
    CalledDID: publicNumber,
    CalledExtension: calledExtension,
    CallStatus: format.callStatus === 'lower' ? status.toLowerCase() : status,
    CallFlow: format.callFlow === 'lower' ? flow : flow.toUpperCase(),
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
