/** National numbers shorter than this are not taken for the end of an international one: they may be extensions. */
const shortestNational = 7;
const longestCountryCode = 3;

/** A number without the `+` in front. */
export function withoutPlus(number: string): string {
  return number.startsWith('+') ? number.slice(1) : number;
}

/**
 * Whether two numbers reach the same phone: a `+` in front makes no difference, and `+12025550110` is also
 * `2025550110`, `+493012345678` also `03012345678`, as they are dialled inside their country.
 */
export function sameNumber(a: string, b: string): boolean {
  const [x, y] = [withoutPlus(a), withoutPlus(b)];
  if (x === y) return true;
  if (a.startsWith('+') === b.startsWith('+')) return false;
  return a.startsWith('+') ? isNationalOf(x, y) : isNationalOf(y, x);
}

/** What numbers that `sameNumber` finds the same have in common: their last digits. */
export function numberTail(number: string): string {
  return withoutPlus(number).slice(-shortestNational);
}

function isNationalOf(international: string, dialled: string): boolean {
  const national = dialled.startsWith('0') ? dialled.slice(1) : dialled;
  const code = international.length - national.length;
  return (
    national.length >= shortestNational && code >= 1 && code <= longestCountryCode && international.endsWith(national)
  );
}
