import { writtenNumber } from '../../../../base/telephone-number.ts';
import type { CallerId } from '../../../../call/model/device.ts';
import { unifiedApiError } from '../errors.ts';

/** `John Doe <+3334444>`: a name, then the number between `<` and `>`. */
const pattern = /^([^<>\p{Cc}]{0,128})<([^<>\p{Cc}]{1,64})>$/u;
const numberPattern = /^[0-9+*]{1,40}$/;

/** What a phone is to be shown, as given; null when nothing is given. Throws `pc_callerid_invalid`. */
export function readCallerId(given: unknown): CallerId | null {
  if (given === undefined || given === null) return null;
  const match = typeof given === 'string' ? pattern.exec(given.trim()) : null;
  const number = writtenNumber(match?.[2] ?? '') ?? '';
  if (match === null || !numberPattern.test(number)) throw unifiedApiError('pc_callerid_invalid');
  return { name: (match[1] ?? '').trim(), number };
}

export function formatCallerId({ name, number }: CallerId): string {
  return name === '' ? `<${number}>` : `${name} <${number}>`;
}
