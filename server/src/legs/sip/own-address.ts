import type { HostPort } from '../../base/host-port.ts';
import type { SipUri } from '../../sip/message/uri.ts';

/** Whether the URI names us: by our domain, or by the address that whoever says it knows us by. */
export function isOurs({ host, port, params }: SipUri, domain: string, local: HostPort): boolean {
  if (params.has('maddr')) return false;
  if (port !== null && port !== local.port) return false;
  return isOurHost(host, domain, local);
}

export function isOurHost(host: string, domain: string, local: HostPort): boolean {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host.toLowerCase();
  return bare === domain.toLowerCase() || bare === 'localhost' || bare === local.address;
}
