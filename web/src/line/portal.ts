import { Refusal, type RefusalCode } from './refusal.ts';

export interface Admission {
  readonly token: string;
  readonly meetingName: string;
  /** Whether it asks for a passcode, as none was given. */
  readonly passcodeNeeded: boolean;
}

/** Asks for a token to join with (docs/protocols/portal.md). Throws Refusal. */
export async function askAdmission(meetingId: string, userName: string, passcode: string): Promise<Admission> {
  const request = { conferenceId: meetingId, userName, ...(passcode === '' ? {} : { passcode }) };
  let response: Response;
  let body: Record<string, unknown> | null;
  try {
    response = await fetch('/ups/resources/middleware/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    body = await response.json().catch(() => null);
  } catch (error) {
    throw new Refusal('network', String(error));
  }
  const token = body?.token;
  if (response.ok && typeof token === 'string') {
    return { token, meetingName: String(body?.meetingName ?? ''), passcodeNeeded: body?.passcodeNeeded === true };
  }
  const [error] = (body?.error as { errorCode?: string; errorMsg?: string }[] | undefined) ?? [];
  throw new Refusal(codeOf(response.status, error?.errorCode ?? '', passcode !== ''), error?.errorMsg);
}

function codeOf(status: number, code: string, withPasscode: boolean): RefusalCode {
  if (status === 404) return 'unknownMeeting';
  if (code === 'ERC_MEETING_NOT_STARTED_YET') return 'notNow';
  if (status === 429) return 'tooManyAttempts';
  if (status === 400 && withPasscode) return 'wrongPasscode';
  return status >= 500 ? 'busy' : 'other';
}
