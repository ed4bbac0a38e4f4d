import { type UnifiedApiErrorCode, unifiedApiError } from '../errors.ts';

/** How long a phone rings when nothing is said, and at most, s. */
const usualWait = 25;
const longestWait = 3600;
/** How long a call may last, s. */
const shortestCall = 1;
const longestCall = 24 * 3600;
const pattern = /^[0-9]+(?:\.[0-9]+)?$/;

/** `waitForPickup` in ms, higher than 0; what is longer than an hour is an hour. Throws `pc_timeout_invalid`. */
export function readWait(given: unknown): number {
  return Math.min(readSeconds(given, 'pc_timeout_invalid') ?? usualWait, longestWait) * 1000;
}

/** `callDuration` in ms, at least a second and at most a day; null when not given. Throws `pc_duration_invalid`. */
export function readDuration(given: unknown): number | null {
  const seconds = readSeconds(given, 'pc_duration_invalid');
  return seconds === null ? null : Math.round(Math.min(Math.max(seconds, shortestCall), longestCall) * 1000);
}

/** Seconds higher than 0, as a number or as its text; null when missing or empty. Throws `code`. */
export function readSeconds(given: unknown, code: UnifiedApiErrorCode): number | null {
  if (given === undefined || given === null || given === '') return null;
  const text = typeof given === 'number' ? String(given) : given;
  const seconds = typeof text === 'string' && pattern.test(text) ? Number(text) : 0;
  // Under a millisecond nothing can ring.
  if (seconds < 0.001) throw unifiedApiError(code);
  return seconds;
}

/** `true`, `false`, `1`, `0`, in any case; null when missing or empty. Throws `code`. */
export function readFlag(given: unknown, code: UnifiedApiErrorCode): boolean | null {
  if (given === undefined || given === null || given === '') return null;
  const text = String(given).toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw unifiedApiError(code);
}
