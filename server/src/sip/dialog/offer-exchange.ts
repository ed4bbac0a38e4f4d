import type { Timer } from '../../base/clock.ts';
import type { ClientAuthorization } from '../auth/client-authorization.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { formatUri } from '../message/uri.ts';
import type { ClientHandlers, ServerTransaction } from '../transaction/transaction.ts';
import type { AcceptedResponse } from './accepted-responses.ts';
import { refuseBody } from './common-answers.ts';
import type { Dialog } from './dialog.ts';
import { ackInDialog, type Outgoing, requestInDialog, setBody } from './in-dialog-request.ts';
import type { ReinviteReply, ReinviteResult } from './invite.ts';
import { type OfferEffect, type OfferInput, type OfferState, offerTable } from './offer-states.ts';
import { sdpOf, type UserAgentCore } from './user-agent-core.ts';
import { warningValue } from './warning.ts';

/** What the exchange tells its session. */
export interface ExchangeOwner {
  acked(answer: string | null): void;
  notAcked(): void;
  reinvited(offer: string | null, reply: ReinviteReply): void;
  /** 408 or 481, or no answer: the peer does not know the dialog any more. */
  lost(status: number): void;
}

interface Wanted {
  readonly offer: string;
  readonly resolve: (result: ReinviteResult) => void;
  attempts: number;
}

/** Offers of ours that may wait; a caller who stacks up more has lost count. */
const mostWanted = 8;
/** Sending again after 491, a challenge or a stale nonce. */
const mostAttempts = 6;

/** The INVITEs inside one dialog, theirs and ours, by the table of offer-states.ts. */
export class OfferExchange implements ClientHandlers {
  readonly #core: UserAgentCore;
  readonly #dialog: Dialog;
  readonly #authorization: ClientAuthorization | null;
  readonly #owner: ExchangeOwner;
  #state: OfferState;
  /** Our 2xx that waits for its ACK, and the number of its INVITE. */
  #accepted: (AcceptedResponse & { readonly cseq: number }) | null = null;
  #theirs: ServerTransaction | null = null;
  readonly #wanted: Wanted[] = [];
  #backOff: Timer | null = null;
  #answerLimit: Timer | null = null;
  /** Our INVITE that is on its way, and the last ACK we sent. */
  #sent: SipRequest | null = null;
  #lastAck: (Outgoing & { readonly cseq: number }) | null = null;

  /** The first INVITE counts as open until its ACK: `receiving` when it was theirs, `sending` when it was ours. */
  constructor(
    core: UserAgentCore,
    dialog: Dialog,
    authorization: ClientAuthorization | null,
    owner: ExchangeOwner,
    state: 'receiving' | 'sending',
  ) {
    this.#state = state;
    this.#core = core;
    this.#dialog = dialog;
    this.#authorization = authorization;
    this.#owner = owner;
  }

  // ── as server ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the 2xx of an INVITE and waits for its ACK; `offers` when it carries an offer of ours. */
  accept(transaction: ServerTransaction, response: SipResponse, cseq: number, offers: boolean): void {
    this.#step(offers ? 'acceptWithOffer' : 'accept');
    this.#accepted = { transaction, response, done: false, cseq, owner: this };
    this.#core.respond(transaction, response);
    this.#core.accepted.start(this.#accepted);
  }

  /** A re-INVITE. */
  received(request: SipRequest, transaction: ServerTransaction): void {
    const offer = sdpOf(request);
    if (offer === false) {
      refuseBody(this.#core, request, transaction);
      return;
    }
    const effect = this.#step('invite');
    if (effect === 'glare') this.#refuse(transaction, createResponse(request, 491));
    else if (effect === 'overlap') {
      const headers: [string, string][] = [['Retry-After', String(this.#core.random.int(11))]];
      this.#refuse(transaction, createResponse(request, 500, 'Offer Pending', { headers }));
    } else if (effect === 'ask' || effect === 'askAsAcked') {
      if (effect === 'askAsAcked') this.#ackedNow(null);
      this.#theirs = transaction;
      this.#core.pending.set(transaction, this);
      this.#owner.reinvited(offer, new Reply(this, transaction, offer === null));
    } else this.#refuse(transaction, createResponse(request, 481));
  }

  /** The owner's yes; nothing when the re-INVITE is over. */
  answer(transaction: ServerTransaction, sdp: string, offers: boolean): void {
    if (!this.#takeTheirs(transaction)) return;
    const request = transaction.request;
    // Not before: who is refused stays where it was (RFC 6141 §4.12).
    this.#dialog.refreshTarget(request);
    const response = createResponse(request, 200, undefined, {
      headers: [
        ['Contact', this.#core.contact(transaction.flow, request.uri)],
        ['Allow', this.#core.methods.allow],
      ],
      body: sdp,
    });
    this.accept(transaction, response, request.cseq.number, offers);
  }

  /** The owner's no. */
  decline(transaction: ServerTransaction, status: number, warning: string | null): void {
    if (!this.#takeTheirs(transaction)) return;
    this.#step('refuse');
    const headers: [string, string][] = warning === null ? [] : [['Warning', warningValue(warning)]];
    this.#refuse(transaction, createResponse(transaction.request, status, undefined, { headers }));
    this.#sendNext();
  }

  /** CANCEL of a re-INVITE: the session stays as it was (§9.2). */
  cancelled(): void {
    const transaction = this.#theirs;
    if (transaction !== null) this.decline(transaction, 487, null);
  }

  receiveAck(ack: SipRequest): void {
    if (this.#accepted === null || ack.cseq.number !== this.#accepted.cseq) return;
    const sdp = sdpOf(ack);
    this.#step('ack');
    this.#ackedNow(sdp === false ? null : sdp);
    this.#sendNext();
  }

  /** Of `AcceptedResponses`. */
  notAcked(accepted: AcceptedResponse): void {
    if (accepted !== this.#accepted) return;
    this.#accepted = null;
    this.#step('notAcked');
    this.#owner.notAcked();
  }

  #ackedNow(answer: string | null): void {
    if (this.#accepted === null) return;
    this.#accepted.done = true;
    this.#accepted = null;
    this.#owner.acked(answer);
  }

  #takeTheirs(transaction: ServerTransaction): boolean {
    if (this.#theirs !== transaction || this.#state !== 'receiving') return false;
    this.#theirs = null;
    this.#core.pending.delete(transaction);
    return true;
  }

  #refuse(transaction: ServerTransaction, response: SipResponse): void {
    this.#core.respond(transaction, response);
  }

  // ── as client ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends the ACK of the 2xx to our first INVITE. */
  acknowledgeFirst(invite: SipRequest, sdp: string | null): void {
    this.#acknowledge(invite, sdp);
    this.#step('final');
    this.#sendNext();
  }

  /** Sends an ACK and keeps it for repetitions. */
  #acknowledge(invite: SipRequest, sdp: string | null): void {
    this.#lastAck = { ...ackInDialog(this.#core, this.#dialog, invite, sdp), cseq: invite.cseq.number };
    this.#core.transactions.sendAck(this.#lastAck.request, this.#lastAck.flow);
  }

  /** A 2xx again: the ACK got lost. True when it was one of ours. */
  repeatAck(response: SipResponse): boolean {
    if (this.#lastAck === null || response.cseq.number !== this.#lastAck.cseq) return false;
    this.#core.transactions.sendAck(this.#lastAck.request, this.#lastAck.flow);
    return true;
  }

  want(offer: string): Promise<ReinviteResult> {
    if (this.#state === 'closed') return Promise.resolve({ ok: false, status: 481 });
    if (this.#wanted.length >= mostWanted) return Promise.resolve({ ok: false, status: 491 });
    return new Promise((resolve) => {
      this.#wanted.push({ offer, resolve, attempts: 0 });
      this.#sendNext();
    });
  }

  #sendNext(): void {
    const wanted = this.#wanted[0];
    if (wanted === undefined || this.#backOff !== null || this.#step('want') !== 'send') return;
    wanted.attempts++;
    const { request, flow } = requestInDialog(this.#core, this.#dialog, 'INVITE', this.#dialog.nextCSeq());
    request.headers.append('Allow', this.#core.methods.allow);
    setBody(request, 'application/sdp', wanted.offer);
    this.#authorization?.apply(request, formatUri(request.uri));
    this.#sent = request;
    const transaction = this.#core.transactions.request(request, flow, this);
    // The transaction ends by itself while nothing comes; a peer that only says 100 must not keep the offer open.
    this.#answerLimit?.cancel();
    this.#answerLimit = this.#core.clock.setTimer(64 * this.#core.t1, () => transaction.cancel());
  }

  onResponse(response: SipResponse): void {
    if (response.status < 200) return;
    if (response.status < 300 && this.repeatAck(response)) return;
    const sent = this.#sent;
    if (sent === null || response.cseq.number !== sent.cseq.number) return;
    if (response.status < 300) {
      this.#dialog.refreshTarget(response);
      this.#acknowledge(sent, null);
      const answer = sdpOf(response);
      this.#settle(typeof answer === 'string' ? { ok: true, answer } : { ok: false, status: 488 });
      return;
    }
    const wanted = this.#wanted[0];
    const again = wanted !== undefined && wanted.attempts < mostAttempts;
    const asked = response.status === 401 || response.status === 407;
    if (again && response.status === 491) this.#retry(this.#glareDelay());
    else if (again && asked && this.#authorization?.learn(response, sent) === true) this.#retry(null);
    else this.#failed(response.status);
  }

  onTimeout(): void {
    this.#failed(408);
  }

  onTransportError(): void {
    this.#failed(503);
  }

  #failed(status: number): void {
    this.#settle({ ok: false, status });
    if (status === 408 || status === 481) this.#owner.lost(status);
  }

  #retry(delayMs: number | null): void {
    this.#sent = null;
    this.#answerLimit?.cancel();
    this.#step('final');
    if (delayMs === null) {
      this.#sendNext();
      return;
    }
    this.#backOff = this.#core.clock.setTimer(delayMs, () => {
      this.#backOff = null;
      this.#sendNext();
    });
  }

  #settle(result: ReinviteResult): void {
    this.#sent = null;
    this.#answerLimit?.cancel();
    this.#answerLimit = null;
    this.#step('final');
    this.#wanted.shift()?.resolve(result);
    this.#sendNext();
  }

  /** §14.1: who chose the Call-ID waits 2.1–4 s, the other 0–2 s, in steps of 10 ms. */
  #glareDelay(): number {
    const { random } = this.#core;
    return this.#dialog.ownsCallId ? 2100 + 10 * random.int(191) : 10 * random.int(201);
  }

  // ── both ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** No ACK is awaited any more. */
  stopWaiting(): void {
    if (this.#accepted !== null) this.#accepted.done = true;
    this.#accepted = null;
  }

  /** The session is over: what is open is answered and settled. */
  close(): void {
    if (this.#state === 'closed') return;
    const theirs = this.#theirs;
    if (theirs !== null && this.#takeTheirs(theirs)) this.#refuse(theirs, createResponse(theirs.request, 487));
    this.#state = 'closed';
    this.#backOff?.cancel();
    this.#answerLimit?.cancel();
    for (const wanted of this.#wanted.splice(0)) wanted.resolve({ ok: false, status: 487 });
  }

  #step(input: OfferInput): OfferEffect {
    const row = offerTable[this.#state][input];
    if (row === undefined) return 'none';
    this.#state = row.next;
    return row.effect;
  }
}

class Reply implements ReinviteReply {
  readonly #exchange: OfferExchange;
  readonly #transaction: ServerTransaction;
  readonly #offers: boolean;

  constructor(exchange: OfferExchange, transaction: ServerTransaction, offers: boolean) {
    this.#exchange = exchange;
    this.#transaction = transaction;
    this.#offers = offers;
  }

  accept(sdp: string): void {
    this.#exchange.answer(this.#transaction, sdp, this.#offers);
  }

  reject(status: number, warning?: string): void {
    this.#exchange.decline(this.#transaction, status, warning ?? null);
  }
}
