import { AppError, errorCodes } from '../../base/app-error.ts';

/** What the call model, and who guards it, can refuse: code and HTTP status. */
export const callErrorCodes = {
  ...errorCodes,
  callNotFound: 404,
  connectionNotFound: 404,
  conferenceFull: 409,
  conferenceLocked: 409,
  destinationNotAllowed: 403,
} as const;

export type CallErrorCode = keyof typeof callErrorCodes;

export function callError(code: CallErrorCode, message: string, details: AppError['details'] = {}): AppError {
  return new AppError(code, message, details, callErrorCodes[code]);
}
