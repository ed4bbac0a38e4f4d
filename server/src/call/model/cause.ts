import type { Refusal } from './refusal.ts';

/**
 * Why an event happened (after the CSTA event causes). `legs/` maps SIP status and Reason to these and back.
 */
export const causes = [
  'normal', // as asked for: hung up, held by its user …
  'newCall', // first event of a call
  'busy',
  'noAnswer',
  'destNotObtainable', // no such number, or nobody registered under it
  'callCancelled', // the caller gave up before the answer
  'callRejected', // the called party refused
  'unauthorized', // wrong PIN too often, or not allowed
  'resourcesNotAvailable', // no port, no capacity
  'systemFailure', // this server failed, or was killed and found the call open afterwards
  'mediaFailure', // no common codec, media silent too long, or its process died
  'timeout', // a limit of time passed
  'networkNotObtainable', // trunk or transport unreachable
  'conferenceFull',
  'locked',
  'moderatorsLeft',
  'removed', // put out by a moderator or an administrator
  'transfer', // moved by a transfer
  'conference', // added to, or merged into, a conference
  'joined', // came in by itself
  'shutdown', // the server is going down in an orderly way
] as const;

export type Cause = (typeof causes)[number];

/** What tells the caller more comes first; all others are alike. */
const telling: readonly Cause[] = ['busy', 'callRejected', 'noAnswer', 'unauthorized', 'destNotObtainable'];

/** Why a phone was not reached, and how that was said, if it was. */
export interface Unreached {
  readonly cause: Cause;
  readonly refusal?: Refusal;
}

/** Of several phones that were not reached, what to tell: of two alike rather that which somebody said. */
export function moreTelling(known: Unreached | null, other: Unreached): Unreached {
  if (known === null) return other;
  const rank = ({ cause, refusal }: Unreached) => {
    const place = telling.includes(cause) ? telling.indexOf(cause) : telling.length;
    return 2 * place + (refusal === undefined ? 1 : 0);
  };
  return rank(other) < rank(known) ? other : known;
}
