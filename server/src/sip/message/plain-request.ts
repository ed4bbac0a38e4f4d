import { Headers } from './headers.ts';
import { SipRequest } from './message.ts';
import { formatUri, parseUri } from './uri.ts';

/** What of a request is needed to answer it, or to send what must match it: plain data. */
export interface PlainRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const needed = ['Via', 'Route', 'Record-Route', 'Max-Forwards', 'From', 'To', 'Call-ID', 'CSeq', 'Contact'];

export function plainRequest({ method, uri, headers }: SipRequest): PlainRequest {
  const kept = needed.flatMap((name) => headers.getAll(name).map((value) => [name, value] as const));
  return { method, uri: formatUri(uri), headers: kept };
}

/** Throws for what was not made by `plainRequest`. */
export function requestOf({ method, uri, headers }: PlainRequest): SipRequest {
  const parsed = parseUri(uri);
  if (parsed === null) throw new Error('a Request-URI cannot be read');
  const made = new Headers();
  for (const [name, value] of headers) made.appendParsed(name, value);
  return new SipRequest(method, parsed, made);
}
