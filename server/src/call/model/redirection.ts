import type { Device } from './device.ts';

/** Why a call was sent on. */
export type RedirectionReason =
  | 'unconditional'
  | 'busy'
  | 'noAnswer'
  | 'unavailable'
  | 'deflected'
  | 'transferred'
  | 'unknown';

/**
 * One that a call had come to before, and that sent it on. Of several, oldest first, the first is the one that was
 * called and the last is CSTA's lastRedirectionDevice.
 */
export interface Redirection {
  /** Null: it wants to stay unknown, or who says so is not believed; that it was there counts all the same. */
  readonly by: Device | null;
  readonly reason: RedirectionReason;
}

/**
 * A call that was sent on so often is sent on no further, and of one that comes in so much is kept: it may go in a
 * circle that leads through others, of which nobody sees the whole.
 */
export const mostRedirections = 5;
