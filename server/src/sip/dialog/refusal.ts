import type { SipResponse } from '../message/message.ts';

/** A final refusal of an INVITE of ours. */
export interface InviteRefusal {
  readonly status: number;
  readonly reason: string;
  /** What the response said besides; null when there was none: a time-out, nobody to send to, our own doing. */
  readonly said: SaidInRefusal | null;
}

/** Values fit to be sent on in a header, or null. */
export interface SaidInRefusal {
  /** Reason (RFC 3326, RFC 6432). */
  readonly reason: string | null;
  readonly warning: string | null;
}

const longest = 512;
/** `Q.850;cause=1;text="…"`, with blanks where they may be. */
const reasonPattern = /^[\w.!%*+`'~-]+(?: *; *[\w.!%*+`'~-]+(?: *= *(?:[\w.!%*+`'~-]+|"(?:[^"\\]|\\.)*"))?)*$/;
/** `399 carrier.example "…"`. */
const warningPattern = /^\d{3} [^\s",;]+ "(?:[^"\\]|\\.)*"$/;

export function saidIn({ headers }: SipResponse): SaidInRefusal {
  return {
    reason: fit(headers.getAll('Reason'), reasonPattern),
    warning: fit(headers.getAll('Warning'), warningPattern),
  };
}

/** Those of the values that are by the grammar and in ASCII, in one line. */
function fit(values: readonly string[], pattern: RegExp): string | null {
  let line = '';
  for (const value of values) {
    const text = value.trim();
    if (line.length + text.length > longest || !/^[\x20-\x7e]*$/.test(text) || !pattern.test(text)) continue;
    line = line === '' ? text : `${line}, ${text}`;
  }
  return line === '' ? null : line;
}

/**
 * The better of two refusals, as §16.7 chooses: 6xx, then the lower class; but a person's no comes before anything
 * else, what concerns the password between us and them, what nobody said at all, and that somebody is overloaded last.
 */
export function better(a: InviteRefusal | null, b: InviteRefusal): InviteRefusal {
  return a === null || rank(b) < rank(a) ? b : a;
}

const ranks: Readonly<Record<number, number>> = { 486: 1, 480: 3, 408: 4, 401: 6, 407: 6, 487: 8, 503: 8 };

function rank({ status, said }: InviteRefusal): number {
  if (said === null) return status === 480 ? 7 : 9;
  if (status >= 600) return 0;
  return ranks[status] ?? (status < 500 ? 2 : 5);
}
