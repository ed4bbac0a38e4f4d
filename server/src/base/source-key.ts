import { isIPv6 } from 'node:net';
import { withoutMapping } from './ip-address.ts';

/**
 * What limits and bans are counted by. An IPv4 address stands for itself, also when mapped into IPv6; of an IPv6 address only the
 * first 64 bits count (RFC 4291 §2.5.4): the rest is the peer's to choose, so one peer would have as many addresses as it likes.
 */
export function sourceKey(address: string): string {
  if (!address.includes(':')) return address;
  const unmapped = withoutMapping(address);
  const plain = unmapped.split('%', 1)[0]!;
  if (!isIPv6(plain)) return unmapped;
  const [head = '', tail] = plain.split('::') as [string, string?];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length + (tail.includes('.') ? 1 : 0);
    const behind = tail === '' ? [] : tail.split(':');
    groups.push(...new Array<string>(Math.max(0, 8 - groups.length - after)).fill('0'), ...behind);
  }
  const first = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/64`;
}
