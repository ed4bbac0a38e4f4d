/** One statement of a job: which SQL (by its number), its parameters, and how many rows it must change (-1: any). */
export type JobStep = readonly [sql: number, parameters: readonly SqlValue[], changes: number];
export type SqlValue = string | number | null;

/** Control thread → writer thread. */
export interface WriteRequest {
  /** SQL not sent before; numbered on from what was. */
  readonly newSql: readonly string[];
  /** Each is all or nothing; all of them go into one commit. */
  readonly jobs: readonly (readonly JobStep[])[];
}

/** Writer thread → control thread, when the commit is durable or has failed. */
export interface WriteReply {
  /** Jobs that were not stored, by their place in the request; every other one is durable. */
  readonly failures: readonly (readonly [job: number, reason: string])[];
}
