import { isIn, parseDigits, skipBlanks, TOKEN, trimEnd } from './chars.ts';
import { readHost } from './host.ts';
import { type Params, parseParams, withParam } from './params.ts';

/** One Via value (RFC 3261 §20.42). `branch`, `rport`, `received` are in `params`; an IPv6 host keeps its brackets. */
export interface Via {
  /** Upper case: UDP, TCP, TLS, WS, WSS or anything else a peer names. */
  transport: string;
  host: string;
  port: number | null;
  params: Params;
}

/** What a branch made by RFC 3261 begins with (§8.1.1.7). */
export const branchCookie = 'z9hG4bK';

/**
 * Reads `SIP / 2.0 / transport host [: port] *(;param)`, blanks allowed around every separator; null when it is not
 * that.
 */
export function parseVia(text: string): Via | null {
  let at = skipBlanks(text, 0);
  if (text.startsWith('SIP/2.0/', at)) at += 8;
  else {
    at = word(text, at, 'SIP');
    at = word(text, slash(text, at), '2.0');
    at = slash(text, at);
    if (at < 0) return null;
  }
  const transportStart = at;
  while (isIn(text.charCodeAt(at), TOKEN)) at++;
  if (at === transportStart) return null;
  const transport = text.slice(transportStart, at).toUpperCase();
  const hostStart = skipBlanks(text, at);
  if (hostStart === at) return null;
  const read = readHost(text, hostStart);
  if (read === null) return null;
  const { host } = read;
  at = read.end;
  let port: number | null = null;
  at = skipBlanks(text, at);
  if (text.charCodeAt(at) === 0x3a) {
    const portStart = skipBlanks(text, at + 1);
    at = portStart;
    while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++;
    if (at > portStart) {
      port = parseDigits(text, 65535, portStart, at);
      if (port === null || port === 0) return null;
    }
  }
  const params = parseParams(text, at);
  return params === null ? null : { transport, host, port, params };
}

/** The text of a Via with this parameter in place of the one of that name, or behind the others. */
export function withViaParam(text: string, name: string, value: string): string {
  // Nothing before the parameters can hold a semicolon.
  const at = text.indexOf(';');
  return withParam(text, at === -1 ? trimEnd(text, 0, text.length) : at, name, value);
}

/** The position after `expected` (any case), or -1. */
function word(text: string, at: number, expected: string): number {
  if (at < 0 || text.slice(at, at + expected.length).toUpperCase() !== expected) return -1;
  return at + expected.length;
}

/** The position after a slash and the blanks around it, or -1. */
function slash(text: string, at: number): number {
  if (at < 0) return -1;
  at = skipBlanks(text, at);
  return text.charCodeAt(at) === 0x2f ? skipBlanks(text, at + 1) : -1;
}
