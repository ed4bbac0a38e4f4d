/** Not in the documentation of names; the values are ours. */
export const ConferenceStartStatus = { ADMISSION_NEEDED: 'ADMISSION_NEEDED' } as const;
export const AdmissionResponseCode = {
  INCORRECT_PASSCODE_TRY_AGAIN: 'INCORRECT_PASSCODE_TRY_AGAIN',
  INCORRECT_PASSCODE_DISCONNECTING: 'INCORRECT_PASSCODE_DISCONNECTING',
  PENDING_APPROVAL: 'PENDING_APPROVAL',
  DENIED: 'DENIED',
} as const;
export const RecordingStatus = { ON: 'on', OFF: 'off', PAUSED: 'paused', FAILED: 'failed' } as const;

/** What went wrong with what was asked of a conference. */
export class ConferenceException extends Error {
  readonly code: string;

  constructor(name = 'INVALID_ARGUMENT', message = '', code = name) {
    super(message);
    this.name = name;
    this.code = code;
  }
}
