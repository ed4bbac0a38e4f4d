import { Lines, readHeaderLines } from './header-lines.ts';
import { Headers } from './headers.ts';
import type { SipRequest, SipResponse } from './message.ts';
import { parseParams } from './params.ts';

/** A body, or one part of a multipart body. */
export interface Body {
  /** Lower case, without parameters; '' when none is named. */
  readonly type: string;
  /** Of Content-Disposition, lower case; null when it is not said. */
  readonly disposition: string | null;
  readonly content: Buffer;
}

/** What a message's bodies say to somebody who understands some kinds of them. */
export interface Understood<T> {
  /** Of the body that was understood; null when none was. */
  readonly found: T | null;
  /** There is another one that has to be understood, and is not: the request is to be refused with 415. */
  readonly refused: boolean;
}

/** Parts of one multipart body that are looked at. */
const maxParts = 32;
/** Multipart bodies inside each other: more than real ones have. */
const maxDepth = 4;
/** Header lines of a part. */
const maxLines = 32;

type Handling = 'required' | 'optional' | null;

/** A body with what decides about it; `unreadable` when it is encoded in a way we do not know. */
interface Part extends Body {
  readonly params: ReadonlyMap<string, string | null>;
  readonly handling: Handling;
  readonly unreadable: boolean;
}

/** `required`: said so of a body that was not understood; `open`: nothing said of one. */
interface Outcome<T> {
  readonly found: T | null;
  readonly required: boolean;
  readonly open: boolean;
}

/**
 * Finds the body that `understand` takes (it gives null for what it does not), also inside multipart bodies (RFC 5621,
 * RFC 2046 §5.1):
 *
 * | body                  | what is taken                                                            |
 * |-----------------------|--------------------------------------------------------------------------|
 * | multipart/alternative | the last part that is understood                                         |
 * | any other multipart   | the first part that is understood, whatever stands before and behind it  |
 *
 * What is not understood is ignored with `handling=optional`, and refused with `handling=required` (RFC 3261 §20.11).
 * Where nothing is said, which ought to mean required, parts beside one that was understood are ignored, as those who
 * send them expect.
 */
export function understood<T>(message: SipRequest | SipResponse, understand: (body: Body) => T | null): Understood<T> {
  const { headers, body } = message;
  if (body.length === 0) return { found: null, refused: false };
  const { found, required, open } = look(partOf(headers, body), understand, 0);
  return { found, refused: required || (open && found === null) };
}

/** Of a Content-Type: lower case, without parameters, and without the blanks that may stand around its stroke. */
export function mediaTypeOf(contentType: string): string {
  const { word } = readValue(contentType);
  const stroke = word.indexOf('/');
  return stroke === -1 ? word : `${word.slice(0, stroke).trim()}/${word.slice(stroke + 1).trim()}`;
}

function look<T>(part: Part, understand: (body: Body) => T | null, depth: number): Outcome<T> {
  const parts = part.type.startsWith('multipart/') && depth < maxDepth && !part.unreadable ? partsOf(part) : null;
  if (parts === null) {
    const found = part.unreadable ? null : understand(part);
    return found === null ? notUnderstood(part.handling) : { found, required: false, open: false };
  }
  if (part.type === 'multipart/alternative') {
    for (const alternative of parts.toReversed()) {
      const outcome = look(alternative, understand, depth + 1);
      if (outcome.found !== null && !outcome.required) return outcome;
    }
    return notUnderstood(part.handling);
  }
  const outcomes = parts.map((one) => look(one, understand, depth + 1));
  const found = outcomes.find((outcome) => outcome.found !== null)?.found ?? null;
  if (found === null && part.handling === 'optional') return notUnderstood('optional');
  return {
    found,
    required: outcomes.some(({ required }) => required) || (found === null && part.handling === 'required'),
    open: outcomes.some(({ open }) => open),
  };
}

function notUnderstood(handling: Handling): Outcome<never> {
  return { found: null, required: handling === 'required', open: handling === null };
}

function partOf(headers: Headers, content: Buffer): Part {
  const contentType = headers.get('Content-Type') ?? '';
  const type = mediaTypeOf(contentType);
  const { params } = readValue(contentType);
  const stated = headers.get('Content-Disposition');
  const { word: disposition, params: more } = readValue(stated ?? '');
  const said = more.get('handling')?.toLowerCase();
  const handling = said === 'required' || said === 'optional' ? said : null;
  const decoded = decode(content, headers);
  return {
    type,
    params,
    disposition: disposition === '' ? null : disposition,
    handling,
    content: decoded ?? content,
    unreadable: decoded === null,
  };
}

/** `word;name=value…`, the word in lower case. What is malformed behind it is left out. */
function readValue(text: string): { word: string; params: ReadonlyMap<string, string | null> } {
  const semicolon = text.indexOf(';');
  const end = semicolon === -1 ? text.length : semicolon;
  return { word: text.slice(0, end).trim().toLowerCase(), params: parseParams(text, end) ?? new Map() };
}

/**
 * Null when it is encoded in a way we do not know. Transfer encodings are for mail, yet some write them here (RFC 5621
 * §3).
 */
function decode(content: Buffer, headers: Headers): Buffer | null {
  const coding = (headers.get('Content-Encoding') ?? '').trim().toLowerCase();
  if (coding !== '' && coding !== 'identity') return null;
  switch ((headers.get('Content-Transfer-Encoding') ?? '').trim().toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return content;
    case 'base64':
      return Buffer.from(content.toString('latin1'), 'base64');
    case 'quoted-printable':
      return unquotePrintable(content.toString('latin1'));
    default:
      return null;
  }
}

function unquotePrintable(text: string): Buffer {
  const plain = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1');
}

/**
 * The parts of a multipart body, null when it has none that can be told apart (RFC 2046 §5.1.1):
 *
 *     preamble  CRLF --boundary CRLF headers CRLF CRLF content  CRLF --boundary … CRLF --boundary--  epilogue
 *
 * The line break before a delimiter belongs to it. A body that ends without the last delimiter ends its last part.
 */
function partsOf({ params, content }: Part): Part[] | null {
  const boundary = params.get('boundary') ?? '';
  // 70 by the RFC.
  if (boundary === '' || boundary.length > 200) return null;
  const delimiter = Buffer.from(`--${boundary}`, 'utf8');
  const parts: Part[] = [];
  /** Where the part before began; -1 before the first delimiter. */
  let from = -1;
  for (let at = content.indexOf(delimiter); ; at = content.indexOf(delimiter, at + delimiter.length)) {
    if (at !== -1 && !isDelimiter(content, at, at + delimiter.length)) continue;
    const stop = at === -1 ? content.length : lineBreakBefore(content, at);
    if (from !== -1) parts.push(readPart(content.subarray(from, Math.max(from, stop))));
    const behind = at + delimiter.length;
    const closes = content[behind] === 0x2d && content[behind + 1] === 0x2d;
    if (at === -1 || closes || parts.length >= maxParts) break;
    const line = content.indexOf(0x0a, behind);
    if (line === -1) break;
    from = line + 1;
  }
  return parts.length === 0 ? null : parts;
}

/**
 * It begins a line, and is not the beginning of a longer boundary, such as that of a multipart body inside this one.
 */
function isDelimiter(content: Buffer, start: number, end: number): boolean {
  if (start > 0 && content[start - 1] !== 0x0a) return false;
  const next = content[end] === 0x2d && content[end + 1] === 0x2d ? content[end + 2] : content[end];
  return next === undefined || next === 0x0d || next === 0x0a || next === 0x20 || next === 0x09;
}

/** Where the line break just before `at` begins. */
function lineBreakBefore(content: Buffer, at: number): number {
  if (at > 1 && content[at - 2] === 0x0d) return at - 2;
  return Math.max(0, at - 1);
}

/** Header lines up to an empty one, then the content; line ends may be LF alone here, since nobody else reads them. */
function readPart(bytes: Buffer): Part {
  const headers = new Headers();
  if (startsWithBreak(bytes)) return partOf(headers, bytes.subarray(bytes[0] === 0x0d ? 2 : 1));
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  const bare = lf !== -1 && (crlf === -1 || lf < crlf);
  const end = bare ? lf : crlf === -1 ? bytes.length : crlf;
  readHeaderLines(new Lines(bytes.toString('latin1', 0, end)), headers, maxLines);
  return partOf(headers, bytes.subarray(Math.min(bytes.length, end + (bare ? 2 : 4))));
}

function startsWithBreak(bytes: Buffer): boolean {
  return bytes[0] === 0x0a || (bytes[0] === 0x0d && bytes[1] === 0x0a);
}
