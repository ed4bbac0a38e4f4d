import { consistsOf, quote, quotedEnd, skipBlanks, TOKEN, trimEnd, unquote } from './chars.ts';
import { formatParams, type Params, parseParams, withParam } from './params.ts';
import { formatUri, parseUri, type SipUri, sipUri } from './uri.ts';

/** One value of From, To, Contact, Route, Record-Route… (RFC 3261 §20.10): display name, URI, header parameters. */
export interface NameAddr {
  displayName: string | null;
  uri: SipUri;
  params: Params;
}

/** Where the parts of a value stand. */
interface Layout {
  displayName: string | null;
  uriStart: number;
  uriEnd: number;
  /** Of the header's parameters. */
  paramsAt: number;
}

/**
 * Reads `[display-name] <uri> *(;param)` or `uri *(;param)`; null when it is neither. Without brackets the parameters
 * belong to the header and the URI can hold no `?` (§20.10). Blanks inside the brackets are forgiven (RFC 4475
 * §3.1.2.14), and display names that ought to stand in quotes.
 */
export function parseNameAddr(text: string): NameAddr | null {
  const layout = layoutOf(text);
  const uri = layout === null ? null : uriOf(text, layout);
  if (layout === null || uri === null) return null;
  const params = parseParams(text, layout.paramsAt);
  return params === null ? null : { displayName: layout.displayName, uri, params };
}

/**
 * As `parseNameAddr`, for From and To, whose URI nobody has to send to: one that is none is kept as `other`, so that it
 * costs neither the message nor its tag. Null when it is not clear where the parameters begin, or what the tag is.
 */
export function parseParty(text: string): NameAddr | null {
  const layout = layoutOf(text);
  const params = layout === null ? null : parseParams(text, layout.paramsAt);
  if (layout === null || params === null) return null;
  let uri = uriOf(text, layout);
  if (uri === null) {
    uri = sipUri(null, text.slice(layout.uriStart, layout.uriEnd));
    uri.scheme = 'other';
  }
  return { displayName: layout.displayName, uri, params };
}

/** The URI of such a value, as it stands there; '' when there is none. */
export function uriTextOf(text: string): string {
  const layout = layoutOf(text);
  return layout === null ? '' : text.slice(layout.uriStart, layout.uriEnd);
}

/** A value of To or From with this tag, unless it has one. */
export function withTag(text: string, tag: string): string {
  // Without a `;` there is no tag: the common case needs no parse.
  if (!text.includes(';')) return `${text};tag=${tag}`;
  const layout = layoutOf(text);
  if (layout === null) return text;
  return parseParams(text, layout.paramsAt)?.get('tag') ? text : withParam(text, layout.paramsAt, 'tag', tag);
}

function uriOf(text: string, { uriStart, uriEnd, paramsAt }: Layout): SipUri | null {
  const uri = parseUri(text.slice(uriStart, uriEnd));
  const bracketed = text.charCodeAt(paramsAt - 1) === 0x3e && paramsAt > uriEnd;
  return uri !== null && !bracketed && uri.headers.size > 0 ? null : uri;
}

/** Null when a quote or bracket never closes. */
function layoutOf(text: string): Layout | null {
  const start = skipBlanks(text, 0);
  if (text.charCodeAt(start) === 0x3c) return bracketed(text, start, null);
  let nameEnd = start;
  let displayName: string | null = null;
  if (text.charCodeAt(start) === 0x22) {
    nameEnd = quotedEnd(text, start);
    if (nameEnd === -1) return null;
    displayName = unquote(text, start, nameEnd);
  }
  const open = text.indexOf('<', nameEnd);
  const semicolon = text.indexOf(';', nameEnd);
  // A `<` behind a semicolon stands in a parameter of a URI without brackets, unless what is before it is none: then
  // both are of the name.
  const bare = open === -1 || (semicolon !== -1 && semicolon < open && isUri(text, start, semicolon));
  if (!bare) {
    const words = text.slice(skipBlanks(text, nameEnd), trimEnd(text, nameEnd, open));
    if (displayName === null) displayName = words;
    else if (words !== '') displayName += ` ${words}`;
    return bracketed(text, open, displayName);
  }
  const uriStart = skipBlanks(text, nameEnd);
  const paramsAt = semicolon === -1 ? text.length : semicolon;
  return { displayName, uriStart, uriEnd: trimEnd(text, uriStart, paramsAt), paramsAt };
}

function bracketed(text: string, open: number, displayName: string | null): Layout | null {
  const close = text.indexOf('>', open);
  if (close === -1) return null;
  const uriStart = skipBlanks(text, open + 1, close);
  return { displayName, uriStart, uriEnd: trimEnd(text, uriStart, close), paramsAt: close + 1 };
}

function isUri(text: string, start: number, end: number): boolean {
  return parseUri(text.slice(start, trimEnd(text, start, end))) !== null;
}

/** The value as text, always with brackets. */
export function formatNameAddr(value: NameAddr): string {
  const uri = `<${formatUri(value.uri)}>${formatParams(value.params)}`;
  if (value.displayName === null || value.displayName === '') return uri;
  return `${consistsOf(value.displayName, TOKEN) ? value.displayName : quote(value.displayName)} ${uri}`;
}
