import { AppError } from '../../base/app-error.ts';
import type { Timer } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import { ClientAuthorization } from '../auth/client-authorization.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { NameAddr } from '../message/name-addr.ts';
import { hasOption } from '../message/reliability.ts';
import type { Replaces } from '../message/replaces.ts';
import { createResponse } from '../message/response.ts';
import { numberOrName } from '../message/telephone-subscriber.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import { answerInfo, answerOptions, refuseBody, refuseEarlyRefer } from './common-answers.ts';
import { Dialog } from './dialog.ts';
import type { DialogUsage } from './dialog-table.ts';
import type { IncomingInvite, SessionEnd } from './invite.ts';
import { type IncomingInput, type IncomingState, incomingTable } from './invite-states.ts';
import { callerKind, mostRingingMs, textOfCaller } from './left-facts.ts';
import { supportedOptions } from './option-tags.ts';
import { ReliableResponses } from './reliable-responses.ts';
import { reasonOf, Session, type SessionOrigin } from './session.ts';
import { newTag, type PendingInvite, sdpOf, type UserAgentCore } from './user-agent-core.ts';

/** Proxies give up on an INVITE without a provisional response for three minutes; one a minute keeps it (§13.3.1.1). */
const keepRingingMs = 60_000;

/** The UAS side of an INVITE outside a dialog, by the table of invite-states.ts. */
export class ServerInvite implements IncomingInvite, DialogUsage, PendingInvite, SessionOrigin {
  readonly id: string;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly offer: string | null;
  readonly localTag: string;
  onCancelled: IncomingInvite['onCancelled'] = null;
  onPrack: IncomingInvite['onPrack'] = null;
  onKey: IncomingInvite['onKey'] = null;
  onSaid: IncomingInvite['onSaid'] = null;
  credentials: IncomingInvite['credentials'] = null;
  readonly #core: UserAgentCore;
  readonly #transaction: ServerTransaction;
  readonly #onDecided: () => void;
  #state: IncomingState = 'ringing';
  #dialog: Dialog | null = null;
  #reliable: ReliableResponses | null = null;
  /** The description that was sent reliably. */
  #described: string | null = null;
  /** Accepted, but not said yet: the session, and our 200. */
  #unsent: { readonly session: Session; readonly response: SipResponse; readonly offers: boolean } | null = null;
  /** An unreliable one, to be repeated as it was; or the status of a reliable one, to be said anew. */
  #lastProgress: SipResponse | 180 | 181 | 183 | null = null;
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
    this.localTag = newTag(core.random);
    this.#onDecided = onDecided;
    core.pending.set(transaction, this);
    transaction.onTransportError = () => this.#giveUp('SIP;cause=503;text="Unreachable"');
    const expires = this.request.expires;
    if (expires !== null) {
      this.#expiry = core.clock.setTimer(Math.min(expires, 86_400) * 1000, () => this.#giveUp('Expired'));
    }
  }

  get dialled(): string {
    return numberOrName(this.request.uri);
  }

  get from(): NameAddr {
    return this.request.from;
  }

  get pending(): boolean {
    return this.#state === 'ringing';
  }

  isNamed({ callId, toTag, fromTag }: Replaces): boolean {
    const { request, localTag } = this;
    const tags = toTag === localTag ? fromTag : fromTag === localTag ? toTag : null;
    return callId === request.callId && tags !== null && tags === request.fromTag;
  }

  progress(status: 180 | 181 | 183, sdp?: string, reliable = false): void {
    const demanded = hasOption(this.request, 'Require', '100rel');
    const understood = demanded || hasOption(this.request, 'Supported', '100rel');
    const description = this.#described === null ? (sdp ?? null) : null;
    const reliably = demanded || (understood && (description !== null || reliable));
    // The first reliable response to an INVITE without an offer has to make it (RFC 3262 §5).
    if (reliably && this.offer === null && this.#described === null && description === null) return;
    if (!this.#step('progress')) return;
    if (this.#dialog === null) this.#remember();
    this.#openDialog();
    this.#keepRinging ??= this.#core.clock.setTimer(keepRingingMs, () => this.#ringOn());
    if (!reliably) {
      const response = this.#dialogResponse(status, this.offer === null ? null : description);
      this.#lastProgress = response;
      this.#core.respond(this.#transaction, response);
      this.#said(status);
      return;
    }
    this.#lastProgress = status;
    if (description !== null) this.#described = description;
    const response = this.#dialogResponse(status, description);
    response.headers.append('Require', '100rel');
    this.#reliable ??= new ReliableResponses(this.#core, this.#transaction, () => this.#notAcknowledged());
    this.#reliable.send(response, description !== null);
    this.#said(status);
  }

  accept(sdp: string): Session {
    if (this.#state !== 'ringing') throw new AppError('invalidState', 'The invitation has already been decided.');
    const dialog = this.#openDialog();
    const described = this.#described;
    // What was described reliably is said once more: old callers look for it here, the others ignore it. Not an offer:
    // the INVITE may hold only one (RFC 3261 §13.2.1).
    const body = described === null ? sdp : this.offer === null ? null : described;
    const response = this.#dialogResponse(200, body);
    const offers = this.offer === null && described === null;
    if (this.#reliable?.describing === true) {
      this.#step('awaitPrack');
      this.#keepRinging?.cancel();
      const session = Session.awaitPrack(this.#core, dialog, this.#authorization(), this.request, this);
      this.#core.dialogs.remove(dialog, this);
      this.#unsent = { session, response, offers };
      return session;
    }
    this.#step('accept');
    this.#decided(200);
    const session = Session.answer(this.#core, dialog, this.#authorization(), this.#transaction, response, offers);
    this.#core.dialogs.remove(dialog, this);
    if (this.#reliable !== null) session.descendsFrom(this);
    return session;
  }

  reject(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void {
    if (this.#state !== 'ringing' || !this.#step('reject')) return;
    this.#end(createResponse(this.request, status, reason, { toTag: this.localTag, ...(headers ? { headers } : {}) }));
  }

  turnAway(): void {
    if (this.#state !== 'ringing' || !this.#step('reject')) return;
    const headers: [string, string][] = [['Retry-After', String(1 + this.#core.random.int(5))]];
    this.#settle(503);
    this.#core.refuse(
      this.#transaction,
      createResponse(this.request, 503, undefined, { toTag: this.localTag, headers }),
    );
  }

  // ── what the caller sends meanwhile ────────────────────────────────────────────────────────────────────────────

  cancelled(cancel: SipRequest): void {
    this.#giveUp(reasonOf(cancel).reason ?? null);
  }

  receive(request: SipRequest, transaction: ServerTransaction): boolean {
    const core = this.#core;
    switch (request.method) {
      case 'BYE':
        // A caller may leave an early dialog with BYE; the INVITE still gets its answer (§15.1.2).
        core.respond(transaction, createResponse(request, 200));
        this.#giveUp(reasonOf(request).reason ?? null);
        return true;
      case 'INVITE': {
        const headers: [string, string][] = [['Retry-After', String(core.random.int(11))]];
        core.respond(transaction, createResponse(request, 500, 'Offer Pending', { headers }));
        return true;
      }
      case 'PRACK':
        this.acknowledged(request, transaction);
        return true;
      case 'INFO':
        answerInfo(core, request, transaction, this.onKey);
        return true;
      case 'OPTIONS':
        answerOptions(core, request, transaction, 200);
        return true;
      case 'REFER':
        refuseEarlyRefer(core, request, transaction);
        return true;
      default:
        return false;
    }
  }

  acknowledged(prack: SipRequest, transaction: ServerTransaction): void {
    const core = this.#core;
    const sdp = sdpOf(prack);
    const result = this.#reliable?.acknowledge(prack, this.request) ?? null;
    if (result === 'malformed') core.respond(transaction, createResponse(prack, 400, 'RAck Missing Or Malformed'));
    else if (result === null) core.respond(transaction, createResponse(prack, 481));
    else {
      // A second offer may stand here (RFC 3262 §5). Nothing has been decided yet, so it is refused; the response
      // itself has arrived all the same.
      const offered = this.offer !== null && sdp !== null;
      if (sdp === false) refuseBody(core, prack, transaction);
      else core.respond(transaction, createResponse(prack, offered ? 488 : 200));
      const answer = sdp === false || offered ? null : sdp;
      if (result.describes) core.tell(() => this.onPrack?.(answer));
      if (this.#state === 'awaitingPrack' && this.#reliable?.describing === false) this.#release();
      else if (this.#state === 'ringing' || this.#state === 'awaitingPrack') this.#reliable?.goOn();
    }
  }

  refused(status: number): void {
    this.#unsent = null;
    if (this.#step('reject')) this.#end(createResponse(this.request, status, undefined, { toTag: this.localTag }));
  }

  // ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────

  #step(input: IncomingInput): boolean {
    const next = incomingTable[this.#state][input];
    if (next === undefined) return false;
    this.#state = next;
    return true;
  }

  #giveUp(reason: string | null, status = 487): void {
    if (!this.#step('giveUp')) return;
    this.#end(createResponse(this.request, status, undefined, { toTag: this.localTag }));
    const unsent = this.#unsent;
    this.#unsent = null;
    if (unsent === null) this.#core.tell(() => this.onCancelled?.(reason));
    else {
      const end: SessionEnd = status === 487 ? { by: 'remote' } : { by: 'timeout', status };
      unsent.session.withdraw(reason === null ? end : { ...end, reason });
    }
  }

  /** §3 of RFC 3262: the caller is gone, or has never understood what it demanded. */
  #notAcknowledged(): void {
    this.#giveUp('SIP;cause=504;text="PRACK missing"', 504);
  }

  /** Nothing holds the 200 any more. */
  #release(): void {
    const unsent = this.#unsent;
    if (unsent === null || !this.#step('accept')) return;
    this.#unsent = null;
    this.#decided(200);
    unsent.session.release(this.#transaction, unsent.response, unsent.offers);
  }

  #end(response: SipResponse): void {
    this.#settle(response.status);
    this.#core.respond(this.#transaction, response);
  }

  /** There will be no session. */
  #settle(status: number): void {
    // Or the transaction would keep us, and the whole request, until its ACK.
    this.#transaction.onTransportError = null;
    if (this.#dialog !== null) this.#core.dialogs.remove(this.#dialog, this);
    this.#decided(status);
  }

  #decided(status: number): void {
    this.#core.pending.delete(this.#transaction);
    this.#core.facts.forget(callerKind, this.id);
    this.#keepRinging?.cancel();
    this.#expiry?.cancel();
    this.#reliable?.stop();
    this.#lastProgress = null;
    this.#onDecided();
    this.#said(status);
  }

  #said(status: number): void {
    if (this.onSaid !== null) this.#core.tell(() => this.onSaid?.(status));
  }

  /** For the next run: a caller who was told that it rings would hear that for ever. */
  #remember(): void {
    const { clock, facts } = this.#core;
    const text = () => textOfCaller(this.request, this.flow, this.localTag);
    facts.keep(callerKind, this.id, text, clock.now() + mostRingingMs);
  }

  #ringOn(): void {
    const last = this.#lastProgress;
    this.#keepRinging = null;
    if (this.#state !== 'ringing' || last === null) return;
    if (typeof last === 'number') {
      this.progress(last, undefined, true);
      return;
    }
    this.#core.respond(this.#transaction, last);
    this.#keepRinging = this.#core.clock.setTimer(keepRingingMs, () => this.#ringOn());
  }

  #authorization(): ClientAuthorization | null {
    return this.credentials === null ? null : new ClientAuthorization(this.credentials, this.#core.random);
  }

  /** The early dialog (§12.1): requests inside it find us. */
  #openDialog(): Dialog {
    if (this.#dialog !== null) return this.#dialog;
    const dialog = Dialog.fromRequest(this.request, this.localTag, this.flow);
    // Such an INVITE was refused before it got here.
    if (dialog === null) throw new AppError('invalidState', 'The invitation has no Contact.');
    this.#dialog = dialog;
    this.#core.dialogs.add(dialog, this);
    return dialog;
  }

  #dialogResponse(status: number, sdp: string | null): SipResponse {
    const response = createResponse(this.request, status, undefined, {
      toTag: this.localTag,
      headers: [
        ['Contact', this.#core.contact(this.flow, this.request.uri)],
        ['Allow', this.#core.methods.allow],
        ['Supported', supportedOptions()],
      ],
      body: sdp,
    });
    // In order, so that the caller can turn it round into its route set.
    response.headers.copy(this.request.headers, 'Record-Route');
    return response;
  }
}
