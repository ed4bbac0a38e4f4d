import { Refusal, type RefusalCode } from './refusal.ts';
import { type Admission, askForAdmission, WhipRefusal } from './session.ts';

/** Asks for a token to join with (docs/protocols/portal.md). Throws Refusal. */
export async function askAdmission(meetingId: string, userName: string, passcode: string): Promise<Admission> {
  try {
    const given = passcode === '' ? {} : { passcode };
    return await askForAdmission(window.location.origin, { conferenceId: meetingId, userName, ...given });
  } catch (error) {
    if (!(error instanceof WhipRefusal)) throw error;
    throw new Refusal(codeOf(error, passcode !== ''), error.message);
  }
}

function codeOf({ status, code }: WhipRefusal, withPasscode: boolean): RefusalCode {
  if (status === 0) return 'network';
  if (status === 404) return 'unknownMeeting';
  if (code === 'ERC_MEETING_NOT_STARTED_YET') return 'notNow';
  if (status === 429) return 'tooManyAttempts';
  if (status === 400 && withPasscode) return 'wrongPasscode';
  return status >= 500 ? 'busy' : 'other';
}

const refusals: Readonly<Record<string, RefusalCode>> = {
  network: 'network',
  conferenceLocked: 'locked',
  conferenceClosed: 'notNow',
  lockedOut: 'lockedOut',
  conferenceNotFound: 'unknownMeeting',
  conferenceFull: 'full',
  noCommonCodec: 'noCommonCodec',
  noAudio: 'noCommonCodec',
  tooManyOffers: 'busy',
  unavailable: 'busy',
  // A fresh token is asked for with the next attempt.
  tokenExpired: 'busy',
  tokenUsed: 'busy',
  tokenInvalid: 'busy',
};

/** Why an offer was not taken, in the page's words. */
export function refusalOf({ status, code, message }: WhipRefusal): Refusal {
  return new Refusal(refusals[code] ?? (status >= 500 ? 'busy' : 'other'), message);
}
