import { sourceKey } from '../../base/source-key.ts';
import type { Caller, DirectoryPort } from '../../call/ports.ts';
import { credentialsFor } from '../../sip/auth/auth-params.ts';
import { parseNameAddr } from '../../sip/message/name-addr.ts';
import { numberOrName } from '../../sip/message/telephone-subscriber.ts';
import type { SipUri } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { IncomingInvite, SipUserAgent } from '../../sip/user-agent.ts';
import type { Trunks } from '../trunks/trunks.ts';
import { callerOfCarrier } from './asserted-identity.ts';
import { isOurHost } from './own-address.ts';

/** What legs ask of the directory beyond the port of the call model. */
export interface LegsDirectory extends DirectoryPort {
  /** Not null: this SIP username is an account of ours. */
  credentials(username: string): { readonly extensionId: string } | null;
  /** Whether an account of ours could have this SIP username, by how it looks: says nothing of whether there is one. */
  mayBeAccount(username: string): boolean;
  /** Whether an extension of ours is reached by this number, however it is written. */
  hasNumber(number: string): boolean;
  callerOf(extensionId: string): Extract<Caller, { kind: 'extension' }> | null;
  /** The extension that registers under this address-of-record; null when there is none. */
  callerOfAor(aor: string): Extract<Caller, { kind: 'extension' }> | null;
  /** What called phones are shown for this extension. */
  callerIdOf(extensionId: string): { readonly name: string; readonly number: string } | null;
  /** Its address-of-record; null when no phone can register for it. */
  extensionById(extensionId: string): { readonly aor: string | null } | null;
}

type Carriers = Pick<Trunks, 'ofSource' | 'ofCredentials' | 'anyProvesItself'>;

type Agent = Pick<SipUserAgent, 'authenticate'>;

export const longestName = 64;
export const longestNumber = 40;
const longestHost = 60;

/**
 * Who is calling, by these rows; null when the invitation has been answered (challenged or refused).
 *
 * | the INVITE                                                              | caller                                 |
 * |-------------------------------------------------------------------------|----------------------------------------|
 * | has credentials for our realm                                           | extension or trunk, if digest succeeds |
 * | comes from a trunk's address, its From an account in our domain         | extension or trunk, if digest succeeds |
 * | comes from the address of a trunk whose carrier proves itself (inbound) | trunk, if digest succeeds              |
 * | comes from the address of another trunk                                 | trunk                                  |
 * | its From is in our domain, or at our address, and looks like an account | extension or trunk, if digest succeeds |
 * | otherwise                                                               | guest; see `askedToProve`              |
 *
 * Whether there is such an account makes no difference to a stranger: it could list them.
 */
export function identifyCaller(
  invite: IncomingInvite,
  agent: Agent,
  directory: LegsDirectory,
  domain: string,
  trunks: Carriers,
): Caller | null {
  const { request, flow, from } = invite;
  const inOurDomain = isOurHost(from.uri.host, domain, flow.local);
  const claimed = numberOrName(from.uri);
  const trunk = trunks.ofSource(flow);
  const proves =
    credentialsFor(domain, request.headers.getAll('Authorization')) !== null ||
    (inOurDomain && (trunk === null ? directory.mayBeAccount(claimed) : directory.credentials(claimed) !== null)) ||
    (trunk !== null && trunk.inbound !== null);
  if (proves) return authenticated(invite, agent, directory, trunks);
  if (trunk !== null) return overTrunk(invite, trunk.name);
  const user = clean(claimed, longestNumber) || 'anonymous';
  const name = clean(from.displayName ?? '', longestName);
  // A guest may call itself as it likes, but not show a number that is somebody's here.
  const number = directory.hasNumber(user) ? `${user}@${clean(from.uri.host || 'unknown', longestHost)}` : user;
  return { kind: 'guest', number, name };
}

/** Who is counted for wrong PINs: what the caller can't change from one call to the next. */
export function callerKey(caller: Caller, flow: Flow): string {
  switch (caller.kind) {
    case 'extension':
      return `extension:${caller.extensionId}`;
    case 'application':
      return `application:${caller.organizationId}:${caller.account ?? ''}`;
    case 'trunk':
      return `trunk:${caller.trunk}:${caller.number}`;
    case 'guest':
      // A guest writes into From whatever it likes.
      return `address:${sourceKey(flow.remote.address)}`;
  }
}

/**
 * For a guest who may not reach what was dialled, but may be one of our phones hiding its number or set up with another
 * domain, or a carrier that proves itself: asks who it is. False when it does not seem so; true when it has been
 * challenged and comes again as what it is. It seems so by the form of what it says, whether there is such an account
 * or not, and with such a carrier to every guest, whatever it dialled: else the question would tell which accounts and
 * numbers there are.
 *
 * RFC 3323 §4.1.1.3 has phones write `anonymous.invalid` into From, RFC 3325 §9.2 is where they then say who they are.
 */
export function askedToProve(
  invite: IncomingInvite,
  agent: Agent,
  directory: LegsDirectory,
  trunks: Carriers,
): boolean {
  const { request, from } = invite;
  const isOurs = (uri: SipUri) => directory.mayBeAccount(numberOrName(uri));
  const seemsOurs =
    trunks.anyProvesItself ||
    isOurs(from.uri) ||
    from.uri.host.toLowerCase() === 'anonymous.invalid' ||
    request.headers.getAll('P-Preferred-Identity').some((text) => {
      const identity = parseNameAddr(text);
      return identity !== null && isOurs(identity.uri);
    });
  return seemsOurs && !agent.authenticate(invite).ok;
}

function authenticated(
  invite: IncomingInvite,
  agent: Agent,
  directory: LegsDirectory,
  trunks: Carriers,
): Caller | null {
  const result = agent.authenticate(invite);
  if (!result.ok) return null;
  const trunk = trunks.ofCredentials(result.credentials);
  if (trunk !== null) return overTrunk(invite, trunk.name);
  const caller = directory.callerOf(result.credentials.extensionId);
  if (caller === null) invite.reject(403);
  return caller;
}

function overTrunk(invite: IncomingInvite, trunk: string): Extract<Caller, { kind: 'trunk' }> {
  const { number, name } = callerOfCarrier(invite);
  return {
    kind: 'trunk',
    trunk,
    number: clean(number, longestNumber) || 'anonymous',
    name: clean(name, longestName),
  };
}

/**
 * Shown and stored, so no novels, and nothing that cannot be seen or turns the text around: control and format
 * characters, line separators, halves of surrogate pairs. Cut between characters.
 */
export function clean(text: string, longest: number): string {
  const visible = text
    .replace(/[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return [...visible].slice(0, longest).join('').trimEnd();
}
