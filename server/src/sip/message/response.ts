import { Headers } from './headers.ts';
import { type SipRequest, SipResponse } from './message.ts';
import { withTag } from './name-addr.ts';

/** The usual words for each status (RFC 3261 §21 and the extensions that added some). */
export const reasonPhrases: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  204: 'No Notification',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  412: 'Conditional Request Failed',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  421: 'Extension Required',
  422: 'Session Interval Too Small',
  423: 'Interval Too Brief',
  428: 'Use Identity Header',
  429: 'Provide Referrer Identity',
  430: 'Flow Failed',
  433: 'Anonymity Disallowed',
  436: 'Bad Identity Info',
  437: 'Unsupported Credential',
  438: 'Invalid Identity Header',
  439: 'First Hop Lacks Outbound Support',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  493: 'Undecipherable',
  494: 'Security Agreement Required',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
  580: 'Precondition Failure',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

export interface ResponseOptions {
  /** Added to To when the request has none there; never to a 100. */
  toTag?: string | null;
  headers?: readonly (readonly [name: string, value: string])[];
  body?: Buffer | string | null;
  contentType?: string;
}

/**
 * A response with Via, From, To, Call-ID and CSeq of the request as they stand (RFC 3261 §8.2.6), so that it can be
 * built for the partial message of a parse failure as well.
 */
export function createResponse(
  request: SipRequest,
  status: number,
  reason?: string,
  options: ResponseOptions = {},
): SipResponse {
  const headers = new Headers();
  headers.copy(request.headers, 'Via');
  headers.copy(request.headers, 'From');
  const to = request.headers.get('To') ?? '';
  headers.appendParsed('To', status > 100 && options.toTag ? withTag(to, options.toTag) : to);
  headers.copy(request.headers, 'Call-ID');
  headers.copy(request.headers, 'CSeq');
  if (status === 100) headers.copy(request.headers, 'Timestamp');
  for (const [name, value] of options.headers ?? []) headers.append(name, value);
  const body = options.body ?? null;
  if (body !== null && body.length > 0) headers.set('Content-Type', options.contentType ?? 'application/sdp');
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  return new SipResponse(status, reason ?? reasonPhrases[status] ?? 'Unknown', headers, bytes ?? undefined);
}
