import { sameNumber, withoutPlus } from '../../base/same-number.ts';
import type { NumberFilter, PhoneCallParty, TimeFilter } from './phone-call-record.ts';

/** Whether a party's number passes, as it is or, of an extension, with the prefix of its organization. */
export function passesNumber(
  { op, values }: NumberFilter,
  { number, extensionId }: PhoneCallParty,
  prefix: string,
): boolean {
  const forms = extensionId === null ? [number] : [number, `${prefix}*${number}`];
  const plain = forms.map(withoutPlus);
  const first = withoutPlus(values[0] ?? '');
  switch (op) {
    case 'present':
      return number !== '';
    case 'equals':
    case 'inArray':
      return forms.some((form) => values.some((value) => sameNumber(form, value)));
    case 'contains':
      return plain.some((form) => form.includes(first));
    case 'startsWith':
      return plain.some((form) => form.startsWith(first));
    case 'greaterThan':
      return plain.some((form) => form > first);
    case 'lessThan':
      return plain.some((form) => form < first);
  }
}

/** Whether a time passes, to the second; what did not happen passes nothing. */
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
