import type { Cause } from '../call/cause.ts';

/*
 * Between the call model's causes and what SIP says: status codes (RFC 3261 21) and the Reason header (RFC 3326) with the
 * cause values of ITU-T Q.850.
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

/** What the final status of an INVITE of ours means. */
export function causeOfStatus(status: number): Cause {
  switch (status) {
    case 486:
    case 600:
      return 'busy';
    case 408:
      return 'noAnswer';
    case 487:
      return 'callCancelled';
    case 403:
    case 603:
    case 607:
      return 'callRejected';
    case 401:
    case 407:
      return 'unauthorized';
    case 415:
    case 488:
    case 606:
      return 'mediaFailure';
    default:
      return status >= 500 && status < 600 ? 'networkNotObtainable' : 'destNotObtainable';
  }
}
