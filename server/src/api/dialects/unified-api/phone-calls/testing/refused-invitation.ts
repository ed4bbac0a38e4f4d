import assert from 'node:assert/strict';
import { unifiedApiErrors } from '../../errors.ts';
import type { Answer } from '../../testing/virtual-unified-api.ts';

export const path = '/uapi/phoneCalls/@me/conferenceInvite';

export const withPin = `${path}?number=3&pin=2233`;

export function refused(answer: Answer, status: number, code: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.deepEqual(Object.keys(answer.json), ['error']);
  assert.equal(answer.json.error.code, code);
  assert.ok(answer.json.error.message.length > 10);
}

/** The documented messages of this request, word for word. */
export const messages: Readonly<Record<string, string>> = {
  extension_invalid:
    'Value supplied in extension parameter is missing or invalid. The parameter must be set to the number of a Conference extension that must be owned by the user. Default has the same value as the source parameter.',
  pc_duration_invalid:
    'Value supplied in callDuration parameter is missing or invalid. The parameter must be set to a numeric value and represents the number of seconds a phone call must last.',
  pc_source_invalid:
    'Value supplied in source parameter is missing or invalid. The parameter must be set to the number of an existing conference extension.',
  pc_destination_invalid:
    'Value supplied in destination parameter is missing or invalid. The parameter must be set to a list of extended or short extension numbers or public phone numbers.',
  pc_timeout_invalid:
    'Value supplied in waitForPickup parameter is missing or invalid. The parameter must be numeric and higher than 0.',
  pc_callerid_invalid:
    'Value supplied in callerId parameter is missing or invalid. The parameter must be set to a value with the format: John Doe <+3334444>.',
  pc_pin_invalid: 'Value supplied in pin parameter is missing or invalid.',
  pc_number_invalid: 'Value supplied in number parameter is missing or invalid.',
  user_invalid: unifiedApiErrors.user_invalid.message,
  // And, behind what is documented, where a token is to be had.
  access_denied:
    'You are not authorized to use this request. Get an access token at POST http://pbx.test/oauth/token.php.',
};
