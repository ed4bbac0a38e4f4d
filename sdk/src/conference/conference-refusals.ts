import type { CommandFailed } from '../session.ts';
import { ConferenceException } from './conference-values.ts';

const byCode: Readonly<Record<string, string>> = {
  invalid: 'INVALID_ARGUMENT',
  notFound: 'INVALID_ARGUMENT',
  unavailable: 'NETWORK_UNAVAILABLE',
};

/** A command that the server did not do, in the words that applications have for it. */
export function conferenceExceptionOf({ code, message }: CommandFailed): ConferenceException {
  return new ConferenceException(byCode[code] ?? 'CAPABILITY_NOT_ALLOWED', message, code);
}

export function noCall(message = 'There is no call.'): ConferenceException {
  return new ConferenceException('NETWORK_UNAVAILABLE', message);
}
