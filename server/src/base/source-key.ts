import { isIPv6 } from 'node:net';
import { withoutMapping } from './ip-address.ts';

/**
 * What limits and bans are counted by. An IPv4 address stands for itself, also when mapped into IPv6; of an IPv6
 * address only the first 64 bits count (RFC 4291 §2.5.4): the rest is the peer's to choose, so one peer would have as
 * many addresses as it likes.
 */
export function sourceKey(address: string): string {
  const plain = withoutMapping(withoutPort(address));
  return prefixOf(plain, 4) ?? plain;
}

/**
 * The network that a source belongs to, for limits over all of its sources: of an IPv6 address the first 48 bits, which
 * is what one site is given (RFC 6177), 65 536 sources; null for IPv4.
 */
export function networkKey(address: string): string | null {
  return prefixOf(withoutMapping(withoutPort(address)), 3);
}

/** Some proxies forward the port of who asks as well, as `192.0.2.7:40001` or `[2001:db8::1]:40001`. */
function withoutPort(address: string): string {
  if (!address.includes(':')) return address;
  return /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(address)?.[1] ?? address;
}

/** The first groups of an IPv6 address; null when it is none. */
function prefixOf(address: string, groupCount: 3 | 4): string | null {
  if (!address.includes(':')) return null;
  const plain = address.split('%', 1)[0]!;
  if (!isIPv6(plain)) return null;
  const [head = '', tail] = plain.split('::') as [string, string?];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    const behind = tail === '' ? [] : tail.split(':');
    groups.push(...new Array<string>(Math.max(0, 8 - groups.length - after)).fill('0'), ...behind);
  }
  const first = groups.slice(0, groupCount).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/${groupCount * 16}`;
}
