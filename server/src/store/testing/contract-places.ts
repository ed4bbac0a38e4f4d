import type { CallRecord } from '../../call/model/call-record.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { Store } from '../store.ts';

/** One place that a store can be opened over, closed and opened again. */
export interface StorePlace {
  open(): Promise<Store>;
  dispose(): Promise<void>;
}

/** Opens a store over a fresh, empty place. */
export type OpenStore = () => Promise<{ readonly place: StorePlace; readonly store: Store }>;

export function eventOf(callId: string, seq: number): CallEvent {
  const event = {
    callId,
    seq,
    at: 1_800_000_000_000 + seq,
    type: 'held',
    connectionId: `${callId}-1`,
    cause: 'normal',
  };
  return { ...event, data: {} } as CallEvent;
}

export function endOf(callId: string, seq: number): CallEvent {
  return { ...eventOf(callId, seq), type: 'callCleared', connectionId: null } as CallEvent;
}

export function recordOf(id: string, callId: string): CallRecord {
  return {
    id,
    callId,
    connectionId: id,
    legId: `leg-${id}`,
    organizationId: '3',
    from: { kind: 'extension', number: '15000', name: 'Jane "J" Doe', extensionId: '3-15000' },
    to: { kind: 'conference', number: '211', name: 'Weekly', extensionId: '3-211' },
    direction: 'incoming',
    role: 'participant',
    charged: null,
    startedAt: 1_800_000_000_000,
    alertedAt: null,
    answeredAt: 1_800_000_001_000,
    endedAt: 1_800_000_002_000,
    callEnteredAt: 1_800_000_000_000,
    callAnsweredAt: 1_800_000_001_000,
    end: 'from',
    disposition: 'answered',
    cause: 'normal',
  };
}
