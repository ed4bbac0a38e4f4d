import type { LoggedEvent, StreamEvent } from '../model/event-log.ts';
import { isOfCall } from '../model/event-log.ts';

/** What forbade a call to the telephone network before there was one. */
export interface RefusedDial {
  /** `dialPlan`: no row of it allows the number; `destination`: the lists; the others: whose budget is used up. */
  readonly scope: 'dialPlan' | 'destination' | 'total' | 'user' | 'conference';
  readonly limit: 'perMinute' | 'concurrent' | 'allow' | 'deny' | null;
  /** The bound that was hit; null for the dial plan and the lists. */
  readonly bound: number | null;
  /** The pattern of the list that forbids the number; null when none allows it, and for the bounds. */
  readonly rule: string | null;
  readonly organizationId: string;
  /** Who would have been charged, `<organizationId>-<userId>`. */
  readonly account: string | null;
  readonly conferenceId: string | null;
  /** Null for the dial plan. */
  readonly trunk: string | null;
  readonly number: string;
}

/**
 * An attempt that came to no call: a history of its own, which ends with its one event. `dialOutsRefused` stands for so
 * many more that were not told one by one; its data are those of the last.
 */
export interface AttemptEvent extends StreamEvent {
  readonly stream: { readonly kind: 'attempt'; readonly id: string };
  readonly type: 'dialOutRefused' | 'dialOutsRefused';
  readonly data: RefusedDial & {
    /** The request of an interface that asked for it; by SIP what `idOfText` makes of its Call-ID. */
    readonly requestId: string | null;
    readonly count?: number;
    /** ms since the epoch. */
    readonly since?: number;
  };
}

export function isOfAttempt(event: LoggedEvent): event is AttemptEvent {
  return !isOfCall(event) && event.stream.kind === 'attempt';
}
