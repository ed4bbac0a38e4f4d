import type { Timer } from '../../base/clock.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { readRAck } from '../message/reliability.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { UserAgentCore } from './user-agent-core.ts';

/** Responses that may wait while another is not acknowledged; an owner that says more has lost its caller. */
const mostWaiting = 8;

interface Waiting {
  readonly response: SipResponse;
  /** It holds the answer, or our offer: nothing may be decided before its PRACK (RFC 3262 §3). */
  readonly describes: boolean;
}

interface Open extends Waiting {
  readonly rseq: number;
  readonly startedMs: number;
  intervalMs: number;
}

/** What a PRACK was for. */
export type Acknowledged = { readonly describes: boolean };

/**
 * The provisional responses to one INVITE that its caller acknowledges (RFC 3262 §3): one at a time, in order, each
 * repeated after T1, 2·T1, 4·T1… over every transport until its PRACK comes, or 64·T1 are over.
 */
export class ReliableResponses {
  readonly #core: UserAgentCore;
  readonly #transaction: ServerTransaction;
  readonly #onMissing: () => void;
  #rseq: number;
  #open: Open | null = null;
  readonly #waiting: Waiting[] = [];
  #timer: Timer | null = null;

  /** `onMissing` is called once when a PRACK did not come. */
  constructor(core: UserAgentCore, transaction: ServerTransaction, onMissing: () => void) {
    this.#core = core;
    this.#transaction = transaction;
    this.#onMissing = onMissing;
    // 1 to 2^31 - 1, so that counting up never meets the end.
    this.#rseq = core.random.int(0x7fff_ffff);
  }

  /** A session description is on its way and not acknowledged. */
  get describing(): boolean {
    return this.#open?.describes === true || this.#waiting.some((entry) => entry.describes);
  }

  /** Sends it now, or when those before it are acknowledged. */
  send(response: SipResponse, describes: boolean): void {
    if (this.#waiting.length >= mostWaiting) return;
    this.#waiting.push({ response, describes });
    this.#sendNext();
  }

  /** Takes a PRACK; null when it acknowledges nothing that is open, and wants 481, or 400 when it says nothing. */
  acknowledge(prack: SipRequest, invite: SipRequest): Acknowledged | 'malformed' | null {
    const rack = readRAck(prack);
    if (rack === null) return 'malformed';
    const open = this.#open;
    if (open === null || rack.rseq !== open.rseq) return null;
    if (rack.cseq !== invite.cseq.number || rack.method !== 'INVITE') return null;
    this.#open = null;
    this.#timer?.cancel();
    this.#timer = null;
    return { describes: open.describes };
  }

  /** After an acknowledgement: the next one. */
  goOn(): void {
    this.#sendNext();
  }

  /** A final response goes out: nothing is repeated, but a PRACK on its way is still known (§3). */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting.length = 0;
  }

  #sendNext(): void {
    const next = this.#open === null ? this.#waiting.shift() : undefined;
    if (next === undefined) return;
    const { clock, t1 } = this.#core;
    this.#rseq++;
    next.response.headers.set('RSeq', String(this.#rseq));
    this.#open = { ...next, rseq: this.#rseq, startedMs: clock.monotonic(), intervalMs: t1 };
    this.#core.respond(this.#transaction, next.response);
    this.#timer = clock.setTimer(t1, () => this.#repeat());
  }

  #repeat(): void {
    const open = this.#open;
    this.#timer = null;
    if (open === null) return;
    const { clock, t1 } = this.#core;
    const leftMs = open.startedMs + 64 * t1 - clock.monotonic();
    if (leftMs <= 0) {
      this.#onMissing();
      return;
    }
    this.#core.respond(this.#transaction, open.response);
    open.intervalMs *= 2;
    this.#timer = clock.setTimer(Math.min(open.intervalMs, leftMs), () => this.#repeat());
  }
}
