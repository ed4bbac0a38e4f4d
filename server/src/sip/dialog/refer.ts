import type { SipRequest } from '../message/message.ts';
import type { ReferTo } from '../message/refer-to.ts';
import type { Flow } from '../transport/flow.ts';

/** Is told how far a call has come that somebody asked for by REFER. */
export interface Referral {
  /** 101 to 199; what is no news is not told. */
  progress(status: number): void;
  /** 200 to 699: the last that is told. Resolves when it has arrived, or cannot. */
  end(status: number): Promise<void>;
}

/** A REFER inside a dialog (RFC 3515), readable, that waits for our answer. */
export interface IncomingRefer {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly to: ReferTo;
  /**
   * Answers 202. What comes of it is told by NOTIFY, unless the peer wants none (RFC 4488: `Refer-Sub: false`).
   * `tells`: it is told all the same, as there is something that the peer must know.
   */
  accept(tells?: boolean): Referral;
  reject(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void;
}

/** What its owner does with a REFER; null: nobody takes any. */
export type OnRefer = ((refer: IncomingRefer) => void) | null;
