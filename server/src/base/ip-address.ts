import { isIP } from 'node:net';

/** Which kind of IP address a text is, brackets not included: 4, 6, or 0 when it is none (a name, say). */
export function ipVersion(text: string): 0 | 4 | 6 {
  return isIP(text) as 0 | 4 | 6;
}
