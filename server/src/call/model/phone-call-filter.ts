import { sameNumber, withoutPlus } from '../../base/same-number.ts';
import type { NumberFilter, PhoneCallParty } from './phone-call-record.ts';

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
