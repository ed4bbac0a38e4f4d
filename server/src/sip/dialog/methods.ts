import type { SipRequest } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';

export type RequestHandler = (request: SipRequest, transaction: ServerTransaction) => void;

/**
 * What becomes of the requests of one method. Those that the transactions take by themselves (ACK, CANCEL) come to
 * neither.
 */
export interface Method {
  /** Of those that belong to no dialog; null: it exists inside dialogs only. */
  readonly outside: RequestHandler | null;
  /** Whether the usages of a dialog are asked for those inside it. */
  readonly inside: boolean;
}

/**
 * The methods a user agent understands (RFC 3261 §8.2.1): one table, by which requests are given out and from which
 * `Allow` is written.
 */
export class Methods {
  /** Value of Allow. */
  allow = '';
  readonly #table = new Map<string, Method>();

  add(name: string, method: Method): void {
    this.#table.set(name, method);
    this.allow = [...this.#table.keys()].join(', ');
  }

  /** Null: not understood, 405. */
  of(name: string): Method | null {
    return this.#table.get(name) ?? null;
  }
}
