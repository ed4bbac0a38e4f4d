import type { Clock } from '../../base/clock.ts';
import type { Config } from '../../config/config.ts';

/**
 * - `ok`       as it should be
 * - `note`     good to know
 * - `warning`  works, but not for everybody or not for long
 * - `problem`  will not work
 */
export type Grade = 'ok' | 'note' | 'warning' | 'problem';

export interface Finding {
  readonly grade: Grade;
  readonly about: string;
  readonly what: string;
  /** What to do, where something is to be done. */
  readonly next?: string;
}

export interface Patient {
  readonly config: Config;
  readonly clock: Clock;
  /** Whether a Partyline server answers where the configuration says: then its ports are taken by it. */
  readonly running: boolean;
}

export type Check = (patient: Patient) => Promise<readonly Finding[]> | readonly Finding[];

export const ok = (about: string, what: string): Finding => ({ grade: 'ok', about, what });
export const note = (about: string, what: string, next?: string): Finding => found('note', about, what, next);
export const warning = (about: string, what: string, next: string): Finding => found('warning', about, what, next);
export const problem = (about: string, what: string, next: string): Finding => found('problem', about, what, next);

function found(grade: Grade, about: string, what: string, next?: string): Finding {
  return { grade, about, what, ...(next === undefined ? {} : { next }) };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
