/**
 * A telephone number as people, phones and carriers write it (telephone-subscriber, RFC 3966 §3):
 *
 *     +1-323-555-0100;npdi;rn=+1-323-555-0199       number, then parameters (RFC 4694, RFC 4904, verstat…)
 *     0003*211*3                                    what a phone dials
 *     323 555 0100                                  separators are for the eye (§5.1.1); blanks are people's
 *
 * Every place that reads a number reads it here, so that one number is the same everywhere: where it is looked up,
 * shown, counted.
 */
export interface TelephoneNumber {
  /** `+` where it is a global number, then digits, `*` and `#`, and A to F where they were allowed. No separators. */
  readonly number: string;
  /** What follows, each with its semicolon, as written; '' when there is nothing. Never part of the number. */
  readonly parameters: string;
}

/**
 * `hexadecimal`: letters A to F count as digits (§5.1.3), which they only do where the writer says that it is a number.
 */
export function readTelephoneNumber(text: string, hexadecimal = false): TelephoneNumber | null {
  const semicolon = text.indexOf(';');
  const end = semicolon === -1 ? text.length : semicolon;
  let number = '';
  let from = 0;
  let digits = 0;
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code) || code === 0x2a || code === 0x23 || (hexadecimal && isLetter(code))) digits++;
    else if (code === 0x2b ? number !== '' || from !== at : !isSeparator(code)) return null;
    else if (code !== 0x2b) {
      number += text.slice(from, at);
      from = at + 1;
    }
  }
  if (digits === 0) return null;
  number += text.slice(from, end);
  return { number: hexadecimal ? number.toUpperCase() : number, parameters: text.slice(end) };
}

/** The number that a text is, or the text as it is when it is none. */
export function plainNumber(text: string): string {
  return readTelephoneNumber(text)?.number ?? text;
}

const longestWritten = 255;
/** What nobody sees: marks of the direction of writing, which address books copy with a number, and the like. */
const invisible = /\p{Cf}/gu;
/** What stands between digits in typeset text: any blank or dash, and the stroke behind an area code. */
const typeset = /[\p{Zs}\p{Pd}\t\u2212/]/gu;

/**
 * The number that somebody wrote to have it dialled, or looked for: as people write it and copy it from pages and
 * address books, or as a tel URI (RFC 3966), with or without escapes. What follows the number falls away. Null: there
 * is none.
 *
 *     tel:+1-202-555-0142    +1 (202) 555-0142    202.555.0142    030/123456    0003*211*3
 */
export function writtenNumber(text: string): string | null {
  if (text.length > longestWritten) return null;
  const written = text.replace(invisible, '').replace(typeset, ' ').trim();
  if (!/^tel:/i.test(written)) return readTelephoneNumber(written)?.number ?? null;
  try {
    return readTelephoneNumber(decodeURIComponent(written.slice(4)), true)?.number ?? null;
  } catch {
    return null;
  }
}

/** In the query of an address a `+` that was not escaped has become a blank on the way. */
export function unescapedPlus(text: string): string {
  return text.replace(/^ (?=[(0-9])/, '+');
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A to F, in either case. */
function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** `-`, `.`, `(`, `)`, and the blank. */
function isSeparator(code: number): boolean {
  return code === 0x2d || code === 0x2e || code === 0x28 || code === 0x29 || code === 0x20;
}
