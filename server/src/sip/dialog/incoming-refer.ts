import type { ClientAuthorization } from '../auth/client-authorization.ts';
import type { SipRequest } from '../message/message.ts';
import { referToOf } from '../message/refer-to.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import { refuseForeignBody } from './common-answers.ts';
import type { Dialog } from './dialog.ts';
import type { OnRefer, Referral } from './refer.ts';
import { ReferSubscription } from './refer-subscription.ts';
import type { UserAgentCore } from './user-agent-core.ts';

const untold: Referral = { progress() {}, end: () => Promise.resolve() };

interface In {
  readonly core: UserAgentCore;
  readonly dialog: Dialog;
  readonly authorization: ClientAuthorization | null;
  /** Whether one was accepted before in this dialog; asked once for each that is. */
  readonly again: () => boolean;
}

/** Reads a REFER, and hands it on or refuses it. */
export function receiveRefer(
  { core, dialog, authorization, again }: In,
  request: SipRequest,
  transaction: ServerTransaction,
  onRefer: OnRefer,
): void {
  let answered = false;
  const answer = (status: number, reason?: string, headers: readonly (readonly [string, string])[] = []): void => {
    if (answered) return;
    answered = true;
    countRefer(core, status);
    core.respond(transaction, createResponse(request, status, reason, { headers }));
  };
  if (refuseForeignBody(core, request, transaction)) return;
  const to = referToOf(request);
  if (to === 'unreadable') answer(400, 'Refer-To Missing Or Malformed');
  else if (to === 'noCall' || onRefer === null) answer(603);
  else if (core.referrals.size >= core.maxReferrals) answer(503, undefined, [['Retry-After', '10']]);
  else {
    const accept = (tells = false): Referral => {
      const silent = !tells && wantsNoNews(request);
      const contact: [string, string] = ['Contact', core.contact(transaction.flow, request.uri)];
      answer(202, undefined, silent ? [contact, ['Refer-Sub', 'false']] : [contact]);
      if (silent) return untold;
      // Of several in one dialog each is told of by its own number (RFC 3515 §2.4.6).
      return new ReferSubscription(core, dialog, authorization, again() ? `refer;id=${request.cseq.number}` : 'refer');
    };
    core.tell(
      () => onRefer({ request, flow: transaction.flow, to, accept, reject: answer }),
      () => answer(500),
    );
  }
}

/** To be asked for a password is no refusal. */
export function countRefer({ refers }: Pick<UserAgentCore, 'refers'>, status: number): void {
  if (status === 202) refers.accepted += 1;
  else if (status !== 401) refers.refused += 1;
}

function wantsNoNews({ headers }: SipRequest): boolean {
  return /^\s*false\s*(;|$)/i.test(headers.get('Refer-Sub') ?? '');
}
