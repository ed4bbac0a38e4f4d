import type { Trunk } from '../base/provisioning.ts';
import type { Device } from '../call/device.ts';
import type { Caller, DirectoryPort } from '../call/ports.ts';
import { nextHop } from '../sip/dialog/next-hop.ts';
import { parseUri } from '../sip/message/uri.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { IncomingInvite, SipUserAgent } from '../sip/user-agent.ts';

/** What legs ask of the directory beyond the port of the call model. */
export interface LegsDirectory extends DirectoryPort {
  /** Not null: this SIP username is an account of ours. */
  credentials(username: string): object | null;
  callerOf(extensionId: string): Extract<Caller, { kind: 'extension' }> | null;
  /** What called phones are shown for this extension. */
  callerIdOf(extensionId: string): { readonly name: string; readonly number: string } | null;
  readonly trunks: readonly Trunk[];
}

const longestName = 64;
const longestNumber = 40;

/**
 * Who is calling, by these rows; null when the invitation has been answered (challenged or refused).
 *
 * | the INVITE                                                              | caller                        |
 * |-------------------------------------------------------------------------|-------------------------------|
 * | has Authorization, or its From is an extension in our domain or address | extension, if digest succeeds |
 * | comes from the address of a trunk                                       | trunk                         |
 * | otherwise                                                               | guest                         |
 */
export function identifyCaller(
  invite: IncomingInvite,
  agent: Pick<SipUserAgent, 'authenticate'>,
  directory: LegsDirectory,
  domain: string,
): Caller | null {
  const { request, flow, from } = invite;
  if (request.headers.has('Authorization') || claimsExtension(invite, directory, domain)) {
    const result = agent.authenticate(invite);
    if (!result.ok) return null;
    const caller = directory.callerOf(result.credentials.extensionId);
    if (caller === null) invite.reject(403);
    return caller;
  }
  const number = clean(from.uri.user ?? '', longestNumber) || 'anonymous';
  const name = clean(from.displayName ?? '', longestName);
  const trunk = trunkOf(flow, directory.trunks);
  return trunk === null ? { kind: 'guest', number, name } : { kind: 'trunk', trunk: trunk.name, number, name };
}

/** The caller as a device of the call model. */
export function deviceOf(caller: Caller): Device {
  return caller.kind === 'extension' ? caller : { kind: 'external', number: caller.number, name: caller.name };
}

/** Who is counted for wrong PINs: what the caller can't change from one call to the next. */
export function callerKey(caller: Caller, flow: Flow): string {
  switch (caller.kind) {
    case 'extension':
      return `extension:${caller.extensionId}`;
    case 'trunk':
      return `trunk:${caller.trunk}:${caller.number}`;
    case 'guest':
      // A guest writes into From whatever it likes.
      return `address:${flow.remote.address}`;
  }
}

function claimsExtension({ from, flow }: IncomingInvite, directory: LegsDirectory, domain: string): boolean {
  const { user, host } = from.uri;
  if (user === null) return false;
  const bare = host.startsWith('[') ? host.slice(1, -1) : host.toLowerCase();
  const ours = bare === domain.toLowerCase() || bare === 'localhost' || bare === flow.local.address;
  return ours && directory.credentials(user) !== null;
}

/**
 * By the address the trunk's URI names; on UDP also by the port, so that others on the carrier's machine are not the
 * carrier. A URI with a name in place of an address matches nobody.
 */
function trunkOf(flow: Flow, trunks: readonly Trunk[]): Trunk | null {
  for (const trunk of trunks) {
    const uri = parseUri(trunk.uri);
    const hop = uri === null ? null : nextHop(uri, flow.kind);
    if (hop === null || hop.remote.address !== flow.remote.address) continue;
    if (flow.reliable || hop.remote.port === flow.remote.port) return trunk;
  }
  return null;
}

/** Shown and stored, so no control characters and no novels. */
function clean(text: string, longest: number): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, longest);
}
