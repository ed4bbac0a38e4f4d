import { isAscii, isUtf8 } from 'node:buffer';
import { consistsOf, isPrintable, parseDigits, TOKEN } from './chars.ts';
import { Lines, readHeaderLines } from './header-lines.ts';
import { Headers } from './headers.ts';
import { SipRequest, SipResponse } from './message.ts';
import { reasonPhrases } from './response.ts';
import { parseUri, type SipUri, sipUri } from './uri.ts';

export interface ParseLimits {
  /** Bytes of start line and headers. */
  head: number;
  /** Header lines. */
  headers: number;
  /** Bytes of the Request-URI. */
  uri: number;
  body: number;
}

export const defaultParseLimits: ParseLimits = { head: 32 * 1024, headers: 200, uri: 8 * 1024, body: 64 * 1024 };

export interface ParseFailure {
  ok: false;
  /** The status to answer with: 400, 413, 414, 416, 505, 513. */
  status: number;
  /** The reason phrase for that answer; says what is wrong, never quotes the peer. */
  reason: string;
  /** The request as far as it was read, when there is enough of it to answer: Via, From, To, Call-ID and CSeq. */
  partial: SipRequest | null;
}

export type ParseResult = { ok: true; message: SipRequest | SipResponse } | ParseFailure;

interface Problem {
  status: number;
  reason: string;
}

const emptyLine = Buffer.from('\r\n\r\n');

/**
 * Reads one message from a datagram, or from what the stream framer cut out (RFC 3261 §7, §18.3).
 *
 *     start-line CRLF *(name ":" value CRLF [SP value CRLF]…) CRLF [body]
 *
 * Bytes after Content-Length are ignored; without it the body goes to the end. What is returned as a message has
 * every mandatory header well-formed. Header text is UTF-8, or ISO 8859-1 where it is no UTF-8. Never throws.
 */
export function parseMessage(bytes: Buffer, limits: ParseLimits = defaultParseLimits): ParseResult {
  let start = 0;
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++;
  const headEnd = bytes.indexOf(emptyLine, start);
  const end = headEnd === -1 ? bytes.length : headEnd;
  let problem: Problem | null = null;
  if (end - start > limits.head) problem = { status: 513, reason: 'Message Too Large' };
  else if (headEnd === -1) problem = bad('No empty line after the headers');

  const text = decode(bytes.subarray(start, Math.min(end, start + limits.head)));
  const lines = new Lines(text);
  lines.advance();
  const line = text.slice(lines.start, lines.end);
  const headers = new Headers();
  const linesProblem = readHeaderLines(lines, headers, limits.headers);
  problem ??= linesProblem === null ? null : bad(linesProblem);

  if (line.slice(0, 4).toUpperCase() === 'SIP/') {
    const response = readStatusLine(line, headers);
    problem ??= typeof response === 'string' ? bad(response) : null;
    if (problem !== null || typeof response === 'string') return { ok: false, ...problem!, partial: null };
    problem = readBody(response, bytes, headEnd + 4, limits) ?? checkHeaders(response);
    return problem === null ? { ok: true, message: response } : { ok: false, ...problem, partial: null };
  }

  const { request, problem: lineProblem } = readRequestLine(line, headers, limits);
  problem ??= lineProblem;
  if (headEnd !== -1) problem ??= readBody(request, bytes, headEnd + 4, limits);
  problem ??= checkHeaders(request);
  if (problem === null && request.cseq.method !== request.method) problem = bad('CSeq names another method');
  if (problem === null) return { ok: true, message: request };
  return { ok: false, ...problem, partial: isAnswerable(request) ? request : null };
}

function bad(what: string): Problem {
  return { status: 400, reason: `Bad Request: ${what}` };
}

function standard(status: number): Problem {
  return { status, reason: reasonPhrases[status]! };
}

function decode(head: Buffer): string {
  if (isAscii(head)) return head.toString('latin1');
  return head.toString(isUtf8(head) ? 'utf8' : 'latin1');
}

/** `method SP Request-URI SP SIP/2.0` (§7.1): single spaces, nothing behind. */
function readRequestLine(
  line: string,
  headers: Headers,
  limits: ParseLimits,
): { request: SipRequest; problem: Problem | null } {
  const first = line.indexOf(' ');
  const method = first === -1 ? line : line.slice(0, first);
  const second = line.indexOf(' ', first + 1);
  const opaque = (problem: Problem): { request: SipRequest; problem: Problem } => {
    const uri: SipUri = { ...sipUri(null, 'invalid:'), scheme: 'other' };
    return { request: new SipRequest(consistsOf(method, TOKEN) ? method : 'INVALID', uri, headers), problem };
  };
  if (first === -1 || second === -1) return opaque(bad('The request line has no three parts'));
  if (!consistsOf(method, TOKEN)) return opaque(bad('The method is no token'));
  const version = line.slice(second + 1).toUpperCase();
  if (version !== 'SIP/2.0') {
    return opaque(/^SIP\/[0-9]+\.[0-9]+$/.test(version) ? standard(505) : bad('The request line is malformed'));
  }
  if (second - first - 1 > limits.uri) return opaque(standard(414));
  const uri = parseUri(line.slice(first + 1, second));
  if (uri === null) return opaque(bad('The Request-URI is malformed'));
  const request = new SipRequest(method, uri, headers);
  if (uri.scheme === 'other') return { request, problem: standard(416) };
  // §19.1.1: headers are not allowed in a Request-URI (RFC 4475 §3.1.2.11).
  return { request, problem: uri.headers.size > 0 ? bad('Headers in the Request-URI') : null };
}

/** `SIP/2.0 SP 3DIGIT SP [reason]` (§7.2); a missing space before an empty reason is forgiven. */
function readStatusLine(line: string, headers: Headers): SipResponse | string {
  if (line.slice(0, 8).toUpperCase() !== 'SIP/2.0 ') return 'The status line is malformed';
  const status = parseDigits(line, 699, 8, 11);
  if (status === null || status < 100) return 'The status code is malformed';
  if (line.length > 11 && line.charCodeAt(11) !== 0x20) return 'The status code is malformed';
  const reason = line.slice(12);
  return isPrintable(reason) ? new SipResponse(status, reason, headers) : 'The reason phrase is malformed';
}

/** Cuts out the body by Content-Length (§20.14); more than was announced is ignored, less is an error (§18.3). */
function readBody(
  message: SipRequest | SipResponse,
  bytes: Buffer,
  start: number,
  limits: ParseLimits,
): Problem | null {
  const announced = message.headers.get('Content-Length');
  const available = bytes.length - start;
  let length = available;
  if (announced !== null) {
    const value = parseDigits(announced, 0x7fff_ffff);
    // On a stream it has been read before. In a datagram it is only said once more where the message ends.
    if (value === null && message instanceof SipRequest) return bad('Content-Length is malformed');
    if (value !== null) {
      if (value > limits.body) return standard(413);
      if (value > available) return bad('The body is shorter than Content-Length');
      length = value;
    }
  }
  if (length > limits.body) return standard(413);
  if (length > 0) message.body = bytes.subarray(start, start + length);
  return null;
}

function checkHeaders(message: SipRequest | SipResponse): Problem | null {
  const name = message.firstProblem();
  return name === null ? null : bad(`${name} is missing, repeated or malformed`);
}

/** ACK is never answered; anything else is when the five headers that a response copies are there. */
function isAnswerable(request: SipRequest): boolean {
  const headers = request.headers;
  if (request.method === 'ACK' || headers.get('CSeq')?.endsWith('ACK') === true) return false;
  return (
    headers.has('Via') && headers.has('From') && headers.has('To') && headers.has('Call-ID') && headers.has('CSeq')
  );
}
