import { readTelephoneNumber, type TelephoneNumber } from '../../base/telephone-number.ts';
import type { SipUri } from './uri.ts';

/**
 * The telephone number that a URI names (RFC 3261 §19.1.6, RFC 3966):
 *
 *     tel:+1-323-555-0100;npdi                      parameters of the number are those of the URI
 *     sip:+13235550100;npdi;rn=+1@host;user=phone   parameters of the number end at the @
 *
 * A user part that begins as a number is one, whether or not `user=phone` says so: hardly any phone or carrier writes
 * it. With `user=phone`, and in a tel URI, A to F are digits. Null when the URI names somebody by a name, or nobody. A
 * `phone-context` says where a local number is valid; it is not put in front, since that need not make a number that
 * exists (RFC 3966 §5.1.5).
 */
export function telephoneSubscriber(uri: SipUri): TelephoneNumber | null {
  const { scheme, user, params } = uri;
  if (user === null || scheme === 'other') return null;
  if (scheme !== 'tel') return readTelephoneNumber(user, params.get('user')?.toLowerCase() === 'phone');
  const read = readTelephoneNumber(user, true);
  if (read === null) return null;
  let parameters = '';
  for (const [name, value] of params) parameters += value === null ? `;${name}` : `;${name}=${value}`;
  return { number: read.number, parameters };
}

/**
 * Whom a URI names: the number without separators and parameters, else the user part as it is; '' when there is none.
 */
export function numberOrName(uri: SipUri): string {
  return telephoneSubscriber(uri)?.number ?? uri.user ?? '';
}
