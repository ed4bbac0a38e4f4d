import type { CallData } from '../model/call-data.ts';
import type { StreamEvent } from '../model/event-log.ts';

/** What one of its parties says of a call that is over for it: a history of its own, which ends with its one event. */
export interface RemarkEvent extends StreamEvent {
  readonly stream: { readonly kind: 'remark'; readonly id: string };
  readonly type: 'remarkMade';
  readonly data: {
    readonly callId: string;
    /** Whose device was in it. */
    readonly extensionId: string;
    readonly set: CallData;
  };
}
