import type { Random } from './random.ts';

/** A fresh identifier: 20 lowercase hex digits (80 random bits). */
export function newId(random: Random): string {
  return random.bytes(10).toString('hex');
}

/** What `newId` makes, as a regular expression. */
export const idPattern = '^[0-9a-f]{20}$';
