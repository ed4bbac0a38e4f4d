import {
  consistsOf,
  isPrintable,
  PARAM_VALUE,
  quote,
  quotedEnd,
  skipBlanks,
  TOKEN,
  trimEnd,
  unquote,
} from './chars.ts';

/** Parameters by lower-case name; null is a parameter without a value. Values are held without quotes and escapes. */
export type Params = Map<string, string | null>;

/** More parameters than this on one element is no real peer. */
export const maxParams = 64;

/** What dialogs and transactions are told apart by: there must not be two ways to read it. */
const identifying: ReadonlySet<string> = new Set(['tag', 'branch']);

/** One parameter as it stands in the text; reused, so that a scan makes one of it. */
interface Found {
  /** Lower case; '' when there is nothing between two semicolons, or no token. */
  name: string;
  value: string | null;
  /** From its semicolon to the next one, or the end. */
  start: number;
  end: number;
}

/**
 * Reads `*(SEMI name [EQUAL value])` from `at` to the end of `text` (generic-param, RFC 3261 §25.1). Separators with
 * nothing between them, and parameters that are none, are passed over; of two of one name the first counts; values may
 * hold what the grammar has only in quotes, or be empty. Null when something else than a parameter comes first, a quote
 * never closes, there are too many, or two different `tag` or `branch`.
 */
export function parseParams(text: string, at: number): Params | null {
  const params: Params = new Map();
  const end = trimEnd(text, at, text.length);
  at = skipBlanks(text, at, end);
  if (at >= end) return params;
  const found: Found = { name: '', value: null, start: 0, end: 0 };
  while (at < end) {
    if (!readParam(text, at, end, found)) return null;
    at = found.end;
    const { name, value } = found;
    if (name === '') continue;
    const known = params.get(name);
    if (known === undefined) {
      if (params.size >= maxParams) return null;
      params.set(name, value);
    } else if (known !== value && identifying.has(name)) return null;
  }
  return params;
}

/**
 * `text` with this parameter, among those that begin at `at`, in place of the first of that name, or behind all others.
 */
export function withParam(text: string, at: number, name: string, value: string): string {
  const end = trimEnd(text, at, text.length);
  const found: Found = { name: '', value: null, start: 0, end: 0 };
  /** The end of what is not only separators. */
  let last = at;
  for (let next = skipBlanks(text, at, end); next < end; next = found.end) {
    if (!readParam(text, next, end, found)) break;
    if (found.name === name) return `${text.slice(0, found.start)};${name}=${value}${text.slice(found.end)}`;
    if (skipBlanks(text, found.start + 1, found.end) < found.end) last = trimEnd(text, found.start, found.end);
  }
  return `${text.slice(0, last)};${name}=${value}`;
}

/** Reads the parameter whose semicolon stands at `at`; false when none does, or a quote never closes. */
function readParam(text: string, at: number, end: number, found: Found): boolean {
  if (text.charCodeAt(at) !== 0x3b) return false;
  found.start = at;
  found.name = '';
  found.value = null;
  const nameStart = skipBlanks(text, at + 1, end);
  at = nameStart;
  while (at < end && !isNameEnd(text.charCodeAt(at))) at++;
  const nameEnd = at;
  at = skipBlanks(text, at, end);
  let whole = true;
  if (at < end && text.charCodeAt(at) === 0x3d) {
    at = skipBlanks(text, at + 1, end);
    const valueStart = at;
    if (text.charCodeAt(at) === 0x22) {
      at = quotedEnd(text, at, end);
      if (at === -1) return false;
      found.value = unquote(text, valueStart, at);
    } else {
      while (at < end && !isValueEnd(text.charCodeAt(at))) at++;
      found.value = text.slice(valueStart, at);
      whole = consistsOf(text, PARAM_VALUE, valueStart, at) || isPrintable(found.value);
    }
  }
  const stop = skipBlanks(text, at, end);
  at = stop;
  while (at < end && text.charCodeAt(at) !== 0x3b) at++;
  found.end = at;
  if (!whole || !consistsOf(text, TOKEN, nameStart, nameEnd)) return true;
  const name = text.slice(nameStart, nameEnd).toLowerCase();
  // Words behind a value are left out; behind an identifier they would make it another one.
  if (stop === at || !identifying.has(name)) found.name = name;
  return stop === at || found.name !== '';
}

function isNameEnd(code: number): boolean {
  return code === 0x3b || code === 0x3d || code === 0x20 || code === 0x09;
}

function isValueEnd(code: number): boolean {
  return code === 0x3b || code === 0x20 || code === 0x09;
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
