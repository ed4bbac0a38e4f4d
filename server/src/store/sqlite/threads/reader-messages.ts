import type { PhoneCallPage, PhoneCallQuery } from '../../../call/model/phone-call-record.ts';
import type { SqlValue } from './writer-messages.ts';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Control thread → reader thread, one at a time. */
export type ReadRequest =
  /** `budgetMs`: how long it may take. */
  (Statement & { readonly budgetMs: number }) | { readonly phoneCalls: PhoneCallQuery };

/** Reader thread → control thread. */
export type ReadReply =
  | { readonly rows: readonly unknown[] }
  /** Null: phone calls are not kept in memory now. */
  | { readonly page: PhoneCallPage | null }
  /** `late`: the time was over. */
  | { readonly failure: string; readonly late: boolean };
