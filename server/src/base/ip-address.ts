import { isIP } from 'node:net';

/** Which kind of IP address a text is, brackets not included: 4, 6, or 0 when it is none (a name, say). */
export function ipVersion(text: string): 0 | 4 | 6 {
  return isIP(text) as 0 | 4 | 6;
}

/**
 * The IPv4 address that a socket of both families writes as IPv6 (::ffff:192.0.2.1, RFC 4291 §2.5.5.2); any other as it
 * is.
 */
export function withoutMapping(address: string): string {
  const mapped = /^(?:0{0,4}:){0,5}:?(?:0:)*ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
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
