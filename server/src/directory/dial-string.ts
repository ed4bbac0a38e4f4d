/** What a caller dialled, cut at its stars. Which of the parts is a prefix only the directory can say. */
export interface DialString {
  /** As dialled, without visual separators and a closing `#`: what the dial plan sees. */
  readonly whole: string;
  /** `0003*211*3` → `0003`, `211`, `3`. At least one. */
  readonly parts: readonly string[];
}

const longest = 80;

/**
 * Digits, `+`, `*`, visual separators (RFC 3966 §5.1.1) and a `#` at the end, as many phones send it. Null for
 * everything else: letters are no number here.
 */
export function parseDialString(dialled: string): DialString | null {
  if (dialled.length > longest) return null;
  const whole = dialled.replace(/[-.() ]/g, '').replace(/#$/, '');
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
