import type { Cause } from '../../call/model/cause.ts';
import type { Refusal } from '../../call/model/refusal.ts';
import type { SessionEnd } from '../../sip/dialog/invite.ts';
import type { SaidInRefusal } from '../../sip/dialog/refusal.ts';
import { reasonPhrases } from '../../sip/message/response.ts';

/*
 * Between the call model's causes and what SIP says: status codes (RFC 3261 21) and the Reason header (RFC 3326) with
 * the cause values of ITU-T Q.850.
 */

interface Row {
  /** Refuses an unanswered INVITE. */
  readonly status: number;
  readonly q850: number;
}

const rows: Readonly<Record<Cause, Row>> = {
  normal: { status: 480, q850: 16 },
  newCall: { status: 480, q850: 16 },
  busy: { status: 486, q850: 17 },
  noAnswer: { status: 480, q850: 19 },
  destNotObtainable: { status: 480, q850: 20 },
  callCancelled: { status: 487, q850: 16 },
  callRejected: { status: 603, q850: 21 },
  unauthorized: { status: 403, q850: 21 },
  resourcesNotAvailable: { status: 503, q850: 47 },
  systemFailure: { status: 500, q850: 41 },
  mediaFailure: { status: 503, q850: 41 },
  timeout: { status: 480, q850: 102 },
  networkNotObtainable: { status: 503, q850: 38 },
  conferenceFull: { status: 486, q850: 17 },
  locked: { status: 403, q850: 21 },
  moderatorsLeft: { status: 480, q850: 16 },
  removed: { status: 603, q850: 16 },
  transfer: { status: 480, q850: 16 },
  conference: { status: 480, q850: 16 },
  joined: { status: 480, q850: 16 },
  shutdown: { status: 503, q850: 16 },
};

export function statusOf(cause: Cause): number {
  return rows[cause].status;
}

/** Value of a Reason header: why we end or give up a call. */
export function reasonOf(cause: Cause): string {
  return `Q.850;cause=${rows[cause].q850};text="${cause}"`;
}

/** What single refusals mean (RFC 3261 §21, and what later RFCs added). */
const meanings: Readonly<Record<number, Cause>> = {
  // Nobody can be reached under it.
  404: 'destNotObtainable',
  410: 'destNotObtainable',
  416: 'destNotObtainable',
  484: 'destNotObtainable',
  485: 'destNotObtainable',
  604: 'destNotObtainable',
  // Somebody could be, but did not come.
  408: 'noAnswer',
  480: 'noAnswer',
  486: 'busy',
  600: 'busy',
  487: 'callCancelled',
  // Somebody, or something on their behalf, does not want this call: 433 to 438 do not like who calls (RFC 5079, 8224),
  // 607 takes it for unwanted (RFC 8197), 608 is said by an analysis (RFC 8688).
  403: 'callRejected',
  433: 'callRejected',
  434: 'callRejected',
  436: 'callRejected',
  437: 'callRejected',
  438: 'callRejected',
  603: 'callRejected',
  607: 'callRejected',
  608: 'callRejected',
  // The carrier does not want us.
  401: 'unauthorized',
  402: 'unauthorized',
  407: 'unauthorized',
  415: 'mediaFailure',
  488: 'mediaFailure',
  606: 'mediaFailure',
};

/**
 * What the final status of an INVITE of ours means. A 3xx comes here only when it was not followed; other 4xx say that
 * the two servers do not understand each other, other 6xx that nobody anywhere takes the call.
 */
export function causeOfStatus(status: number): Cause {
  const cause = meanings[status];
  if (cause !== undefined) return cause;
  if (status < 400) return 'destNotObtainable';
  return status < 600 ? 'networkNotObtainable' : 'callRejected';
}

/** What somebody who was dialled said, as it is kept and told on. */
export function refusalOf(status: number, { reason, warning }: SaidInRefusal): Refusal {
  return { status, ...(reason === null ? {} : { reason }), ...(warning === null ? {} : { warning }) };
}

/**
 * Refusals that are about our own request, which whoever waits for the phone did not make: taken as they stand they
 * would have it offer its password, leave out an extension or send its INVITE again in another way. A refusal by our
 * password is a 403; a session description that came in the wrong form one that is not acceptable; a 3xx leads nowhere,
 * since it was not followed.
 */
const ownBusiness: ReadonlyMap<number, number> = new Map([
  [401, 403],
  [407, 403],
  [415, 488],
  ...[405, 406, 411, 412, 417, 420, 421, 422, 423, 428, 429, 439, 440, 469, 470, 481, 489, 491, 494].map(
    (status) => [status, 500] as const,
  ),
  ...[501, 505, 580].map((status) => [status, 500] as const),
]);

/**
 * The refusal of a phone that waits, and what goes with it: that of the phone it waits for in its own words (§16.7),
 * else ours.
 */
export function toldAs(
  cause: Cause,
  refusal: Refusal | null,
): { readonly status: number; readonly headers: readonly (readonly [string, string])[] } {
  if (refusal === null) {
    const status = statusOf(cause);
    return { status, headers: status === 503 ? [['Retry-After', '5']] : [] };
  }
  const { status: was, reason, warning } = refusal;
  const status = was < 400 ? 480 : (ownBusiness.get(was) ?? was);
  const headers: [string, string][] = [];
  // What it was shows here at least (RFC 3326).
  const instead = status === was ? null : `SIP;cause=${was};text="${reasonPhrases[was] ?? 'Refused'}"`;
  const told = reason ?? instead;
  if (told !== null) headers.push(['Reason', told]);
  if (warning !== undefined) headers.push(['Warning', warning]);
  return { status, headers };
}

/** Why a session was over before we ended it. */
export function causeOfEnd(end: SessionEnd): Cause {
  switch (end.by) {
    case 'remote':
    case 'local':
      return 'normal';
    case 'timeout':
      return 'timeout';
    case 'error':
      return 'networkNotObtainable';
  }
}
