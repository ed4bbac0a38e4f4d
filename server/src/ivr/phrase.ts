/*
 * Sentences put together from recorded pieces. The pieces of a number are English word order; another language that
 * counts differently replaces this file's rule, not its callers.
 */

/** The prompts that say a whole number from 0 to 9999; larger ones are said as 9999. */
export function sayNumber(value: number): readonly string[] {
  const number = Math.min(9999, Math.max(0, Math.trunc(value)));
  if (number >= 1000) {
    const rest = number % 1000;
    return [...sayNumber(Math.floor(number / 1000)), 'thousand', ...(rest === 0 ? [] : sayNumber(rest))];
  }
  if (number >= 100) {
    const rest = number % 100;
    return [`number-${Math.floor(number / 100)}`, 'hundred', ...(rest === 0 ? [] : sayNumber(rest))];
  }
  if (number <= 20 || number % 10 === 0) return [`number-${number}`];
  return [`number-${number - (number % 10)}`, `number-${number % 10}`];
}

/** How many others are in the conference. */
export function sayOthers(count: number): readonly string[] {
  if (count <= 0) return ['first-participant'];
  if (count === 1) return ['one-other'];
  return ['there-are', ...sayNumber(count), 'other-participants'];
}
