import type { Cause } from '../model/cause.ts';
import type { Refusal } from '../model/refusal.ts';

/** What a leg tells about itself. Reports of an unknown leg, or that do not fit the state, are counted and ignored. */
export type LegReport =
  /**
   * Outgoing leg: its phone rings, or sends sound already. `early` true: it is to be heard; false: no longer, it rings.
   * May come again with either. `answerable`: the phone can be had to answer without its user, by `answer`; false: no
   * longer.
   */
  | { readonly type: 'delivered'; readonly early?: boolean; readonly answerable?: boolean }
  /** Outgoing leg: its phone, or its carrier, sent the call on to this number, where it is dialled now. */
  | { readonly type: 'sentOn'; readonly to: string }
  /** Outgoing leg: answered (200 OK); the leg can carry sound. */
  | { readonly type: 'answered' }
  /** Outgoing leg: refused, unreachable, not answered in time. The leg is gone. `refusal`: when somebody said so. */
  | { readonly type: 'failed'; readonly cause: Cause; readonly refusal?: Refusal }
  /** The other side hung up, or cancelled (callCancelled). The leg is gone. */
  | { readonly type: 'cleared'; readonly cause: Cause }
  /**
   * The phone put us on hold, took us back. `back`: who else can have it do so, see HeldThere; default: nobody. May
   * come again with another.
   */
  | { readonly type: 'heldByPeer'; readonly back?: 'asked' | 'atOnce' }
  | { readonly type: 'retrievedByPeer' }
  /** One key: 0-9, *, #, A-D. */
  | { readonly type: 'digit'; readonly digit: string; readonly durationMs: number }
  | { readonly type: 'talking'; readonly talking: boolean }
  /** No media any more (silent too long, media process died). The signalling side still stands and will be cleared. */
  | { readonly type: 'mediaLost' };
