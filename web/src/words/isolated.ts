/** Scripts that are written from right to left, and marks that begin such writing (UAX #9). */
const turns =
  /[\u0590-\u08ff\u200f\u202b\u202e\u2067\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
const overrides = /[\u202a-\u202e]/g;
const isolates = /[\u2066-\u2069]/g;

/**
 * Somebody's name in a sentence: written from right to left it would take along the number or the arrow behind it, so
 * that `200*3` is read as `3*200`. It is isolated, and turns nothing but itself.
 */
export function isolated(text: string): string {
  if (!turns.test(text)) return text;
  const plain = text.replace(overrides, '');
  return `\u2068${inPairs(plain) ? plain : plain.replace(isolates, '')}\u2069`;
}

/** One that closes more than it opened would end ours. */
function inPairs(text: string): boolean {
  let open = 0;
  for (const [mark] of text.matchAll(isolates)) {
    open += mark === '\u2069' ? -1 : 1;
    if (open < 0) return false;
  }
  return open === 0;
}

/** The same of all that a word is given. */
function givenIsolated(given: unknown): unknown {
  if (typeof given === 'string') return isolated(given);
  if (Array.isArray(given)) return given.map(givenIsolated);
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, givenIsolated(value)]));
}

/** Words whose sentences isolate what is put into them. */
export function isolating<W>(words: W): W {
  if (typeof words === 'function') return ((...given: unknown[]) => words(...given.map(givenIsolated))) as W;
  if (typeof words !== 'object' || words === null || Array.isArray(words)) return words;
  return Object.fromEntries(Object.entries(words).map(([name, value]) => [name, isolating(value)])) as W;
}
