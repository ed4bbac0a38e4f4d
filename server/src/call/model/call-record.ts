import type { Cause } from './cause.ts';
import type { Direction, Role } from './connection.ts';

export type Disposition = 'answered' | 'noAnswer' | 'busy' | 'failed' | 'cancelled' | 'refused';

/** Who a record names. */
export interface Party {
  readonly kind: 'extension' | 'external' | 'conference';
  readonly number: string;
  readonly name: string;
  readonly extensionId: string | null;
}

/** Call detail record: one per connection, stored with the event that ends it. Times are ms since the epoch. */
export interface CallRecord {
  /** Same as connectionId. */
  readonly id: string;
  readonly callId: string;
  readonly connectionId: string;
  /** The leg that carried it last. */
  readonly legId: string | null;
  readonly organizationId: string;
  readonly from: Party;
  readonly to: Party;
  readonly direction: Direction;
  /** Its last. Supervisors are no parties: only the administration is told of them. */
  readonly role: Role;
  /**
   * Id of the extension that is charged: named when it was made, else who called, else who was called; null: none of
   * the organization.
   */
  readonly charged: string | null;
  readonly startedAt: number;
  readonly alertedAt: number | null;
  readonly answeredAt: number | null;
  readonly endedAt: number;
  /**
   * Of the phone call that this was a part of: when it entered the server, and when it was answered. Null in records of
   * old.
   */
  readonly callEnteredAt: number | null;
  readonly callAnsweredAt: number | null;
  /** Which of the two parties the connection was. Null in records of old. */
  readonly end: 'from' | 'to' | null;
  readonly disposition: Disposition;
  readonly cause: Cause;
}
