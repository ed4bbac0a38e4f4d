import type { Cause } from '../../call/model/cause.ts';
import type { CallerId } from '../../call/model/device.ts';

/*
 * What passes between a browser that is a phone and whoever speaks with the browser.
 */

/** A call at a browser that is a phone. */
export interface BrowserPhoneCall {
  /** Of the leg. */
  readonly id: string;
  /** Seen from the server: `outgoing` is a call to the browser. */
  readonly direction: 'incoming' | 'outgoing';
  /** `dialling`: whom it calls does not ring yet. `ringing`: it rings, here or there. */
  readonly state: 'dialling' | 'ringing' | 'established' | 'ended';
  /** Who is at the other end, as the number was dialled or shown. */
  readonly party: CallerId;
  /** It rings, and is to be picked up by itself. */
  readonly autoAnswer: boolean;
  /** Whom it calls is heard before the answer. */
  readonly early: boolean;
  /** Why it ended. */
  readonly reason: string | null;
}

/** A browser that wants to be a phone of an extension, and how it is told. */
export interface BrowserPhoneEntry {
  readonly extensionId: string;
  /** What the browser calls itself. */
  readonly agent: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
  /** Whether whoever signed in may still have it. */
  readonly allowed: () => boolean;
  /** A call that is new, or in another state. */
  readonly tell: (call: BrowserPhoneCall) => void;
  /** The call that rings is to be picked up now: somebody asked for that elsewhere. */
  readonly pickUp: (callId: string) => void;
  /** It is no phone any more, as another took its place. */
  readonly displaced: () => void;
}

/** A browser that is a phone of an extension. Errors of an offer: invalidArgument, notAcceptableMedia. */
export interface BrowserPhone {
  /** Somebody listens there: else it does not ring. */
  reachable: boolean;
  readonly calls: readonly BrowserPhoneCall[];
  /**
   * Gives the answer to its offer at once. Errors besides: forbidden, notFound, destinationNotAllowed, limitExceeded,
   * tooManyRequests, unavailable.
   */
  dial(dialled: string, offer: string): Promise<{ readonly callId: string; readonly answer: string }>;
  /** Gives the answer to its offer. Errors besides: notFound, conflict, unavailable. */
  pickUp(callId: string, offer: string): Promise<string>;
  /**
   * It comes another way in this call, with an offer of it. Gives the answer. Errors besides: notFound, unavailable.
   */
  move(callId: string, offer: string): Promise<string>;
  /** Turns away what rings, `busy` or not, or hangs up. */
  hangUp(callId: string, busy?: boolean): void;
  hold(callId: string, held: boolean): void;
  press(callId: string, digits: string): void;
  /** Signs out; its calls end, for a reason. Idempotent. */
  end(cause?: Cause): void;
}
