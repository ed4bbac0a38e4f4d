/** A key pressed, as an INFO tells it. */
export interface InfoDigit {
  readonly digit: string;
  readonly durationMs: number;
}

const usualMs = 160;

/**
 * Digits in an INFO body: `application/dtmf-relay` has `Signal=5` and `Duration=160` (ms) in lines, `application/dtmf` the
 * digit alone. Null when it is neither.
 */
export function parseInfoDigit(contentType: string, body: string): InfoDigit | null {
  if (body.length > 200) return null;
  const type = contentType.split(';', 1)[0]!.trim().toLowerCase();
  if (type === 'application/dtmf') return made(body.trim(), null);
  if (type !== 'application/dtmf-relay') return null;
  const signal = /^[ \t]*signal[ \t]*=[ \t]*([^\s]{1,2})[ \t]*$/im.exec(body)?.[1];
  const duration = /^[ \t]*duration[ \t]*=[ \t]*(\d{1,5})[ \t]*$/im.exec(body)?.[1];
  return signal === undefined ? null : made(signal, duration === undefined ? null : Number(duration));
}

function made(signal: string, durationMs: number | null): InfoDigit | null {
  // Some phones send the event number of RFC 4733 in place of the key.
  const key = signal === '10' ? '*' : signal === '11' ? '#' : signal.toUpperCase();
  if (!/^[0-9*#A-D]$/.test(key)) return null;
  return { digit: key, durationMs: Math.min(6000, Math.max(40, durationMs ?? usualMs)) };
}
