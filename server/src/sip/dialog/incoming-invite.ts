import { AppError } from '../../base/app-error.ts';
import type { Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import { answerInfo, answerOptions, refuseMethod, refuseRequired } from './common-answers.ts';
import { Dialog } from './dialog.ts';
import type { DialogUsage } from './dialog-table.ts';
import type { IncomingInvite } from './invite.ts';
import { type IncomingInput, type IncomingState, incomingTable } from './invite-states.ts';
import { reasonOf, Session } from './session.ts';
import { allowedMethods, newTag, type PendingInvite, type UserAgentCore } from './user-agent-core.ts';

/** Proxies give up on an INVITE without a provisional response for three minutes; one a minute keeps it (§13.3.1.1). */
const KEEP_RINGING_MS = 60_000;

/** The UAS side of an INVITE outside a dialog, by the table of invite-states.ts. */
export class ServerInvite implements IncomingInvite, DialogUsage, PendingInvite {
  readonly id: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly offer: string | null;
  onCancelled: IncomingInvite['onCancelled'] = null;
  readonly #core: UserAgentCore;
  readonly #transaction: ServerTransaction;
  readonly #tag: string;
  readonly #onDecided: () => void;
  #state: IncomingState = 'ringing';
  #dialog: Dialog | null = null;
  #lastProgress: SipResponse | null = null;
  #keepRinging: Timer | null = null;
  #expiry: Timer | null = null;

  /** `onDecided` is called once, when a final response has been sent. */
  constructor(core: UserAgentCore, transaction: ServerTransaction, offer: string | null, onDecided: () => void) {
    this.id = newId(core.random);
    this.request = transaction.request;
    this.flow = transaction.flow;
    this.offer = offer;
    this.#core = core;
    this.#transaction = transaction;
    this.#tag = newTag(core.random);
    this.#onDecided = onDecided;
    core.pending.set(transaction, this);
    transaction.onTransportError = () => this.#giveUp('SIP;cause=503;text="Unreachable"');
    const expires = this.request.expires;
    if (expires !== null) {
      this.#expiry = core.clock.setTimer(Math.min(expires, 86_400) * 1000, () => this.#giveUp('Expired'));
    }
  }

  get dialled(): string {
    return this.request.uri.user ?? '';
  }

  get from(): NameAddr {
    return this.request.from;
  }

  get pending(): boolean {
    return this.#state === 'ringing';
  }

  progress(status: 180 | 183, sdp?: string): void {
    if (!this.#step('progress')) return;
    this.#openDialog();
    const response = this.#dialogResponse(status, sdp ?? null);
    this.#lastProgress = response;
    this.#core.respond(this.#transaction, response);
    this.#keepRinging ??= this.#core.clock.setTimer(KEEP_RINGING_MS, () => this.#ringOn());
  }

  accept(sdp: string): Session {
    if (this.#state !== 'ringing') throw new AppError('invalidState', 'The invitation has already been decided.');
    const dialog = this.#openDialog();
    this.#step('accept');
    this.#decided();
    return Session.answer(this.#core, dialog, this.#transaction, this.#dialogResponse(200, sdp), this.offer === null);
  }

  reject(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void {
    if (!this.#step('reject')) return;
    this.#end(createResponse(this.request, status, reason, { toTag: this.#tag, ...(headers ? { headers } : {}) }));
  }

  turnAway(): void {
    if (!this.#step('reject')) return;
    const headers: [string, string][] = [['Retry-After', String(1 + this.#core.random.int(5))]];
    this.#settle();
    this.#core.refuse(this.#transaction, createResponse(this.request, 503, undefined, { toTag: this.#tag, headers }));
  }

  // ── what the caller sends meanwhile ────────────────────────────────────────────────────────────────────────────

  cancelled(cancel: SipRequest): void {
    this.#giveUp(reasonOf(cancel).reason ?? null);
  }

  receive(request: SipRequest, transaction: ServerTransaction): void {
    const core = this.#core;
    if (this.#dialog?.takeCSeq(request.cseq.number) !== true) {
      core.respond(transaction, createResponse(request, 500, 'CSeq Out Of Order'));
      return;
    }
    if (refuseRequired(core, request, transaction)) return;
    switch (request.method) {
      case 'BYE':
        // A caller may leave an early dialog with BYE; the INVITE still gets its answer (§15.1.2).
        core.respond(transaction, createResponse(request, 200));
        this.#giveUp(reasonOf(request).reason ?? null);
        return;
      case 'INVITE': {
        const headers: [string, string][] = [['Retry-After', String(core.random.int(11))]];
        core.respond(transaction, createResponse(request, 500, 'Offer Pending', { headers }));
        return;
      }
      case 'INFO':
        answerInfo(core, request, transaction, null);
        return;
      case 'OPTIONS':
        answerOptions(core, request, transaction, 200);
        return;
      default:
        refuseMethod(core, request, transaction);
    }
  }

  receiveAck(): void {}

  receiveStray2xx(): void {}

  // ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────

  #step(input: IncomingInput): boolean {
    const next = incomingTable[this.#state][input];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }

  #giveUp(reason: string | null): void {
    if (!this.#step('giveUp')) return;
    this.#end(createResponse(this.request, 487, undefined, { toTag: this.#tag }));
    this.#core.tell(() => this.onCancelled?.(reason));
  }

  #end(response: SipResponse): void {
    this.#settle();
    this.#core.respond(this.#transaction, response);
  }

  /** There will be no session. */
  #settle(): void {
    // Or the transaction would keep us, and the whole request, until its ACK.
    this.#transaction.onTransportError = null;
    if (this.#dialog !== null) this.#core.dialogs.remove(this.#dialog, this);
    this.#decided();
  }

  #decided(): void {
    this.#core.pending.delete(this.#transaction);
    this.#keepRinging?.cancel();
    this.#expiry?.cancel();
    this.#lastProgress = null;
    this.#onDecided();
  }

  #ringOn(): void {
    if (this.#state !== 'ringing' || this.#lastProgress === null) return;
    this.#core.respond(this.#transaction, this.#lastProgress);
    this.#keepRinging = this.#core.clock.setTimer(KEEP_RINGING_MS, () => this.#ringOn());
  }

  /** The early dialog (§12.1): requests inside it find us. */
  #openDialog(): Dialog {
    if (this.#dialog !== null) return this.#dialog;
    const dialog = Dialog.fromRequest(this.request, this.#tag, this.flow);
    // Such an INVITE was refused before it got here.
    if (dialog === null) throw new AppError('invalidState', 'The invitation has no Contact.');
    this.#dialog = dialog;
    this.#core.dialogs.add(dialog, this);
    return dialog;
  }

  #dialogResponse(status: number, sdp: string | null): SipResponse {
    const response = createResponse(this.request, status, undefined, {
      toTag: this.#tag,
      headers: [
        ['Contact', this.#core.contact(this.flow)],
        ['Allow', allowedMethods],
      ],
      body: sdp,
    });
    // In order, so that the caller can turn it round into its route set.
    response.headers.copy(this.request.headers, 'Record-Route');
    return response;
  }
}
