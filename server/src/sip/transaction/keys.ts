import type { SipRequest } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';

/**
 * What requests of one server transaction have in common (RFC 3261 §17.2.3): branch, sent-by and method, the method of
 * an ACK or CANCEL being that of its INVITE. Without a branch of RFC 3261: Request-URI, From tag, Call-ID, CSeq number
 * and the topmost Via, as RFC 2543 had it; the To tag, which ACK has and INVITE has not, is left out.
 */
export function serverKey(request: SipRequest, method: string): string {
  const { via, branch } = request;
  const sentBy = via.port === null ? via.host : `${via.host}:${via.port}`;
  if (branch?.startsWith('z9hG4bK') === true) return `${method} ${branch} ${sentBy}`;
  const { number } = request.cseq;
  return `${method} 2543 ${sentBy} ${branch} ${request.callId} ${number} ${request.fromTag} ${formatUri(request.uri)}`;
}

/** The same for responses and our own requests (§17.1.3): the branch is ours and random. */
export function clientKey(branch: string, method: string): string {
  return `${method} ${branch}`;
}
