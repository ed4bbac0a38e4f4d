import { ipVersion, withoutMapping } from '../../base/ip-address.ts';

/** As sockets write it: IPv6 can be written in many ways, and IPv4 as IPv6. */
export function plainAddress(address: string): string {
  const plain = withoutMapping(address);
  return ipVersion(plain) === 6 && !plain.includes('%') ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain;
}
