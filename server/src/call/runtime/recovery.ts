import { coerceError } from '../../base/app-error.ts';
import type { Log } from '../../base/log.ts';
import type { Call } from '../model/call.ts';
import type { CallRecord } from '../model/call-record.ts';
import type { CallEvent } from '../model/events.ts';
import { replay } from '../model/evolve.ts';
import type { OpenCall } from '../ports.ts';
import { endCall } from '../step/departure.ts';
import { decide, type StepContext } from '../step/draft.ts';

export interface Recovered {
  /** With the state after each, unless the log could not be replayed. */
  readonly events: readonly { readonly event: CallEvent; readonly call: Call | null }[];
  readonly records: readonly CallRecord[];
}

/**
 * What ends a call that a crash left open: connectionCleared with its record for every connection, then callCleared,
 * cause systemFailure, numbered on from its last event. A log that can't be replayed is at least closed.
 */
export function endAfterCrash(open: OpenCall, context: StepContext, log: Log): Recovered {
  try {
    const call = replay(open.events);
    if (call === null || call.seq !== open.lastSeq)
      throw new Error(`${open.lastSeq} events, ${call?.seq ?? 0} readable`);
    const step = decide([call], context, (draft) => endCall(draft, call, 'systemFailure'), undefined);
    return { events: step.events, records: step.records };
  } catch (error) {
    log.error({ call: open.callId, error: coerceError(error).message }, 'log of an open call could not be replayed');
    const event: CallEvent = {
      callId: open.callId,
      seq: open.lastSeq + 1,
      at: context.now,
      type: 'callCleared',
      connectionId: null,
      cause: 'systemFailure',
      data: {},
    };
    return { events: [{ event, call: null }], records: [] };
  }
}
