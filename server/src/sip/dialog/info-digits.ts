/** A key pressed, as an INFO tells it. */
export interface InfoDigit {
  readonly digit: string;
  readonly durationMs: number;
}

const usualMs = 160;
const shortestMs = 40;
const longestMs = 6000;
const longestBody = 400;

/** Types that tell keys and nothing else. */
const keyTypes: ReadonlySet<string> = new Set([
  'application/dtmf-relay',
  'application/dtmf',
  'application/dtmf-info',
  'application/telephone-event',
  'application/vnd.nortelnetworks.digits',
  'audio/telephone-event',
]);

/** By the event number of RFC 4733, which some phones send in place of the key; the digits are numbers anyhow. */
const keysFrom10 = '*#ABCD';

/** Whether a body of this type is a key, or wrong. */
export function tellsKeys(mediaType: string): boolean {
  return keyTypes.has(mediaType);
}

/**
 * The key in the body of an INFO. There is no standard; what phones send under any of these types, and as text/plain,
 * is read under each: lines of `name=value` or `name: value` with the key as Signal, d, Digit, Key or DTMF and its
 * length as Duration (ms), in any case and with any blanks and quotes; the key alone; or the four bytes of a
 * telephone-event (RFC 4733 §2.3). Null when it is none of these.
 */
export function readInfoDigit(mediaType: string, body: Buffer): InfoDigit | null {
  if (!(keyTypes.has(mediaType) || mediaType === 'text/plain') || body.length > longestBody) return null;
  const text = body.toString('latin1');
  const binary = mediaType.endsWith('/telephone-event') && body.length === 4 ? byCode(body[0]!) : null;
  // Four bytes that are text as well are text: "d=5\n".
  const said = readText(text);
  return said ?? (binary === null ? null : made(binary, body.readUInt16BE(2) / 8));
}

function readText(text: string): InfoDigit | null {
  let key: string | null = null;
  let durationMs: number | null = null;
  let named = false;
  // Nortel's phones put all of it in one line; others have something between.
  for (const line of text.split(/[\r\n\0&;,]+|[ \t]+(?=[a-z]+[ \t]*[=:])/i)) {
    const match = /^[ \t]*([a-z]{1,16})[ \t]*[=:][ \t]*(.{0,32})$/i.exec(line);
    if (match === null) continue;
    named = true;
    const name = match[1]!.toLowerCase();
    const value = match[2]!
      .trim()
      .replace(/^["'](.*)["']$/, '$1')
      .trim();
    if (name === 'signal' || name === 'd' || name === 'digit' || name === 'key' || name === 'dtmf') key ??= value;
    else if (name === 'duration') durationMs ??= millisecondsOf(value);
  }
  const digit = digitOf(named ? (key ?? '') : text.replace(/\0/g, '').trim());
  return digit === null ? null : made(digit, durationMs);
}

/** Milliseconds, with their unit or without; null when it is no number. */
function millisecondsOf(value: string): number | null {
  const match = /^(\d{1,6})(?:\.\d{1,6})?[ \t]*(?:ms)?$/i.exec(value);
  return match === null ? null : Number(match[1]);
}

function digitOf(said: string): string | null {
  if (/^[0-9*#a-d]$/i.test(said)) return said.toUpperCase();
  return /^1[0-5]$/.test(said) ? byCode(Number(said)) : null;
}

function byCode(code: number): string | null {
  return code < 10 ? String(code) : (keysFrom10[code - 10] ?? null);
}

function made(digit: string, durationMs: number | null): InfoDigit {
  const known = durationMs === null || durationMs === 0 ? usualMs : durationMs;
  return { digit, durationMs: Math.min(longestMs, Math.max(shortestMs, Math.round(known))) };
}
