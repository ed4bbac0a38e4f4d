import { readTelephoneNumber } from '../base/telephone-number.ts';

/** What a caller dialled, cut at its stars. Which of the parts is a prefix only the directory can say. */
export interface DialString {
  /** As dialled, without visual separators and a closing `#`: what the dial plan sees. */
  readonly whole: string;
  /** `0003*211*3` → `0003`, `211`, `3`. At least one. */
  readonly parts: readonly string[];
}

const longest = 80;

/**
 * A number with `*` in it and a `#` at the end, as many phones send it. Null for everything else: letters are no number
 * here, and who dials has left the parameters of a number behind.
 */
export function parseDialString(dialled: string): DialString | null {
  if (dialled.length > longest) return null;
  const read = readTelephoneNumber(dialled);
  if (read === null || read.parameters !== '') return null;
  const whole = read.number.replace(/#$/, '');
  if (!/^\+?[0-9][0-9*]*$/.test(whole)) return null;
  return { whole, parts: whole.split('*') };
}

/** A public number without its `+`, as it is kept. */
export function publicForm(number: string): string {
  return number.startsWith('+') ? number.slice(1) : number;
}

/** Whether somebody meant the telephone network: an international number, or one too long for an extension. */
export function looksExternal(whole: string): boolean {
  return /^(?:\+[0-9]+|[0-9]{7,})$/.test(whole);
}
