import { SdkPromise } from '../promise.ts';
import { CommandFailed, WhipRefusal } from '../session.ts';
import { CallEndReason, CallError, CallProtocolType } from './call-enums.ts';
import { CallException } from './call-values.ts';

/** What the server refuses or ends, in the words that applications have for it: docs/protocols/webrtc.md. */

const byCode: Readonly<Record<string, string>> = {
  conferenceFull: CallError.BUSY,
  conferenceLocked: CallError.NOT_AUTHORIZED,
  conferenceClosed: CallError.USER_TEMPORARILY_UNAVAILABLE,
  badOffer: CallError.SERVER_ERROR,
  noCommonCodec: CallError.CODEC_MISMATCH,
  tooManyOffers: CallError.SERVICE_TEMPORARILY_UNAVAILABLE,
  ERC_MEETING_NOT_STARTED_YET: CallError.USER_TEMPORARILY_UNAVAILABLE,
  ERC_WEB_COLLABORATION_DISABLED: CallError.COLLABORATION_ONLY_CALL_NOT_SUPPORTED,
};

const byStatus: Readonly<Record<number, string>> = {
  0: CallError.TRANSPORT_ERROR,
  400: CallError.INVALID_PARAMETER,
  401: CallError.AUTHENTICATION_ERROR,
  403: CallError.NOT_AUTHORIZED,
  404: CallError.NOT_FOUND,
  429: CallError.SERVICE_TEMPORARILY_UNAVAILABLE,
  502: CallError.TRANSPORT_ERROR,
  503: CallError.SERVICE_TEMPORARILY_UNAVAILABLE,
  504: CallError.TRANSPORT_ERROR,
};

export function callExceptionOf(error: unknown): CallException {
  if (error instanceof CallException) return error;
  if (error instanceof WhipRefusal) {
    const { status, code, message } = error;
    const known = byCode[code] ?? byStatus[status] ?? CallError.SERVER_ERROR;
    return new CallException(known, message || code, String(status || code), CallProtocolType.HTTP);
  }
  if (error instanceof CommandFailed) {
    const known = error.code === 'unavailable' ? CallError.SERVICE_UNAVAILABLE : CallError.CAPABILITY_NOT_ALLOWED;
    return new CallException(known, error.message, error.code, CallProtocolType.HTTP);
  }
  return new CallException(CallError.INTERNAL_ERROR, String((error as Error)?.message ?? error));
}

export function rejected(error: string, message: string): SdkPromise<never> {
  return SdkPromise.rejected(new CallException(error, message));
}

const endReasons: Readonly<Record<string, string>> = {
  removed: CallEndReason.DISCONNECTED_BY_CONFERENCE_MODERATOR,
  moderatorsLeft: CallEndReason.CONFERENCE_TERMINATED,
  mediaFailure: CallEndReason.ICE_FAILURE,
  unknown: CallEndReason.CALL_DISCONNECTED_UNKNOWN_REASON,
};

/** That of a conference: null while it goes on; `by`: who ended it for all, null where nobody did. */
export type ConferenceEnd = { readonly by: string | null } | null;

/** `reason`: the server's; where it says nothing of its own, it matters whether the conference is over too. */
export function callEndReasonOf(reason: string, conferenceEnd: ConferenceEnd): string {
  // An administrator who ends it puts everybody out.
  if (conferenceEnd !== null && conferenceEnd.by !== null) return CallEndReason.CONFERENCE_TERMINATED;
  const isConferenceOver = conferenceEnd !== null;
  const other = isConferenceOver ? CallEndReason.CONFERENCE_TERMINATED : CallEndReason.CALL_DISCONNECTED;
  return endReasons[reason] ?? other;
}
