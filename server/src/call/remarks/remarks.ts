import { AppError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { newId } from '../../base/id.ts';
import type { Random } from '../../base/random.ts';
import { type CallData, callDataLimits, fitsCallData } from '../model/call-data.ts';
import type { CallRecord } from '../model/call-record.ts';
import type { CallStore } from '../ports.ts';
import type { RemarkEvent } from './remark.ts';

export interface RemarksOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Pick<CallStore, 'append' | 'records'>;
}

export interface Remark {
  readonly organizationId: string;
  readonly callId: string;
  /** Of who makes it: one of them was in the call. */
  readonly extensionIds: readonly string[];
  readonly set: CallData;
}

/** Nothing more is attached to a call that is over for one; what is said of it then stands in the log beside it. */
export class Remarks {
  readonly #options: RemarksOptions;

  constructor(options: RemarksOptions) {
    this.#options = options;
  }

  /** Durable when it resolves; false: none of these was in such a call. Errors: invalidArgument. */
  async make({ organizationId, callId, extensionIds, set }: Remark): Promise<boolean> {
    const { clock, random, store } = this.#options;
    const records = await store.records({ organizationId, callId });
    const extensionId = records.map(partyOf).find((id) => id !== null && extensionIds.includes(id));
    if (extensionId === undefined || extensionId === null) return false;
    if (!fitsCallData(set)) throw new AppError('invalidArgument', 'Too much data is attached.', callDataLimits);
    const stream = { kind: 'remark', id: newId(random) } as const;
    const data = { callId, extensionId, set };
    const event: RemarkEvent = { stream, organizationId, seq: 1, at: clock.now(), type: 'remarkMade', data };
    await store.append([event], []);
    return true;
  }
}

/** The extension that the record is of. */
function partyOf({ end, from, to }: CallRecord): string | null {
  return end === null ? null : (end === 'from' ? from : to).extensionId;
}
