import { consistsOf, skipBlanks, TOKEN, trimEnd } from './chars.ts';
import type { Headers } from './headers.ts';

/**
 * Goes through the lines of a message head, which end with CR LF; the last one ends with the text. A carriage return
 * or line feed on its own ends the line as well and is remembered as an error, so that no line ever holds one.
 * Every search position only moves forward: time is linear in the text.
 */
export class Lines {
  readonly text: string;
  /** The line is `text` from `start` to `end`. */
  start = 0;
  end = 0;
  bareBreak = false;
  #next = 0;
  #cr = -1;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes to the next line; false when there is none. */
  advance(): boolean {
    const text = this.text;
    if (this.#next >= text.length) return false;
    this.start = this.#next;
    const lf = position(text, '\n', this.start);
    if (this.#cr < this.start) this.#cr = position(text, '\r', this.start);
    this.end = Math.min(lf, this.#cr);
    if (lf === text.length ? this.#cr < lf : this.#cr !== lf - 1) this.bareBreak = true;
    this.#next = lf + 1;
    return true;
  }

  /** Whether the next line begins with a blank and so continues this one. */
  get continues(): boolean {
    const code = this.text.charCodeAt(this.#next);
    return code === 0x20 || code === 0x09;
  }
}

function position(text: string, character: string, from: number): number {
  const at = text.indexOf(character, from);
  return at === -1 ? text.length : at;
}

/**
 * Reads the remaining lines as headers (RFC 3261 §7.3.1). A line that begins with a blank continues the one before;
 * the break and the blanks around it count as one space. A line without a name that could be one is no header and left
 * out: nobody can act on it. Returns what was wrong first, or null; the rest is read all the same, so that the request
 * can be answered.
 */
export function readHeaderLines(lines: Lines, headers: Headers, maxLines: number): string | null {
  const text = lines.text;
  let problem: string | null = hasBareNul(text) ? 'NUL outside a quoted string' : null;
  let colon = -1;
  let folds = 0;
  while (lines.advance()) {
    const { start, end } = lines;
    if (colon < start) colon = position(text, ':', start);
    let rest = '';
    while (lines.continues && lines.advance()) {
      if (++folds > maxLines) return problem ?? 'Too many lines';
      const from = skipBlanks(text, lines.start, lines.end);
      const to = trimEnd(text, from, lines.end);
      if (to > from) rest += ` ${text.slice(from, to)}`;
    }
    const nameEnd = colon < end ? trimEnd(text, start, colon) : start;
    if (!consistsOf(text, TOKEN, start, nameEnd)) continue;
    if (headers.size >= maxLines) return problem ?? 'Too many headers';
    const from = skipBlanks(text, colon + 1, end);
    const to = trimEnd(text, from, end);
    const value = rest === '' ? text.slice(from, to) : to > from ? text.slice(from, to) + rest : rest.slice(1);
    headers.appendParsed(text.slice(start, nameEnd), value);
  }
  if (lines.bareBreak) problem ??= 'A carriage return or line feed stands alone';
  return problem;
}

/** NUL may only stand behind a backslash (quoted-pair, §25.1). */
function hasBareNul(text: string): boolean {
  for (let at = text.indexOf('\0'); at !== -1; at = text.indexOf('\0', at + 1)) {
    if (text.charCodeAt(at - 1) !== 0x5c) return true;
  }
  return false;
}
