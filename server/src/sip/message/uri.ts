import { AppError } from '../../base/app-error.ts';
import { readTelephoneNumber } from '../../base/telephone-number.ts';
import { ANY, PASSWORD, parseDigits, URI_HEADER, URI_PARAM, USER } from './chars.ts';
import { escapeUri, unescapeUri } from './escape.ts';
import { isHost, readHost } from './host.ts';
import { maxParams } from './params.ts';

/**
 * A URI (RFC 3261 §19.1, RFC 3966). `user`, `password`, parameters and headers are unescaped; parameter names are
 * lower-case; an IPv6 host keeps its brackets. A tel URI has its number in `user` and an empty host. Any other
 * scheme is `other` with the whole URI in `host`, where it equals no real host.
 */
export interface SipUri {
  scheme: 'sip' | 'sips' | 'tel' | 'other';
  user: string | null;
  password: string | null;
  host: string;
  port: number | null;
  params: Map<string, string | null>;
  headers: Map<string, string>;
  /**
   * Parameters that are none by the grammar, or come again, each with its semicolon, as they stood: whoever wrote them
   * wants them back where the URI is written, and nobody else may act on them.
   */
  odd: string;
}

/** A sip URI from its parts, without parameters. */
export function sipUri(user: string | null, host: string, port: number | null = null): SipUri {
  return { scheme: 'sip', user, password: null, host, port, params: new Map(), headers: new Map(), odd: '' };
}

/**
 * The URI, or null when `text` is none. What host, port and user part are must be clear; parameters are read one by
 * one, and stray separators passed over.
 */
export function parseUri(text: string): SipUri | null {
  if (text.startsWith('sip:')) return parseSip(text, 4, 'sip');
  const colon = text.indexOf(':');
  if (colon <= 0) return null;
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return parseSip(text, colon + 1, scheme);
  if (scheme === 'tel') return parseTel(text, colon + 1);
  return parseOther(text, colon);
}

function parseSip(text: string, start: number, scheme: 'sip' | 'sips'): SipUri | null {
  const uri = sipUri(null, '');
  uri.scheme = scheme;
  const at = text.indexOf('@', start);
  if (at !== -1) {
    const colon = text.indexOf(':', start);
    const userEnd = colon !== -1 && colon < at ? colon : at;
    uri.user = userEnd === start ? '' : unescapeUser(text, start, userEnd);
    if (uri.user === null) return null;
    if (userEnd < at) {
      uri.password = userEnd + 1 === at ? '' : unescapeUri(text, userEnd + 1, at, PASSWORD);
      if (uri.password === null) return null;
    }
    start = at + 1;
  }
  const read = readHost(text, start);
  if (read === null) return null;
  uri.host = read.host;
  let next = read.end;
  if (text.charCodeAt(next) === 0x3a) {
    const portStart = ++next;
    while (next < text.length && isDigit(text.charCodeAt(next))) next++;
    if (next > portStart) {
      uri.port = parseDigits(text, 65535, portStart, next);
      if (uri.port === null || uri.port === 0) return null;
    }
  }
  if (next === text.length) return uri;
  const question = text.indexOf('?', next);
  const paramsEnd = question === -1 ? text.length : question;
  if (!readParams(text, next, paramsEnd, uri)) return null;
  if (question !== -1 && !readHeaders(text, question + 1, uri.headers)) return null;
  return uri;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/**
 * A user part; characters that the grammar wants escaped there are sent bare by some, as `#` is by phones that dial it.
 */
function unescapeUser(text: string, start: number, end: number): string | null {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f || code === 0x22 || code === 0x3c || code === 0x3e) return null;
  }
  return unescapeUri(text, start, end, ANY);
}

/** `*(";" name ["=" value])` from `at` to `end`; false when something else is there, or too much of it. */
function readParams(text: string, at: number, end: number, uri: SipUri): boolean {
  const { params } = uri;
  let count = 0;
  while (at < end) {
    if (text.charCodeAt(at) !== 0x3b) return false;
    const start = at++;
    let equals = -1;
    let stop = at;
    for (; stop < end; stop++) {
      const code = text.charCodeAt(stop);
      if (code === 0x3b) break;
      if (code === 0x3d && equals === -1) equals = stop;
    }
    if (stop > at) {
      if (count++ >= maxParams) return false;
      const name = unescapeUri(text, at, equals === -1 ? stop : equals, URI_PARAM)?.toLowerCase();
      const value = equals === -1 ? null : equals + 1 === stop ? '' : unescapeUri(text, equals + 1, stop, URI_PARAM);
      if (name !== undefined && !params.has(name) && (equals === -1 || value !== null)) params.set(name, value);
      else if (isVisible(text, start, stop)) uri.odd += text.slice(start, stop);
    }
    at = stop;
  }
  return true;
}

/** Whether it can stand in a Request-URI and between brackets without being taken for the end of either. */
function isVisible(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x3c || code === 0x3e || code === 0x3f) return false;
  }
  return true;
}

/**
 * `name "=" value *("&" name "=" value)` from `at` to the end; values may be empty. What is none is left out; false for
 * too many.
 */
function readHeaders(text: string, at: number, into: Map<string, string>): boolean {
  for (let count = 0; count < maxParams; count++) {
    let stop = text.indexOf('&', at);
    if (stop === -1) stop = text.length;
    let equals = text.indexOf('=', at);
    if (equals === -1 || equals > stop) equals = stop;
    const name = unescapeUri(text, at, equals, URI_HEADER);
    const value = equals + 1 >= stop ? '' : unescapeUri(text, equals + 1, stop, URI_HEADER);
    if (name !== null && value !== null) into.set(name, value);
    if (stop === text.length) return true;
    at = stop + 1;
  }
  return false;
}

function parseTel(text: string, start: number): SipUri | null {
  let end = text.indexOf(';', start);
  if (end === -1) end = text.length;
  // `#` has to be escaped here (RFC 3966 §3), `+` and others are by some.
  const user = unescapeUri(text, start, end, USER, 0x23);
  if (user === null || readTelephoneNumber(user, true) === null) return null;
  const uri = sipUri(user, '');
  uri.scheme = 'tel';
  return readParams(text, end, text.length, uri) ? uri : null;
}

function parseOther(text: string, colon: number): SipUri | null {
  for (let i = 0; i < colon; i++) {
    const code = text.charCodeAt(i) | 0x20;
    const letter = code >= 0x61 && code <= 0x7a;
    if (!letter && (i === 0 || !'0123456789+-.'.includes(text.charAt(i)))) return null;
  }
  if (colon + 1 === text.length) return null;
  for (let i = colon + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x22 || code === 0x3c || code === 0x3e) return null;
  }
  const uri = sipUri(null, text);
  uri.scheme = 'other';
  return uri;
}

/** The URI as text. Throws AppError when the host is none. */
export function formatUri(uri: SipUri): string {
  if (uri.scheme === 'other') return uri.host;
  let out: string = `${uri.scheme}:`;
  if (uri.scheme === 'tel') {
    out += escapeUri(uri.user ?? '', USER);
  } else {
    if (uri.user !== null) {
      out += escapeUri(uri.user, USER);
      if (uri.password !== null) out += `:${escapeUri(uri.password, PASSWORD)}`;
      out += '@';
    }
    if (!isHost(uri.host)) throw new AppError('invalidArgument', 'The host of a SIP URI is not a name or an address.');
    out += uri.host;
    if (uri.port !== null) out += `:${uri.port}`;
  }
  for (const [name, value] of uri.params) {
    out += `;${escapeUri(name, URI_PARAM)}`;
    if (value !== null) out += `=${escapeUri(value, URI_PARAM)}`;
  }
  out += uri.odd;
  let separator = '?';
  for (const [name, value] of uri.headers) {
    out += `${separator}${escapeUri(name, URI_HEADER)}=${escapeUri(value, URI_HEADER)}`;
    separator = '&';
  }
  return out;
}

/** Parameters that both URIs must carry with the same value, or neither (RFC 3261 §19.1.4). */
const decisive = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Equality by RFC 3261 §19.1.4: user case-sensitive, host not; a port that is given differs from none. */
export function sameUri(a: SipUri, b: SipUri): boolean {
  if (a.scheme === 'tel' && b.scheme === 'tel') return sameTel(a, b);
  if (a.scheme !== b.scheme || a.user !== b.user || a.password !== b.password || a.port !== b.port) return false;
  if (a.host !== b.host && a.host.toLowerCase() !== b.host.toLowerCase()) return false;
  for (const name of decisive) {
    if (a.params.has(name) !== b.params.has(name)) return false;
  }
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other !== undefined && other?.toLowerCase() !== value?.toLowerCase()) return false;
  }
  if (a.headers.size !== b.headers.size) return false;
  for (const [name, value] of a.headers) if (b.headers.get(name) !== value) return false;
  return true;
}

/** RFC 3966 §4: without separators, letters in any case; parameters in any order, and none may be missing. */
function sameTel(a: SipUri, b: SipUri): boolean {
  const number = ({ user }: SipUri) => readTelephoneNumber(user ?? '', true)?.number;
  if (number(a) !== number(b) || a.params.size !== b.params.size) return false;
  for (const [name, value] of a.params) {
    const other = b.params.get(name);
    if (other === undefined || other?.toLowerCase() !== value?.toLowerCase()) return false;
  }
  return true;
}
