import { consistsOf, parseDigits, skipBlanks, TOKEN, trimEnd } from './chars.ts';
import type { SipRequest, SipResponse } from './message.ts';

/**
 * The headers of reliable provisional responses (RFC 3262 §7):
 *
 *   183 has   Require: 100rel
 *             RSeq: 988789
 *   PRACK has RAck: 988789 1 INVITE      RSeq of the response, CSeq of its request
 */
export interface RAck {
  readonly rseq: number;
  readonly cseq: number;
  readonly method: string;
}

/**
 * The number of a response that wants a PRACK; null when it wants none, or says so in a way that nobody could answer.
 */
export function readRSeq(response: SipResponse): number | null {
  const { status, headers } = response;
  if (status <= 100 || status >= 200 || !hasOption(response, 'Require', '100rel')) return null;
  const value = headers.get('RSeq');
  if (value === null || headers.getAll('RSeq').some((other) => other !== value)) return null;
  const number = parseDigits(value, 0xffff_ffff);
  return number === 0 ? null : number;
}

/** What a PRACK acknowledges; null when it does not say so in the one way there is. */
export function readRAck(request: SipRequest): RAck | null {
  const value = request.headers.get('RAck');
  if (value === null || request.headers.getAll('RAck').some((other) => other !== value)) return null;
  const first = wordEnd(value, 0);
  const second = skipBlanks(value, first);
  const third = skipBlanks(value, wordEnd(value, second));
  const end = trimEnd(value, third, value.length);
  const rseq = parseDigits(value, 0xffff_ffff, 0, first);
  const cseq = parseDigits(value, 0x7fff_ffff, second, wordEnd(value, second));
  if (rseq === null || rseq === 0 || cseq === null || !consistsOf(value, TOKEN, third, end)) return null;
  return { rseq, cseq, method: value.slice(third, end) };
}

/** Whether the option tag stands in that header; tags are compared without regard to case. */
export function hasOption(message: SipRequest | SipResponse, header: 'Require' | 'Supported', tag: string): boolean {
  if (!message.headers.has(header)) return false;
  return message.headers.getAll(header).some((value) => value.toLowerCase() === tag);
}

function wordEnd(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) !== 0x20 && text.charCodeAt(at) !== 0x09) at++;
  return at;
}
