import { consistsOf, PARAM_VALUE, quote, quotedEnd, skipBlanks, TOKEN, trimEnd, unquote } from './chars.ts';

/** Parameters by lower-case name; null is a parameter without a value. Values are held without quotes and escapes. */
export type Params = Map<string, string | null>;

/** More parameters than this on one element is no real peer. */
export const maxParams = 64;

/**
 * Reads `*(SEMI name [EQUAL value])` from `at` to the end of `text` (generic-param, RFC 3261 §25.1).
 * Null when anything else is there, a name comes twice, or there are too many.
 */
export function parseParams(text: string, at: number): Params | null {
  const params: Params = new Map();
  const end = trimEnd(text, at, text.length);
  at = skipBlanks(text, at, end);
  while (at < end) {
    if (text.charCodeAt(at) !== 0x3b || params.size >= maxParams) return null;
    at = skipBlanks(text, at + 1, end);
    const nameStart = at;
    while (at < end && isNameEnd(text.charCodeAt(at)) === false) at++;
    if (!consistsOf(text, TOKEN, nameStart, at)) return null;
    const name = text.slice(nameStart, at).toLowerCase();
    if (params.has(name)) return null;
    at = skipBlanks(text, at, end);
    if (at >= end || text.charCodeAt(at) !== 0x3d) {
      params.set(name, null);
      continue;
    }
    at = skipBlanks(text, at + 1, end);
    if (text.charCodeAt(at) === 0x22) {
      const close = quotedEnd(text, at, end);
      if (close === -1) return null;
      params.set(name, unquote(text, at, close));
      at = skipBlanks(text, close, end);
      continue;
    }
    const valueStart = at;
    while (at < end && isNameEnd(text.charCodeAt(at)) === false) at++;
    if (!consistsOf(text, PARAM_VALUE, valueStart, at)) return null;
    params.set(name, text.slice(valueStart, at));
    at = skipBlanks(text, at, end);
  }
  return params;
}

function isNameEnd(code: number): boolean {
  return code === 0x3b || code === 0x3d || code === 0x20 || code === 0x09;
}

/** The parameters as text, each with its semicolon; quoted where the value needs it. */
export function formatParams(params: ReadonlyMap<string, string | null>): string {
  let out = '';
  for (const [name, value] of params) {
    if (value === null) out += `;${name}`;
    else out += `;${name}=${consistsOf(value, PARAM_VALUE) ? value : quote(value)}`;
  }
  return out;
}
