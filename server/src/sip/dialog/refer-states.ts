/**
 * The life of the subscription that a REFER implies (RFC 3515 §2.4.4, RFC 6665 §4.2): one NOTIFY at a time, so that
 * none overtakes another; what is told meanwhile waits, and of several only the latest.
 *
 *   idle       all that is known has been told
 *   notifying  a NOTIFY waits for its answer
 *   behind     and something newer is known
 *   lastDue    and it is known how it ended
 *   ending     the last NOTIFY waits for its answer
 *   over       nothing left
 *
 * `taken`: a 2xx; `lost`: any other answer, or none. That ends the subscription, and nothing else (RFC 5057).
 */
export type ReferState = 'idle' | 'notifying' | 'behind' | 'lastDue' | 'ending' | 'over';
export type ReferInput = 'tell' | 'tellLast' | 'taken' | 'lost';
export type ReferEffect = 'send' | 'sendLast' | 'end';

export interface ReferRow {
  readonly next: ReferState;
  readonly effect: ReferEffect | null;
}

const to = (next: ReferState, effect: ReferEffect | null = null): ReferRow => ({ next, effect });

export const referTable: Record<ReferState, Partial<Record<ReferInput, ReferRow>>> = {
  idle: { tell: to('notifying', 'send'), tellLast: to('ending', 'sendLast') },
  notifying: { tell: to('behind'), tellLast: to('lastDue'), taken: to('idle'), lost: to('over', 'end') },
  behind: { tell: to('behind'), tellLast: to('lastDue'), taken: to('notifying', 'send'), lost: to('over', 'end') },
  lastDue: { taken: to('ending', 'sendLast'), lost: to('over', 'end') },
  ending: { taken: to('over', 'end'), lost: to('over', 'end') },
  over: {},
};
