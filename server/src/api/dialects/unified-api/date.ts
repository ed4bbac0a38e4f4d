/**
 * Texts of seconds: the same calls are asked for again and again while they run, and making one costs as much as the
 * rest of them.
 */
const texts = new Map<number, string>();
const mostTexts = 4096;

/** XML Schema dateTime in UTC, to the second: `2012-06-27T14:08:55Z`. */
export function formatDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  let text = texts.get(second);
  if (text === undefined) {
    text = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    if (texts.size >= mostTexts) texts.clear();
    texts.set(second, text);
  }
  return text;
}

/** RFC 3339 §5.6 lets a blank stand for the T, as databases and Python write it; less than seconds would be a zone. */
const withBlank = /^(\d{4}-\d{2}-\d{2}) (?=\d{2}:\d{2}:\d{2})/;
const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * ms since the epoch of `YYYY-MM-DDThh:mm:ss` with `Z`, `±hh:mm` or no zone (UTC), or of a date alone (its first
 * moment); 24:00:00 is the end of its day, as XML Schema has it. A `+` that became a space because a client did not
 * escape it in a query is understood. Null for anything else, the 30th of February included.
 */
export function parseDate(text: string): number | null {
  const match = pattern.exec(
    text
      .trim()
      .replace(withBlank, '$1T')
      .replace(/ (\d{2}:?\d{2})$/, '+$1'),
  );
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '00', zone = 'Z'] = match;
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms) || new Date(midnight).getUTCDate() !== Number(day)) return null;
  if (zone.toUpperCase() === 'Z') return ms;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  if (Number(zone.slice(-2)) > 59 || minutes > 14 * 60) return null;
  return ms - (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** Whether the text is a date alone, which means all of its day; in a zone or none. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:Z|[+ -]\d{2}:?\d{2})?$/i.test(text.trim());
}
