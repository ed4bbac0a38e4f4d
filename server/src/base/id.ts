import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

/** A fresh identifier: 20 lowercase hex digits (80 random bits). */
export function newId(random: Random): string {
  return random.bytes(10).toString('hex');
}

/** What others name by text of their own, as an identifier of ours: always the same for the same text. */
export function idOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}

/** What `newId` makes, as a regular expression. */
export const idPattern = '^[0-9a-f]{20}$';
