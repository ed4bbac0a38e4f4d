import { consistsOf, quote, quotedEnd, skipBlanks, TOKEN, trimEnd, unquote } from './chars.ts';
import { formatParams, type Params, parseParams } from './params.ts';
import { formatUri, parseUri, type SipUri } from './uri.ts';

/** One value of From, To, Contact, Route, Record-Route… (RFC 3261 §20.10): display name, URI, header parameters. */
export interface NameAddr {
  displayName: string | null;
  uri: SipUri;
  params: Params;
}

/**
 * Reads `[display-name] <uri> *(;param)` or `uri *(;param)`; null when it is neither. Without brackets the parameters
 * belong to the header and the URI can hold no `?` (§20.10). Blanks inside the brackets are forgiven (RFC 4475 §3.1.2.14).
 */
export function parseNameAddr(text: string): NameAddr | null {
  const start = skipBlanks(text, 0);
  let displayName: string | null = null;
  let open = start;
  const first = text.charCodeAt(start);
  if (first === 0x22) {
    const close = quotedEnd(text, start);
    if (close === -1) return null;
    displayName = unquote(text, start, close);
    open = skipBlanks(text, close);
    if (text.charCodeAt(open) !== 0x3c) return null;
  } else if (first !== 0x3c) {
    open = text.indexOf('<', start);
    if (open === -1) return parseBare(text, start);
    // The `<` stands in a quoted parameter behind a URI without brackets.
    const semicolon = text.indexOf(';', start);
    if (semicolon !== -1 && semicolon < open) return parseBare(text, start);
    const end = trimEnd(text, start, open);
    if (!isPlainName(text, start, end)) return null;
    displayName = text.slice(start, end);
  }
  const close = text.indexOf('>', open);
  if (close === -1) return null;
  const from = skipBlanks(text, open + 1, close);
  const uri = parseUri(text.slice(from, trimEnd(text, from, close)));
  if (uri === null) return null;
  const params = parseParams(text, close + 1);
  return params === null ? null : { displayName, uri, params };
}

function parseBare(text: string, start: number): NameAddr | null {
  let end = text.indexOf(';', start);
  if (end === -1) end = text.length;
  const uri = parseUri(text.slice(start, trimEnd(text, start, end)));
  if (uri === null || uri.headers.size > 0) return null;
  const params = parseParams(text, end);
  return params === null ? null : { displayName: null, uri, params };
}

/** Tokens and blanks by the grammar; other harmless characters, above ASCII too, because phones send them bare. */
function isPlainName(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 ? code !== 0x09 : code === 0x7f) return false;
    if (code === 0x22 || code === 0x2c || code === 0x3a || code === 0x3b || code === 0x3e || code === 0x5c)
      return false;
  }
  return end > start;
}

/** The value as text, always with brackets. */
export function formatNameAddr(value: NameAddr): string {
  const uri = `<${formatUri(value.uri)}>${formatParams(value.params)}`;
  if (value.displayName === null || value.displayName === '') return uri;
  return `${consistsOf(value.displayName, TOKEN) ? value.displayName : quote(value.displayName)} ${uri}`;
}
