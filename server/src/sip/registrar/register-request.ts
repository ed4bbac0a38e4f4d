import type { SipRequest } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import type { SipUri } from '../message/uri.ts';

/** What a REGISTER asks for, read and checked as a whole before anything changes (RFC 3261 §10.3 steps 6–7). */
export type RegisterIntent =
  | { readonly kind: 'query' }
  | { readonly kind: 'removeAll' }
  | { readonly kind: 'update'; readonly contacts: readonly WantedContact[] }
  | { readonly kind: 'invalid'; readonly status: 400 | 423; readonly reason: string };

export interface WantedContact {
  readonly uri: SipUri;
  /** Seconds; 0 removes. */
  readonly expires: number;
  readonly q: number;
  readonly instance: string | null;
  readonly regId: number | null;
}

export interface ExpiryRules {
  readonly minExpires: number;
  readonly maxExpires: number;
  readonly defaultExpires: number;
}

export function readRegister(request: SipRequest, rules: ExpiryRules): RegisterIntent {
  const header = request.expires;
  const elements = request.headers.getAll('Contact').length;
  if (request.contactStar) {
    const alone = elements === 1 && header === 0;
    return alone ? { kind: 'removeAll' } : invalid(400, 'Contact * needs Expires 0 and no other Contact');
  }
  if (elements === 0) return { kind: 'query' };
  const contacts: WantedContact[] = [];
  // One that nobody could be called at costs only itself.
  for (const contact of request.contacts) {
    if (contact.uri.scheme === 'tel') continue;
    const asked = seconds(contact.params.get('expires')) ?? header ?? rules.defaultExpires;
    // Too brief may only be said of less than an hour (§10.3 step 7).
    if (asked > 0 && asked < Math.min(rules.minExpires, 3600)) return invalid(423, 'Interval Too Brief');
    contacts.push(wanted(contact, Math.min(asked, rules.maxExpires)));
  }
  return contacts.length === 0 ? invalid(400, 'No Contact is a SIP URI') : { kind: 'update', contacts };
}

function wanted(contact: NameAddr, expires: number): WantedContact {
  const q = Number(contact.params.get('q') ?? 1);
  return {
    uri: contact.uri,
    expires,
    q: q >= 0 && q <= 1 ? q : 1,
    instance: contact.params.get('+sip.instance') ?? null,
    regId: seconds(contact.params.get('reg-id')),
  };
}

/** delta-seconds; a malformed value counts as absent (§20.10 and §20.19 say 3600, which is our default as well). */
function seconds(text: string | null | undefined): number | null {
  if (text === null || text === undefined || !/^[0-9]{1,10}$/.test(text)) return null;
  return Math.min(Number(text), 0xffff_ffff);
}

function invalid(status: 400 | 423, reason: string): RegisterIntent {
  return { kind: 'invalid', status, reason };
}
