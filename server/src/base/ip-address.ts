import { isIP } from 'node:net';

/** Which kind of IP address a text is, brackets not included: 4, 6, or 0 when it is none (a name, say). */
export function ipVersion(text: string): 0 | 4 | 6 {
  return isIP(text) as 0 | 4 | 6;
}

/**
 * The IPv4 address that a socket of both families writes as IPv6 (::ffff:192.0.2.1, RFC 4291 §2.5.5.2), in whatever way
 * that is written (::ffff:c000:201 is the same); any other as it is.
 */
export function withoutMapping(address: string): string {
  // Of most addresses this is all that is looked at.
  if (!/:ffff:/i.test(address) || ipVersion(address) !== 6 || address.includes('%')) return address;
  const [a, b, c, d, e, mark, high = 0, low = 0] = groupsOf(address);
  const isMapped = [a, b, c, d, e].every((group) => group === 0) && mark === 0xffff;
  return isMapped ? `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` : address;
}

/** Whether only this machine has this IP address. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\./.test(address);
}

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
const hostName = new RegExp(`^(?=.{1,253}$)${label}(\\.${label})*\\.?$`, 'i');

/**
 * Whether a text names a host: an IP address, or a name (RFC 1123 §2.1), whose last part is no number: 1.2.3 is a
 * mistyped address, which the system would take for 1.2.0.3.
 */
export function isHost(text: string): boolean {
  return ipVersion(text) !== 0 || (hostName.test(text) && !/(^|\.)\d+\.?$/.test(text));
}

/** The eight groups of a valid IPv6 address without a zone. */
export function groupsOf(address: string): number[] {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: string | undefined, low: string | undefined) => ((Number(high) << 8) | Number(low)).toString(16);
  const text =
    tail === null ? address : `${address.slice(0, tail.index)}${hex(tail[1], tail[2])}:${hex(tail[3], tail[4])}`;
  const [left = '', right] = text.split('::');
  const parts = (side: string) => (side === '' ? [] : side.split(':').map((group) => Number.parseInt(group, 16)));
  if (right === undefined) return parts(left);
  const [before, after] = [parts(left), parts(right)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** The four or sixteen bytes of a valid IP address, whose zone is left out. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const bytes = Buffer.alloc(16);
  for (const [at, group] of groupsOf(address.replace(/%.*$/, '')).entries()) bytes.writeUInt16BE(group, 2 * at);
  return bytes;
}
