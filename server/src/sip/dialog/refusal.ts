import { consistsOf, isPrintable, quote, TOKEN } from '../message/chars.ts';
import type { SipResponse } from '../message/message.ts';
import { formatParams, parseParams } from '../message/params.ts';

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
/** `Q.850;cause=1;text="…"`, with blanks where they may be: sent on as it stands. */
const reasonPattern =
  /^[\w.!%*+`'~-]+(?:[ \t]*;[ \t]*[\w.!%*+`'~-]+(?:[ \t]*=[ \t]*(?:[\w.!%*+`'~-]+|"(?:[^"\\]|\\.)*"))?)*$/;
/** `399 carrier.example "…"`; some leave the agent out, and write something behind the text. */
const warningPattern = /^(\d{3})[ \t]+(?:([^\s",;]+)[ \t]+)?("(?:[^"\\]|\\.)*")/;
/** Without quotes. */
const barePattern = /^(\d{3})[ \t]+([^\s",;]+)[ \t]+([^"]+)$/;
/** A pseudonym for whoever does not say who warns. */
const nobody = '-';

export function saidIn({ headers }: SipResponse): SaidInRefusal {
  return {
    reason: fit(headers.getAll('Reason'), readReason),
    warning: fit(headers.getAll('Warning'), readWarning),
  };
}

/** What can be read of the values, in one line by the grammar; texts may be in any language (RFC 3261 §25.1). */
function fit(values: readonly string[], read: (text: string) => string | null): string | null {
  let line = '';
  for (const value of values) {
    const text = value.trim();
    const said = text.length <= longest && isPrintable(text) ? read(text) : null;
    if (said === null || line.length + said.length > longest) continue;
    line = line === '' ? said : `${line}, ${said}`;
  }
  return line === '' ? null : line;
}

/** One value of Reason; what is odd about it is left out, the cause is kept. */
function readReason(text: string): string | null {
  if (reasonPattern.test(text)) return text;
  const semicolon = text.indexOf(';');
  const protocol = text.slice(0, Math.max(0, semicolon)).trim();
  if (!consistsOf(protocol, TOKEN)) return null;
  // A quote that never closes costs its own parameter.
  const whole = parseParams(text, semicolon);
  const params = whole ?? parseParams(text.slice(0, text.lastIndexOf(';', text.indexOf('"'))), semicolon);
  const told = new Map([...(params ?? [])].filter(([, value]) => value !== ''));
  return told.size === 0 ? null : protocol + formatParams(told);
}

function readWarning(text: string): string | null {
  const [, code, agent = nobody, words] = warningPattern.exec(text) ?? [];
  if (words !== undefined) return `${code} ${agent} ${words}`;
  const bare = barePattern.exec(text);
  return bare === null ? null : `${bare[1]} ${bare[2]} ${quote(bare[3]!.trim())}`;
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
