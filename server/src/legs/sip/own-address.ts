import type { HostPort } from '../../base/host-port.ts';
import type { SipUri } from '../../sip/message/uri.ts';
import { plainAddress } from './plain-address.ts';

/** Whether the URI names us: by our domain, or by the address that whoever says it knows us by. */
export function isOurs({ host, port, params }: SipUri, domain: string, local: HostPort): boolean {
  if (params.has('maddr')) return false;
  if (port !== null && port !== local.port) return false;
  return isOurHost(host, domain, local);
}

export function isOurHost(host: string, domain: string, local: HostPort): boolean {
  const named = plainHost(host);
  return named === plainHost(domain) || named === 'localhost' || named === plainAddress(local.address);
}

/**
 * Names in any case, with the dot of the root behind them (RFC 1034 §3.1) or not; addresses however they are written.
 */
function plainHost(host: string): string {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return plainAddress(bare.toLowerCase().replace(/\.$/, ''));
}
