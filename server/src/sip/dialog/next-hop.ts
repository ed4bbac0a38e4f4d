import { isIP } from 'node:net';
import type { HostPort } from '../../base/host-port.ts';
import { isLoopback } from '../../base/ip-address.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipUri } from '../message/uri.ts';
import { defaultPort, type Flow, type TransportKind } from '../transport/flow.ts';
import type { Dialog } from './dialog.ts';
import type { InviteTarget } from './invite.ts';
import type { UserAgentCore } from './user-agent-core.ts';

/** Where a URI points to, as far as it says so itself: an IP address, port and transport (RFC 3263 §4 without DNS). */
export interface NextHop {
  readonly kind: TransportKind;
  readonly remote: HostPort;
}

const kinds: Record<string, TransportKind> = { udp: 'udp', tcp: 'tcp', tls: 'tls', ws: 'ws', wss: 'wss' };

/** Null when the host is a name, or the port or transport is none. `preferred` is used where the URI leaves it open. */
export function nextHop(uri: SipUri, preferred: TransportKind): NextHop | null {
  const host = uri.params.get('maddr') ?? uri.host;
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const address = bare === 'localhost' ? '127.0.0.1' : bare;
  if (isIP(address) === 0) return null;
  const named = uri.params.get('transport')?.toLowerCase();
  const kind = named === undefined ? preferred : kinds[named];
  if (kind === undefined) return null;
  const secure = uri.scheme === 'sips' && (kind === 'tcp' || kind === 'udp') ? 'tls' : kind;
  const port = uri.port ?? defaultPort(secure);
  return port >= 1 && port <= 65_535 ? { kind: secure, remote: { address, port } } : null;
}

/** The way to a target outside a dialog, or null when there is none. */
export function flowToTarget(core: UserAgentCore, target: InviteTarget): Flow | null {
  const { flow, uri, kind, route, address } = target;
  if (flow !== undefined) return flow.closed ? null : flow;
  const first = route?.[0] === undefined ? null : parseNameAddr(route[0]);
  const hop =
    address === undefined
      ? nextHop(first?.uri ?? uri, kind ?? 'udp')
      : { kind: address.kind, remote: { address: address.address, port: address.port } };
  if (hop === null || !core.kinds.includes(hop.kind)) return null;
  const found = core.transport.flowTo(hop.kind, hop.remote);
  return found.closed ? null : found;
}

/**
 * The flow for a request inside the dialog. Usually where the route set or remote target points to; the flow the
 * dialog came over when the peer is behind NAT or registered, when another host could only be reached by a connection,
 * when it is a connection to the same host (a phone's Contact often names a port nobody listens on), and when the URI
 * names nothing we can reach. For that of a phone, once it is closed or nobody is registered over it any more, stands
 * the one on which it has registered since; else a closed one is opened anew to where it led, which is right for a
 * carrier that we connected to.
 */
export function flowInDialog(dialog: Dialog, next: SipUri, core: UserAgentCore): Flow {
  const { phone, flow: before } = dialog;
  const hasMoved = phone !== null && (before.closed || (dialog.pinned && !core.phones.knows(before)));
  if (hasMoved) dialog.flow = core.phones.wayTo(phone) ?? before;
  const flow = dialog.flow;
  if (dialog.pinned && !flow.closed) return flow;
  const hop = nextHop(next, flow.kind);
  const there = () => (flow.closed ? core.transport.flowTo(flow.kind, flow.remote, flow) : flow);
  if (hop === null || !core.kinds.includes(hop.kind)) return there();
  // From a loopback address nothing else is reached: what a server there tells others of itself is not for us.
  if (isLoopback(flow.local.address) && !isLoopback(hop.remote.address)) return there();
  if (hop.kind === flow.kind && !flow.closed && hop.remote.address === flow.remote.address) {
    if (flow.reliable || hop.remote.port === flow.remote.port) return flow;
  }
  // A peer must not make us open connections to third parties by naming them in its Contact.
  if (hop.remote.address !== flow.remote.address && (flow.reliable || hop.kind !== flow.kind)) return there();
  const found = core.transport.flowTo(hop.kind, hop.remote, flow);
  if (hop.remote.address === flow.remote.address || core.proven.isAuthenticated(flow)) return found;
  // Nor may a stranger make us send to somebody who never heard of us.
  return core.proven.isReached(found) ? found : flow;
}
