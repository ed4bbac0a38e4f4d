import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import { type Dialog, dialogKey } from './dialog.ts';

/**
 * Who stands on a dialog (RFC 5057): an invitation while it is early, then its session; a subscription. The dialog is
 * there as long as one of them is.
 */
export interface DialogUsage {
  /**
   * A request inside the dialog, in order, its method and what it requires understood. False: it is none of this usage.
   */
  receive(request: SipRequest, transaction: ServerTransaction): boolean;
  /** Nothing for a usage that sends no 2xx to an INVITE. */
  receiveAck?(ack: SipRequest): void;
  /** A 2xx to an INVITE whose transaction is over: the ACK got lost. */
  receiveStray2xx?(response: SipResponse): void;
}

/** A dialog and its usages, in the order in which they came. */
export interface LiveDialog {
  readonly dialog: Dialog;
  readonly usages: readonly DialogUsage[];
}

/** Live dialogs by Call-ID and both tags, up to a limit. */
export class DialogTable {
  readonly #live = new Map<string, LiveDialog>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#live.size;
  }

  get full(): boolean {
    return this.#live.size >= this.#limit;
  }

  /** One more usage; the first makes the dialog live. */
  add(dialog: Dialog, usage: DialogUsage): void {
    const { key } = dialog;
    const usages = this.#live.get(key)?.usages ?? [];
    this.#live.set(key, { dialog, usages: [...usages, usage] });
  }

  /** The usage is over, and with the last one the dialog. */
  remove(dialog: Dialog, usage: DialogUsage): void {
    const { key } = dialog;
    const live = this.#live.get(key);
    if (live === undefined) return;
    const usages = live.usages.filter((other) => other !== usage);
    if (usages.length === 0) this.#live.delete(key);
    else this.#live.set(key, { dialog, usages });
  }

  /** No request comes in any more: those that are left are over, whatever the peers think. */
  close(): void {
    this.#live.clear();
  }

  has(callId: string, localTag: string, remoteTag: string): boolean {
    return this.#live.has(dialogKey(callId, localTag, remoteTag));
  }

  /** The dialog a request from the peer belongs to: its To tag is ours. */
  ofRequest(request: SipRequest): LiveDialog | null {
    return this.#live.get(dialogKey(request.callId, request.toTag ?? '', request.fromTag ?? '')) ?? null;
  }

  /** The dialog a response to our request belongs to: its From tag is ours. */
  ofResponse(response: SipResponse): LiveDialog | null {
    return this.#live.get(dialogKey(response.callId, response.fromTag ?? '', response.toTag ?? '')) ?? null;
  }
}
