import type { SipRequest, SipResponse } from './message.ts';

export interface ParseFailure {
  ok: false;
  /** The status to answer with: 400, 413, 414, 416, 505, 513. */
  status: number;
  reason: string;
  /** The request as far as it was read, when there is enough of it to answer: Via, From, To, Call-ID and CSeq. */
  partial: SipRequest | null;
}

export type ParseResult = { ok: true; message: SipRequest | SipResponse } | ParseFailure;
