import type { ClientAuthorization } from '../auth/client-authorization.ts';
import { takenEvents } from '../message/event-packages.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { readRSeq } from '../message/reliability.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import { answerInfo, answerOptions, refuseEarlyRefer } from './common-answers.ts';
import { Dialog } from './dialog.ts';
import type { DialogUsage } from './dialog-table.ts';
import { describeEvent, InDialogRequest, setBody } from './in-dialog-request.ts';
import type { InfoDigit } from './info-digits.ts';
import { sdpOf, type UserAgentCore } from './user-agent-core.ts';

/** Reliable responses of one fork that are taken; each costs a transaction, and no callee has so much to say. */
const mostReliable = 100;

/** The INVITE a response answers, and the way it went. */
export interface SentInvite {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** As for `Dialog.fromResponse`. */
  readonly pinned: boolean;
}

/** What is new in a provisional response. */
export interface Heard {
  readonly sdp: string | null;
}

/**
 * One fork of our INVITE before its 2xx: a To tag (RFC 3261 §12.1.2), what its provisional responses said, the PRACKs
 * that answer the reliable ones (RFC 3262 §4), and what the callee sends inside it: keys, and whether we are there.
 */
export class EarlyDialog implements DialogUsage {
  readonly #core: UserAgentCore;
  readonly #authorization: ClientAuthorization | null;
  readonly #onKey: ((key: InfoDigit) => void) | null;
  /** From its first response on; null for one that had no tag, and when there are as many dialogs as we keep. */
  #dialog: Dialog | null = null;
  #reachable = false;
  #closed = false;
  /** The last response by which it rings, while it takes events. */
  #ringing: { readonly response: SipResponse; readonly invite: SentInvite; readonly events: readonly string[] } | null =
    null;
  #rseq: number | null = null;
  #count = 0;
  /** The PRACK for `#rseq` has gone out and was not in vain. */
  #acknowledged = false;
  /** What it carried. */
  #answer: string | null = null;
  #told = '';
  #sdp: string | null = null;
  #settled = false;

  /** `onKey`: a key that an INFO told; null for a fork without a tag, inside which nothing can be sent. */
  constructor(
    core: UserAgentCore,
    authorization: ClientAuthorization | null,
    onKey: ((key: InfoDigit) => void) | null,
  ) {
    this.#core = core;
    this.#authorization = authorization;
    this.#onKey = onKey;
  }

  /** The fork has said something: from now on it may send requests of its own (§12.1). */
  open(response: SipResponse, invite: SentInvite): void {
    if (this.#dialog === null && !this.#core.dialogs.full) this.#opened(response, invite);
  }

  /** It has answered, or nothing is expected of it any more. The dialog may live on with its session. */
  close(): void {
    this.#closed = true;
    this.#ringing = null;
    if (this.#dialog !== null) this.#core.dialogs.remove(this.#dialog, this);
  }

  receive(request: SipRequest, transaction: ServerTransaction): boolean {
    switch (request.method) {
      case 'INFO':
        answerInfo(this.#core, request, transaction, this.#onKey);
        return true;
      case 'OPTIONS':
        answerOptions(this.#core, request, transaction, 200);
        return true;
      case 'REFER':
        refuseEarlyRefer(this.#core, request, transaction);
        return true;
      default:
        return false;
    }
  }

  #opened(response: SipResponse, { request, flow, pinned }: SentInvite): Dialog {
    if (this.#dialog !== null) return this.#dialog;
    const dialog = Dialog.fromResponse(request, response, flow, pinned);
    this.#dialog = dialog;
    this.#reachable = response.target !== null;
    if (!this.#closed && response.toTag !== null) this.#core.dialogs.add(dialog, this);
    return dialog;
  }

  get dialog(): Dialog | null {
    return this.#dialog;
  }

  /** It has said where requests inside the dialog are to go. */
  get reachable(): boolean {
    return this.#reachable;
  }

  /** The last session description heard. */
  get sdp(): string | null {
    return this.#sdp;
  }

  /** It came reliably, so offer and answer are complete and a 2xx changes nothing of it (RFC 3261 §13.2.1). */
  get settled(): boolean {
    return this.#settled;
  }

  /** Whether it rings and takes NOTIFYs of this package. */
  takes(event: string): boolean {
    return this.#ringing?.events.includes(event) === true;
  }

  /** Event packages that it takes while it rings; none: or it has said nothing of them. */
  get events(): readonly string[] {
    return this.#ringing?.events ?? [];
  }

  /**
   * NOTIFY of a package whose subscription the INVITE implies; `done` gets the final status. Nothing when it does not
   * take it.
   */
  notify(event: string, done: (status: number) => void): void {
    if (this.#ringing === null) return;
    const { invite, response } = this.#ringing;
    new InDialogRequest({
      core: this.#core,
      dialog: this.#opened(response, invite),
      authorization: this.#authorization,
      method: 'NOTIFY',
      fill: (request) => describeEvent(request, event),
      done,
    }).send();
  }

  /** `registered`: what it said at another time counts where the response says nothing. */
  hearEvents(response: SipResponse, invite: SentInvite, registered: readonly string[]): void {
    const events = takenEvents(response, registered);
    this.#ringing = response.status < 180 || events.length === 0 ? null : { response, invite, events };
  }

  /**
   * Takes a provisional response above 100 and acknowledges it if it asks for that. Null when it is a copy, repeats
   * what is known, or comes after one that is missing: both will be sent again (RFC 3262 §4). `answer` gives our answer
   * to an offer that came reliably; null when the offer was ours.
   */
  hear(response: SipResponse, invite: SentInvite, answer: ((offer: string) => string | null) | null): Heard | null {
    const body = sdpOf(response);
    // What follows a settled description is to be ignored (RFC 3261 §13.2.1).
    const sdp = body === false || this.#settled ? null : body;
    const rseq = readRSeq(response);
    if (rseq !== null && !this.#acknowledge(rseq, response, invite, sdp, answer)) return null;
    if (sdp !== null) {
      this.#sdp = sdp;
      this.#settled = rseq !== null;
    }
    const said = `${response.status} ${sdp ?? ''}`;
    if (said === this.#told) return null;
    this.#told = said;
    return { sdp };
  }

  /** False for what is not the next one in order. */
  #acknowledge(
    rseq: number,
    response: SipResponse,
    invite: SentInvite,
    sdp: string | null,
    answer: ((offer: string) => string | null) | null,
  ): boolean {
    if (rseq === this.#rseq) {
      // A copy. The PRACK repeats itself while it has no answer; one that was given up is worth another try.
      if (!this.#acknowledged) this.#prack(rseq, response.cseq.number, this.#answer);
      return false;
    }
    if ((this.#rseq !== null && rseq !== this.#rseq + 1) || this.#count >= mostReliable) return false;
    this.#rseq = rseq;
    this.#count++;
    this.#opened(response, invite);
    this.#prack(rseq, response.cseq.number, sdp === null ? null : (answer?.(sdp) ?? null));
    return true;
  }

  #prack(rseq: number, cseq: number, sdp: string | null): void {
    const dialog = this.#dialog;
    if (dialog === null) return;
    this.#acknowledged = true;
    this.#answer = sdp;
    new InDialogRequest({
      core: this.#core,
      dialog,
      authorization: this.#authorization,
      method: 'PRACK',
      fill: (request) => {
        request.headers.append('RAck', `${rseq} ${cseq} INVITE`);
        if (sdp !== null) setBody(request, 'application/sdp', sdp);
      },
      done: (status) => {
        if (status === 408 || status === 503) this.#acknowledged = false;
      },
    }).send();
  }
}
