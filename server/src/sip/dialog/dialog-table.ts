import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import { type Dialog, dialogKey } from './dialog.ts';

/** Whoever answers for a dialog: an invitation while it is early, the session after that. */
export interface DialogUsage {
  /** A request inside the dialog, ACK excepted. */
  receive(request: SipRequest, transaction: ServerTransaction): void;
  receiveAck(ack: SipRequest): void;
  /** A 2xx to an INVITE whose transaction is over: the ACK got lost. */
  receiveStray2xx(response: SipResponse): void;
}

/** Live dialogs by Call-ID and both tags, up to a limit. */
export class DialogTable {
  readonly #usages = new Map<string, { readonly usage: DialogUsage; readonly dialog: Dialog }>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#usages.size;
  }

  get full(): boolean {
    return this.#usages.size >= this.#limit;
  }

  add(dialog: Dialog, usage: DialogUsage): void {
    this.#usages.set(dialog.key, { usage, dialog });
  }

  /** Removes the dialog, unless another usage has taken it over. */
  remove(dialog: Dialog, usage: DialogUsage): void {
    const key = dialog.key;
    if (this.#usages.get(key)?.usage === usage) this.#usages.delete(key);
  }

  /** The usage a request from the peer belongs to: its To tag is ours. */
  ofRequest(request: SipRequest): DialogUsage | null {
    return this.#usages.get(keyOfRequest(request))?.usage ?? null;
  }

  /** The dialog a request from the peer belongs to. */
  dialogOf(request: SipRequest): Dialog | null {
    return this.#usages.get(keyOfRequest(request))?.dialog ?? null;
  }

  /** The usage a response to our request belongs to: its From tag is ours. */
  ofResponse(response: SipResponse): DialogUsage | null {
    return this.#usages.get(dialogKey(response.callId, response.fromTag ?? '', response.toTag ?? ''))?.usage ?? null;
  }

  all(): DialogUsage[] {
    return [...new Set([...this.#usages.values()].map(({ usage }) => usage))];
  }
}

function keyOfRequest(request: SipRequest): string {
  return dialogKey(request.callId, request.toTag ?? '', request.fromTag ?? '');
}
