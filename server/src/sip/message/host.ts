import { isIPv6 } from 'node:net';
import { consistsOf, HOST, isIn } from './chars.ts';

/** A host that was read, and where it ended. */
export interface HostRead {
  /** An IPv6 reference keeps its brackets. */
  host: string;
  end: number;
}

/** Reads a host name, an IPv4 address or an IPv6 reference from `start` on; null when none is there. */
export function readHost(text: string, start: number): HostRead | null {
  let end = start;
  if (text.charCodeAt(start) !== 0x5b) {
    while (isIn(text.charCodeAt(end), HOST)) end++;
    return end === start ? null : { host: text.slice(start, end), end };
  }
  end = text.indexOf(']', start) + 1;
  // The longest address is 45 characters; without a bound, many open brackets would each search the whole text.
  if (end === 0 || end - start > 64) return null;
  let host = text.slice(start, end);
  // The grammar of RFC 3261 wrongly made three colons before an IPv4 address; to be tolerated (RFC 5118 §4.10).
  const colons = host.indexOf(':::');
  if (colons !== -1 && host.includes('.')) host = host.slice(0, colons) + host.slice(colons + 1);
  return isHost(host) ? { host, end } : null;
}

/** Whether `host` is a host name, an IPv4 address or an IPv6 reference in brackets. */
export function isHost(host: string): boolean {
  if (host.charCodeAt(0) !== 0x5b) return consistsOf(host, HOST);
  return host.endsWith(']') && !host.includes('%') && isIPv6(host.slice(1, -1));
}
