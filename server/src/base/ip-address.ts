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
