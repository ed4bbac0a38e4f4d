import { newId } from '../../base/id.ts';
import type { ClientAuthorization } from '../auth/client-authorization.ts';
import { takenEvents } from '../message/event-packages.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Replaces } from '../message/replaces.ts';
import { createResponse } from '../message/response.ts';
import type { SipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import { answerInfo, answerOptions, refuseEarlyRefer } from './common-answers.ts';
import { type Dialog, dialogKey } from './dialog.ts';
import type { DialogUsage } from './dialog-table.ts';
import { describeEvent, InDialogRequest, setBody } from './in-dialog-request.ts';
import { ReferIntake } from './incoming-refer.ts';
import type { InviteSession, ReinviteReply, ReinviteResult, SessionEnd } from './invite.ts';
import { dialogKind, textOfDialog } from './left-facts.ts';
import { flowInDialog } from './next-hop.ts';
import { type ExchangeOwner, OfferExchange } from './offer-exchange.ts';
import { type SessionEffect, type SessionInput, type SessionState, sessionTable } from './session-states.ts';
import { addressOf, signalledFrom } from './signalled-from.ts';
import { oneLine, type UserAgentCore } from './user-agent-core.ts';

/** The invitation behind a session whose 2xx waits for a PRACK, or whose PRACKs may still come. */
export interface SessionOrigin {
  /** A PRACK, its CSeq being in order. */
  acknowledged(prack: SipRequest, transaction: ServerTransaction): void;
  /** The session is over before its 2xx: the INVITE gets this status. */
  refused(status: number): void;
}

/** An established INVITE dialog: performs what the table of session-states.ts says, and answers requests inside it. */
export class Session implements InviteSession, DialogUsage, ExchangeOwner {
  readonly id: string;
  onAck: InviteSession['onAck'] = null;
  onNotAcked: InviteSession['onNotAcked'] = null;
  onReinvite: InviteSession['onReinvite'] = null;
  onKey: InviteSession['onKey'] = null;
  onRefer: InviteSession['onRefer'] = null;
  onEnded: InviteSession['onEnded'] = null;
  readonly #core: UserAgentCore;
  readonly #dialog: Dialog;
  readonly #authorization: ClientAuthorization | null;
  readonly #exchange: OfferExchange;
  #signalledFrom: string;
  /** Event packages that the peer takes. */
  #events: readonly string[];
  #state: SessionState = 'accepted';
  #byeReason: string | null = null;
  #end: SessionEnd = { by: 'local' };
  #ended = false;
  #refers: ReferIntake | null = null;
  /** Until the ACK. */
  #origin: SessionOrigin | null = null;
  /** Where the peer was when it acknowledged our 2xx, or sent us its own: what goes there is heard. */
  #hearsAt: string | null = null;

  private constructor(
    core: UserAgentCore,
    dialog: Dialog,
    authorization: ClientAuthorization | null,
    first: 'receiving' | 'sending',
    events: readonly string[],
  ) {
    this.id = newId(core.random);
    this.#core = core;
    this.#dialog = dialog;
    this.#authorization = authorization;
    this.#signalledFrom = addressOf(dialog.flow);
    this.#events = events;
    this.#exchange = new OfferExchange(core, dialog, authorization, this, first);
    dialog.phone = core.phones.behind(dialog.flow, dialog.remoteTarget);
    core.dialogs.add(dialog, this);
  }

  /** The UAS side: sends `response`, our 2xx, until its ACK; `offers` when it carries our offer. */
  static answer(
    core: UserAgentCore,
    dialog: Dialog,
    authorization: ClientAuthorization | null,
    transaction: ServerTransaction,
    response: SipResponse,
    offers: boolean,
  ): Session {
    const session = new Session(core, dialog, authorization, 'receiving', takenEvents(transaction.request, []));
    session.#signalledFrom = signalledFrom(transaction.request, transaction.flow);
    session.#exchange.accept(transaction, response, transaction.request.cseq.number, offers);
    session.#remember();
    return session;
  }

  /** The UAS side while its 2xx may not be sent yet: `release` or `withdraw` follows. */
  static awaitPrack(
    core: UserAgentCore,
    dialog: Dialog,
    authorization: ClientAuthorization | null,
    request: SipRequest,
    origin: SessionOrigin,
  ): Session {
    const session = new Session(core, dialog, authorization, 'receiving', takenEvents(request, []));
    session.#signalledFrom = signalledFrom(request, dialog.flow);
    session.#state = 'awaitingPrack';
    session.#origin = origin;
    return session;
  }

  /** Sends the 2xx that waited. */
  release(transaction: ServerTransaction, response: SipResponse, offers: boolean): void {
    this.#apply('release', null);
    this.#exchange.accept(transaction, response, transaction.request.cseq.number, offers);
    this.#remember();
  }

  /** The INVITE is over, and with it the session that was to be. */
  withdraw(end: SessionEnd): void {
    this.#origin = null;
    this.#apply('lost', end);
  }

  /** PRACKs may still come. */
  descendsFrom(origin: SessionOrigin): void {
    this.#origin = origin;
  }

  /** The UAC side, from a 2xx to our INVITE; `acknowledge` must follow. */
  static confirm(
    core: UserAgentCore,
    dialog: Dialog,
    authorization: ClientAuthorization | null,
    events: readonly string[],
  ): Session {
    const session = new Session(core, dialog, authorization, 'sending', events);
    session.#remember();
    return session;
  }

  get remoteTarget(): SipUri {
    return this.#dialog.remoteTarget;
  }

  get signalledFrom(): string {
    return this.#signalledFrom;
  }

  get isOverTls(): boolean {
    const { kind } = this.#dialog.flow;
    return kind === 'tls' || kind === 'wss';
  }

  get ended(): boolean {
    return this.#ended;
  }

  isNamed({ callId, toTag, fromTag }: Replaces): boolean {
    const { key } = this.#dialog;
    return dialogKey(callId, toTag, fromTag) === key || dialogKey(callId, fromTag, toTag) === key;
  }

  // ── what the owner asks for ────────────────────────────────────────────────────────────────────────────────────

  /** Sends the ACK of the 2xx to `invite`, our first. */
  acknowledge(invite: SipRequest, sdp: string | null): void {
    this.#hearsAt = addressOf(this.#dialog.flow);
    this.#exchange.acknowledgeFirst(invite, sdp);
    this.#apply('ack', null);
  }

  reinvite(offer: string): Promise<ReinviteResult> {
    return this.#ended ? Promise.resolve({ ok: false, status: 481 }) : this.#exchange.want(offer);
  }

  sendInfo(contentType: string, body: string): void {
    if (this.#ended) return;
    this.#stillHears();
    new InDialogRequest({
      core: this.#core,
      dialog: this.#dialog,
      authorization: this.#authorization,
      method: 'INFO',
      fill: (request) => setBody(request, contentType, body),
      done: (status) => {
        if (status === 408 || status === 481) this.lost(status);
      },
    }).send();
  }

  takes(event: string): boolean {
    return this.#events.includes(event);
  }

  notify(event: string): Promise<number> {
    return this.#ask('NOTIFY', (request) => describeEvent(request, event));
  }

  probe(): Promise<number> {
    return this.#ask('OPTIONS', null, (status) => {
      if (status === 408 || status === 481) this.#apply('lost', { by: 'timeout', status });
    });
  }

  bye(reason?: string): void {
    if (this.#ended) return;
    this.#byeReason = reason === undefined ? null : oneLine(reason);
    this.#apply('bye', { by: 'local' });
  }

  // ── what the peer sends ────────────────────────────────────────────────────────────────────────────────────────

  /** While its BYE waits for an answer it takes one of the peer, and nothing else. */
  receive(request: SipRequest, transaction: ServerTransaction): boolean {
    const core = this.#core;
    switch (request.method) {
      case 'BYE':
        core.respond(transaction, createResponse(request, 200));
        this.#apply('remoteBye', { by: 'remote', ...reasonOf(request) });
        return true;
      case 'INVITE':
        if (this.#ended) return false;
        this.#signalledFrom = signalledFrom(request, transaction.flow);
        this.#events = takenEvents(request, this.#events);
        this.#exchange.received(request, transaction);
        return true;
      case 'INFO':
        if (this.#ended) return false;
        answerInfo(core, request, transaction, this.onKey);
        return true;
      case 'PRACK':
        if (this.#origin === null) return false;
        this.#origin.acknowledged(request, transaction);
        return true;
      case 'OPTIONS':
        if (this.#ended) return false;
        answerOptions(core, request, transaction, 200);
        return true;
      case 'REFER':
        if (this.#ended) return false;
        if (this.#state === 'awaitingPrack') {
          refuseEarlyRefer(core, request, transaction);
          return true;
        }
        this.#refers ??= new ReferIntake(core, this.#dialog, this.#authorization);
        this.#refers.receive(request, transaction, this.onRefer);
        return true;
      default:
        return false;
    }
  }

  receiveAck(ack: SipRequest): void {
    this.#exchange.receiveAck(ack);
  }

  receiveStray2xx(response: SipResponse): void {
    this.#exchange.repeatAck(response);
  }

  /** A 2xx to the first INVITE again; true when it belonged here. */
  repeatAck(response: SipResponse): boolean {
    return this.#exchange.repeatAck(response);
  }

  // ── what the exchange of offers says ───────────────────────────────────────────────────────────────────────────

  acked(answer: string | null): void {
    this.#origin = null;
    this.#hearsAt = addressOf(this.#dialog.flow);
    this.#apply('ack', null);
    if (!this.#ended) this.#core.tell(() => this.onAck?.(answer));
  }

  notAcked(): void {
    this.#byeReason ??= 'SIP;cause=408;text="ACK missing"';
    this.#apply('notAcked', { by: 'timeout', status: 408, reason: 'ACK missing' });
  }

  reinvited(offer: string | null, reply: ReinviteReply): void {
    if (this.onReinvite === null) reply.reject(488);
    else
      this.#core.tell(
        () => this.onReinvite?.(offer, reply),
        () => reply.reject(500),
      );
  }

  lost(status: number): void {
    this.#apply('lost', { by: status === 408 ? 'timeout' : 'error', status });
  }

  // ── the table ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves with the final status, which `heard` gets before; 481 when the session is over. */
  #ask(
    method: 'NOTIFY' | 'OPTIONS',
    fill: ((request: SipRequest) => void) | null,
    heard: (status: number) => void = () => {},
  ): Promise<number> {
    if (this.#ended) return Promise.resolve(481);
    this.#stillHears();
    return new Promise((resolve) => {
      new InDialogRequest({
        core: this.#core,
        dialog: this.#dialog,
        authorization: this.#authorization,
        method,
        fill,
        done: (status) => {
          heard(status);
          resolve(status);
        },
      }).send();
    });
  }

  #apply(input: SessionInput, end: SessionEnd | null): void {
    const row = sessionTable[this.#state][input];
    if (row === undefined) return;
    this.#state = row.next;
    if (end !== null && !this.#ended) this.#end = end;
    for (const effect of row.effects) this.#perform(effect);
  }

  #perform(effect: SessionEffect): void {
    switch (effect) {
      case 'refuse': {
        const origin = this.#origin;
        this.#origin = null;
        origin?.refused(this.#end.by === 'remote' ? 487 : 480);
        return;
      }
      case 'stopWaiting':
        this.#exchange.stopWaiting();
        return;
      case 'sendBye':
        this.#sendBye();
        return;
      case 'remove':
        this.#core.dialogs.remove(this.#dialog, this);
        this.#dialog.onMoved = null;
        this.#core.facts.forget(dialogKind, this.id);
        return;
      case 'tellNotAcked':
        this.#core.tell(() => this.onNotAcked?.());
        return;
      case 'tellEnded':
        if (this.#ended) return;
        this.#ended = true;
        this.#exchange.close();
        this.#core.tell(() => this.onEnded?.(this.#end));
    }
  }

  /** For the next run, should this one leave it behind. Again when the other end has moved. */
  #remember(): void {
    const account = this.#authorization?.account ?? null;
    const keep = () => this.#core.facts.keep(dialogKind, this.id, () => textOfDialog(this.#dialog, account), null);
    this.#dialog.onMoved = keep;
    keep();
  }

  /**
   * Before each request of ours: who heard us hears us as long as the session stands, though nothing may have come from
   * there since. What is lost on the way is sent again.
   */
  #stillHears(): void {
    const { flow } = this.#dialog;
    // It may listen at another port than it sends from.
    const way = flowInDialog(this.#dialog, this.#dialog.addressing().next, this.#core);
    for (const one of [flow, way]) if (addressOf(one) === this.#hearsAt) this.#core.proven.reached(one);
  }

  #sendBye(): void {
    this.#stillHears();
    // No ACK ever came, so the address may have been forged: its owner, who called nobody, gets no BYE.
    if (!this.#core.proven.isReached(this.#dialog.flow)) {
      this.#apply('byeDone', null);
      return;
    }
    const reason = this.#byeReason;
    new InDialogRequest({
      core: this.#core,
      dialog: this.#dialog,
      authorization: this.#authorization,
      method: 'BYE',
      fill: reason === null ? null : (request) => request.headers.append('Reason', reason),
      // Whatever the answer: the dialog is over (RFC 3261 §15.1.1).
      done: () => this.#apply('byeDone', null),
    }).send();
  }
}

export function reasonOf(request: SipRequest): { reason?: string } {
  const reason = request.headers.get('Reason');
  return reason === null ? {} : { reason };
}
