import { Headers } from '../message/headers.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';

/** The ACK for a refusal of `invite`: same branch, To from the response (RFC 3261 §17.1.1.3). */
export function createAck(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = followUp(invite, 'ACK');
  if (!response.headers.has('To')) return ack;
  ack.headers.remove('To');
  ack.headers.copy(response.headers, 'To');
  return ack;
}

/** The CANCEL of `invite` (§9.1); `reason` is the value of a Reason header (RFC 3326). */
export function createCancel(invite: SipRequest, reason: string | undefined): SipRequest {
  const cancel = followUp(invite, 'CANCEL');
  if (reason !== undefined) cancel.headers.set('Reason', reason);
  return cancel;
}

function followUp(invite: SipRequest, method: string): SipRequest {
  const headers = new Headers();
  for (const name of ['Via', 'Route', 'From', 'To', 'Call-ID', 'Max-Forwards']) headers.copy(invite.headers, name);
  headers.set('CSeq', `${invite.cseq.number} ${method}`);
  return new SipRequest(method, invite.uri, headers);
}
