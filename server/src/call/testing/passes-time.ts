import type { TimeFilter } from '../model/phone-call-record.ts';

/**
 * What filters mean, however the store goes about it. Whether a time passes, to the second; what did not happen passes
 * nothing.
 */
export function passesTime({ op, values }: TimeFilter, at: number | null): boolean {
  if (at === null) return false;
  const second = Math.floor(at / 1000) * 1000;
  const text = `${new Date(second).toISOString().slice(0, 19)}Z`;
  const first = values[0] ?? 0;
  switch (op) {
    case 'present':
      return true;
    case 'equals':
    case 'inArray':
      return values.includes(second);
    case 'contains':
      return text.includes(String(first));
    case 'startsWith':
      return text.startsWith(String(first));
    case 'greaterThan':
      return second > Number(first);
    case 'lessThan':
      return second < Number(first);
  }
}
