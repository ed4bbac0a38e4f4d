const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of `25s`, `15m`, `1h30m`, `500ms`, `2d`; null when it is not a duration with units, or longer than ten
 * years.
 */
export function parseDuration(text: string): number | null {
  if (!/^(?:\d{1,9}(?:ms|[smhd]))+$/.test(text)) return null;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) total += Number(count) * (unitMs[unit ?? ''] ?? 0);
  return total <= 10 * 365 * 86_400_000 ? total : null;
}

/** As a person writes it: `25s`, `1h30m`. */
export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(unitMs).toReversed()) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0ms' : text;
}
