import { createHash } from 'node:crypto';
import { RateLimit } from '../../base/rate-limit.ts';
import { Headers } from '../message/headers.ts';
import { SipRequest, type SipResponse } from '../message/message.ts';
import { branchCookie } from '../message/via.ts';
import type { ClientHandlers } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import { Dialog } from './dialog.ts';
import { requestInDialog } from './in-dialog-request.ts';
import type { UserAgentCore } from './user-agent-core.ts';

/** Answers taken up per second, copies included, and how many at once. What is over is sent again by an honest peer. */
const totalRate = { perSecond: 50, burst: 50, maxSources: 1 };
/** The same of one source, so that no single one uses up what there is for all. */
const sourceRate = { perSecond: 25, burst: 25, maxSources: 1000 };
/** Calls whose BYE is remembered; more than `totalRate` lets in while an answer is repeated. */
const mostEnded = 2000;
const cseqLimit = 0x7fff_ffff;
const byeReason = 'SIP;cause=481;text="Call Does Not Exist"';

const ignore: ClientHandlers = { onResponse() {}, onTimeout() {}, onTransportError() {} };

/**
 * Ends calls nobody here knows: a phone that rang while this process was replaced, or that answered when the INVITE had
 * been given up, sends a 2xx that belongs to no transaction and no dialog, and would stay connected to nobody. It gets
 * an ACK and a BYE (RFC 3261 §13.2.2.4) made from the response alone.
 *
 * The 2xx may be forged. It must therefore look like the answer to a request of ours: our sent-by in the only Via, and
 * a branch as RFC 3261 makes them. What is sent goes back the way it came and never to a host that Contact or
 * Record-Route names, at a limited rate, and one BYE for each answer.
 */
export class StrayAnswers {
  /** Calls that were sent a BYE. Only grows. */
  ended = 0;
  readonly #core: UserAgentCore;
  readonly #total = new RateLimit(totalRate);
  readonly #bySource = new RateLimit(sourceRate);
  /** When each answer that got its BYE may be forgotten, by a digest: a Call-ID may be long. Oldest first. */
  readonly #byes = new Map<string, number>();

  constructor(core: UserAgentCore) {
    this.#core = core;
  }

  /** A 2xx to an INVITE that matches no transaction and no dialog. */
  receive(response: SipResponse, flow: Flow): void {
    if (!answersUs(response, flow)) return;
    const { clock, transactions } = this.#core;
    const now = clock.monotonic();
    const source = flow.remote.address;
    if (!this.#bySource.admit(source, now) || !this.#total.admit('', now)) return;
    const dialog = dialogOf(response, flow);
    if (dialog === null) return;
    const ack = requestInDialog(this.#core, dialog, 'ACK', response.cseq.number, flow);
    transactions.sendAck(ack.request, flow);
    if (!this.#first(response, now)) return;
    this.ended++;
    this.#core.log.debug({ to: source, callId: response.callId.slice(0, 80) }, 'ended a call that nobody here knows');
    const bye = requestInDialog(this.#core, dialog, 'BYE', dialog.nextCSeq(), flow);
    bye.request.headers.append('Reason', byeReason);
    transactions.request(bye.request, flow, ignore);
  }

  /** False when the same answer has had its BYE. */
  #first(response: SipResponse, now: number): boolean {
    for (const [key, until] of this.#byes) {
      if (until > now && this.#byes.size < mostEnded) break;
      this.#byes.delete(key);
    }
    const { callId, fromTag, toTag, cseq } = response;
    const text = JSON.stringify([callId, fromTag, toTag, cseq.number]);
    const key = createHash('sha256').update(text).digest('base64');
    if (this.#byes.has(key)) return false;
    // A 2xx is repeated for 64·T1; twice that, since a BYE too many does less harm than a phone that stays connected.
    this.#byes.set(key, now + 128 * this.#core.t1);
    return true;
  }
}

/** Whether it can be the answer to a request that we, or our predecessor at this address, sent. */
function answersUs(response: SipResponse, flow: Flow): boolean {
  const { vias, branch, fromTag, cseq } = response;
  const via = vias[0];
  if (via === undefined || vias.length !== 1 || fromTag === null || cseq.number >= cseqLimit) return false;
  if (branch === null || !branch.startsWith(branchCookie)) return false;
  const { address, port } = flow.local;
  const host = via.host.startsWith('[') ? via.host.slice(1, -1) : via.host;
  const ours = host.toLowerCase() === address.toLowerCase() && (via.port ?? 5060) === port;
  return ours && via.transport === flow.kind.toUpperCase();
}

/** The dialog as the INVITE would have left it; null when nothing can be addressed to its other end. */
function dialogOf(response: SipResponse, flow: Flow): Dialog | null {
  const headers = new Headers();
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) headers.copy(response.headers, name);
  const dialog = Dialog.fromResponse(new SipRequest('INVITE', response.to.uri, headers), response, flow, true).leap();
  const { scheme } = dialog.addressing().uri;
  return scheme === 'other' ? null : dialog;
}
