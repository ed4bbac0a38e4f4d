import { plainNumber } from '../../base/telephone-number.ts';
import type { CallerId } from '../../call/model/device.ts';
import { formatNameAddr, type NameAddr, parseNameAddr } from '../../sip/message/name-addr.ts';
import { numberOrName } from '../../sip/message/telephone-subscriber.ts';
import { sipUri } from '../../sip/message/uri.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';

/*
 * Who is calling, as trunks tell it and are told (RFC 3325): P-Asserted-Identity is what the network vouches for, From
 * what the caller likes to be called. Only carriers are believed.
 */

/**
 * What a carrier says of its caller: the identity it vouches for, else From. A caller who wants to stay unknown (RFC
 * 3323) is shown as From has it.
 */
export function callerOfCarrier({ request, from }: Pick<IncomingInvite, 'request' | 'from'>): CallerId {
  const open = !wantsPrivacy(request.headers.getAll('Privacy'));
  // Older carriers have Remote-Party-ID for the same; where it says `privacy`, the caller wants to stay unknown by it.
  const asserted = open ? request.headers.getAll('P-Asserted-Identity') : [];
  const remote = open ? request.headers.getAll('Remote-Party-ID').filter(isOpenCaller) : [];
  const shown = [...asserted, ...remote]
    .map(parseNameAddr)
    .find((identity) => identity !== null && numberOrName(identity.uri) !== '');
  const { uri, displayName } = shown ?? from;
  return { number: numberOrName(uri), name: displayName ?? from.displayName ?? '' };
}

/** How a carrier is told who calls: From, and what we vouch for; nobody is anonymous to whom we know nothing of. */
export function identityForCarrier(
  callerId: CallerId,
  domain: string,
): { readonly from: NameAddr; readonly headers: readonly (readonly [string, string])[] } {
  const { name, number } = callerId;
  const displayName = name === '' ? null : name;
  if (number === '') {
    // RFC 3323 §4.1.1.3.
    const uri = sipUri('anonymous', 'anonymous.invalid');
    return { from: { displayName: displayName ?? 'Anonymous', uri, params: new Map() }, headers: [] };
  }
  const from: NameAddr = { displayName, uri: sipUri(number, domain), params: new Map() };
  return { from, headers: [['P-Asserted-Identity', formatNameAddr(from)]] };
}

/**
 * What was dialled, in a call from a carrier. One that we have registered at calls the contact it was given, which is
 * the account; the number is then in P-Called-Party-ID (RFC 7315 §4.2) or To.
 */
export function dialledByCarrier(invite: Pick<IncomingInvite, 'request' | 'dialled'>, account: string | null): string {
  const { request, dialled } = invite;
  const isAccount = (user: string) =>
    account !== null && (user === plainNumber(account) || user === account || user.startsWith(`${account};`));
  if (dialled !== '' && !isAccount(dialled)) return dialled;
  const called = request.headers.getAll('P-Called-Party-ID').map(parseNameAddr);
  for (const identity of [...called, request.to]) {
    const number = identity === null ? '' : numberOrName(identity.uri);
    if (number !== '' && !isAccount(number)) return number;
  }
  return dialled;
}

/** draft-ietf-sip-privacy-04: the party that calls, and nothing of it is to be hidden. */
function isOpenCaller(value: string): boolean {
  const params = parseNameAddr(value)?.params;
  const party = params?.get('party')?.toLowerCase() ?? 'calling';
  const privacy = params?.get('privacy')?.toLowerCase() ?? 'off';
  return params !== undefined && party === 'calling' && privacy === 'off';
}

function wantsPrivacy(values: readonly string[]): boolean {
  const wishes = values.flatMap((value) => value.split(/[;,]/)).map((wish) => wish.trim().toLowerCase());
  return wishes.some((wish) => wish === 'id' || wish === 'user');
}
