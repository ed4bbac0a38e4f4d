/**
 * The grammar of challenges and credentials (RFC 3261 §25.1, RFC 7616 §3.3–3.4):
 *
 *   Digest name=token, name="quoted \" string", ...
 *
 * One forward scan without backtracking, so that hostile values cost what their length costs.
 */

const longestValue = 4096;
const mostParams = 32;

/**
 * Parameter names in lower case with their unquoted values, or null when it is another scheme, too big or malformed.
 * Commas with nothing between them are passed over, and what comes twice with one value.
 */
export function parseDigestParams(value: string): Map<string, string> | null {
  if (value.length > longestValue) return null;
  let at = skipBlank(value, 0);
  if (value.slice(at, at + 6).toLowerCase() !== 'digest' || !isBlank(value, at + 6)) return null;
  at = skipCommas(value, at + 7);
  const params = new Map<string, string>();
  while (at < value.length) {
    const equals = value.indexOf('=', at);
    if (equals < 0 || params.size >= mostParams) return null;
    const name = value.slice(at, equals).trim().toLowerCase();
    if (name === '' || name.includes(',') || name.includes('"')) return null;
    at = skipBlank(value, equals + 1);
    let text = '';
    if (value[at] === '"') {
      const end = closingQuote(value, at + 1);
      if (end < 0) return null;
      text = unescapeQuoted(value.slice(at + 1, end));
      at = skipBlank(value, end + 1);
      if (at < value.length && value[at] !== ',') return null;
    } else {
      const comma = value.indexOf(',', at);
      const end = comma < 0 ? value.length : comma;
      text = value.slice(at, end).trim();
      at = end;
    }
    // A repeated name could be read differently by whoever looks at it next.
    if ((params.get(name) ?? text) !== text) return null;
    params.set(name, text);
    at = skipCommas(value, at + 1);
  }
  return params;
}

/**
 * Of several credentials (RFC 3261 §22.3), those for `realm`; null when there are none: the others are for proxies on
 * the way.
 */
export function credentialsFor(realm: string, values: readonly string[]): Map<string, string> | null {
  for (const value of values) {
    const params = parseDigestParams(value);
    if (params !== null && params.get('realm') === realm) return params;
  }
  return null;
}

/** A scheme and its first parameter. */
const beginning = /[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}[ \t]+[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}[ \t]*=/y;

/** Several challenges in one line, which some write as other lists are written (RFC 9110 §11.6.1): each by itself. */
export function splitChallenges(value: string): string[] {
  const out: string[] = [];
  let from = 0;
  for (let at = 0; at < value.length && at < longestValue; at++) {
    if (value[at] === '"') {
      at = closingQuote(value, at + 1);
      if (at < 0) break;
    } else if (value[at] === ',') {
      const next = skipCommas(value, at);
      beginning.lastIndex = next;
      if (beginning.test(value)) {
        out.push(value.slice(from, at));
        from = next;
      }
      at = next - 1;
    }
  }
  out.push(value.slice(from));
  return out;
}

/**
 * `Digest name="value", …`; the names in `bare` are written without quotes (RFC 7616 §3.4: algorithm, qop, nc, stale).
 */
export function formatDigestParams(
  params: readonly (readonly [string, string])[],
  bare: ReadonlySet<string> = unquoted,
): string {
  let text = 'Digest ';
  for (let i = 0; i < params.length; i++) {
    const [name, value] = params[i]!;
    if (i > 0) text += ', ';
    text += bare.has(name) ? `${name}=${value}` : `${name}="${escapeQuoted(value)}"`;
  }
  return text;
}

/** What credentials carry without quotes. */
const unquoted: ReadonlySet<string> = new Set(['algorithm', 'qop', 'nc', 'stale']);
/** What a challenge carries without quotes: there, qop is a quoted list. */
export const unquotedInChallenge: ReadonlySet<string> = new Set(['algorithm', 'stale']);

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text, at)) at++;
  return at;
}

function skipCommas(text: string, from: number): number {
  let at = from;
  while (at < text.length && (isBlank(text, at) || text[at] === ',')) at++;
  return at;
}

function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22) return at;
  }
  return -1;
}

function unescapeQuoted(text: string): string {
  if (!text.includes('\\')) return text;
  let out = '';
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    out += text[at] ?? '';
  }
  return out;
}

function escapeQuoted(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(/["\\]/g, '\\$&') : text;
}
