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

/** The REFERs of one session: read, and handed on or refused; of one at a time is told what came of it. */
export class ReferIntake {
  readonly #core: UserAgentCore;
  readonly #dialog: Dialog;
  readonly #authorization: ClientAuthorization | null;
  #told: ReferSubscription | null = null;

  constructor(core: UserAgentCore, dialog: Dialog, authorization: ClientAuthorization | null) {
    this.#core = core;
    this.#dialog = dialog;
    this.#authorization = authorization;
  }

  receive(request: SipRequest, transaction: ServerTransaction, onRefer: OnRefer): void {
    const core = this.#core;
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
    else if (this.#told?.over === false) answer(491);
    else if (core.referrals.size >= core.maxReferrals) answer(503, undefined, [['Retry-After', '10']]);
    else {
      const accept = (tells = false): Referral => {
        const silent = !tells && wantsNoNews(request);
        const contact: [string, string] = ['Contact', core.contact(transaction.flow, request.uri)];
        answer(202, undefined, silent ? [contact, ['Refer-Sub', 'false']] : [contact]);
        return silent ? untold : this.#tell(request);
      };
      core.tell(
        () => onRefer({ request, flow: transaction.flow, to, accept, reject: answer }),
        () => answer(500),
      );
    }
  }

  /** Of several in one dialog each is told of by its own number (RFC 3515 §2.4.6). */
  #tell({ cseq }: SipRequest): Referral {
    const event = this.#told === null ? 'refer' : `refer;id=${cseq.number}`;
    this.#told = new ReferSubscription(this.#core, this.#dialog, this.#authorization, event);
    return this.#told;
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
