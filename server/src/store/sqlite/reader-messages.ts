import type { SqlValue } from './writer-messages.ts';

/** Control thread → reader thread, one at a time. */
export interface ReadRequest {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  /** How long it may take, ms. */
  readonly budgetMs: number;
}

/** Reader thread → control thread. */
export type ReadReply =
  | { readonly rows: readonly unknown[] }
  /** `late`: the time was over. */
  | { readonly failure: string; readonly late: boolean };
