import type { SipRequest } from './message.ts';
import { parseNameAddr, uriTextOf } from './name-addr.ts';
import { parseReplaces, type Replaces } from './replaces.ts';
import type { SipUri } from './uri.ts';

/**
 * Whom a REFER wants called (RFC 3515 §2.1), and in the place of which dialog (RFC 3891):
 *
 *     Refer-To: <sip:15001@example.test>
 *     Refer-To: <tel:+1-323-555-0100>
 *     Refer-To: <sip:15001@example.test?Replaces=12345%40192.0.2.1%3Bto-tag%3D7743%3Bfrom-tag%3D6472>
 */
export interface ReferTo {
  readonly uri: SipUri;
  readonly replaces: Replaces | null;
}

/** Why there is none: it cannot be read, or asks for something else than a call. */
export type NoReferTo = 'unreadable' | 'noCall';

const longest = 2000;

/** Of the headers that the URI wants in the INVITE, only Replaces counts: the rest are ours to write. */
export function referToOf({ headers }: SipRequest): ReferTo | NoReferTo {
  const [text, ...others] = headers.getAll('Refer-To');
  if (text === undefined || others.length > 0 || text.length > longest) return 'unreadable';
  const uri = parseNameAddr(text)?.uri ?? null;
  if (uri === null) return 'unreadable';
  if (uri.scheme === 'other' || (uri.params.get('method') ?? 'INVITE').toUpperCase() !== 'INVITE') return 'noCall';
  const named = [...uriTextOf(text).matchAll(/[?&]replaces=([^&]*)/gi)].map(([, value = '']) => unescaped(value));
  if (named.length === 0) return { uri, replaces: null };
  const replaces = named.length === 1 ? parseReplaces(named[0]!) : null;
  return replaces === null ? 'unreadable' : { uri, replaces };
}

/** Some phones leave `@`, `;` and `=` as they are; what is none falls away later. */
function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}
