/**
 * Character classes of RFC 3261 §25.1, as one bit each in a table over ASCII; everything above is in no class.
 * All scanning of peer data goes through this table or through `indexOf`, so that it is linear.
 */
export const TOKEN = 1;
const DIGIT = 2;
export const HEX = 4;
/** May stand in the user part of a URI without an escape. */
export const USER = 8;
/** The same for a URI parameter. */
export const URI_PARAM = 16;
/** The same for a URI header. */
export const URI_HEADER = 32;
/** Letters, digits, `-`, `.`; and `_`, which real networks use in names. */
export const HOST = 64;
/** Call-ID words and the `@` between them. */
export const WORD = 128;
/** May stand in a parameter value without quotes: token or host, brackets of an IPv6 reference included. */
export const PARAM_VALUE = 256;
/** May stand in the password of a URI without an escape. */
export const PASSWORD = 512;
/** No class: whatever the character is. */
export const ANY = 0;

const table = new Uint16Array(128);

function mark(characters: string, bits: number): void {
  for (const character of characters) table[character.charCodeAt(0)]! |= bits;
}

const digits = '0123456789';
const alphanumeric = `${digits}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ`;
const unreserved = `${alphanumeric}-_.!~*'()`;
mark(digits, DIGIT);
mark(`${digits}abcdefABCDEF`, HEX);
mark(`${alphanumeric}-.!%*_+\`'~`, TOKEN | WORD | PARAM_VALUE);
mark('()<>:\\"/[]?{}@', WORD);
mark('[]:', PARAM_VALUE);
mark(`${unreserved}&=+$,;?/`, USER);
mark(`${unreserved}&=+$,`, PASSWORD);
mark(`${unreserved}[]/:&+$`, URI_PARAM);
mark(`${unreserved}[]/?:+$`, URI_HEADER);
mark(`${alphanumeric}-._`, HOST);

/** Whether the character code is in one of the classes. */
export function isIn(code: number, classes: number): boolean {
  return code < 128 && (table[code]! & classes) !== 0;
}

/** Whether `text` from `start` to `end` is not empty and wholly of the classes. */
export function consistsOf(text: string, classes: number, start = 0, end = text.length): boolean {
  if (start >= end) return false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code >= 128 || (table[code]! & classes) === 0) return false;
  }
  return true;
}

/** The first position from `at` on that is neither space nor tab. */
export function skipBlanks(text: string, at: number, end = text.length): number {
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x09) break;
    at++;
  }
  return at;
}

/** The end of `text` without the blanks before `end`. */
export function trimEnd(text: string, start: number, end: number): number {
  while (end > start) {
    const code = text.charCodeAt(end - 1);
    if (code !== 0x20 && code !== 0x09) break;
    end--;
  }
  return end;
}

/** The whole number that `text` is, or null when it is not digits alone or more than `max`. Leading zeros are fine. */
export function parseDigits(text: string, max: number, start = 0, end = text.length): number | null {
  if (start >= end) return null;
  let value = 0;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    // Written so that NaN, which stands behind the end of the text, fails as well.
    if (!(code >= 0x30 && code <= 0x39)) return null;
    value = value * 10 + (code - 0x30);
    if (value > max) return null;
  }
  return value;
}

/** The position after the closing quote of the quoted string that opens at `at`, or -1 when it never closes. */
export function quotedEnd(text: string, at: number, end = text.length): number {
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) return i + 1;
    if (code === 0x5c) i++;
  }
  return -1;
}

/** What stands between the quotes at `start` and `end - 1`, its backslashes undone. A NUL comes out as U+FFFD. */
export function unquote(text: string, start: number, end: number): string {
  const inner = text.slice(start + 1, end - 1).replaceAll('\0', '\ufffd');
  if (inner.indexOf('\\') === -1) return inner;
  let out = '';
  let from = 0;
  for (;;) {
    const slash = inner.indexOf('\\', from);
    if (slash === -1) return out + inner.slice(from);
    out += inner.slice(from, slash) + inner.charAt(slash + 1);
    from = slash + 2;
  }
}

/** `text` as a quoted string. */
export function quote(text: string): string {
  if (text.indexOf('"') === -1 && text.indexOf('\\') === -1) return `"${text}"`;
  let out = '"';
  for (const character of text) out += character === '"' || character === '\\' ? `\\${character}` : character;
  return `${out}"`;
}

/** Whether `text` has no control character but tabs. */
export function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}
