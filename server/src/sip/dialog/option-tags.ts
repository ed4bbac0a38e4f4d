import type { SipRequest } from '../message/message.ts';

/**
 * Option tags of the extensions we have (RFC 3261 §19.2): Supported is written, and Require and Unsupported are judged,
 * from this list.
 */
const optionTags = ['100rel', 'norefersub', 'replaces'] as const;

export type OptionTag = (typeof optionTags)[number];

const known: ReadonlySet<string> = new Set(optionTags);

/** Value of Supported; `without` those that this message is not to offer. Empty when nothing is left. */
export function supportedOptions(without: readonly OptionTag[] = []): string {
  return optionTags.filter((tag) => !without.includes(tag)).join(', ');
}

/**
 * What the request requires and we do not have: the value of Unsupported (§8.2.2.3). Null when there is nothing of the
 * kind.
 */
export function unsupportedOptions(request: SipRequest): string | null {
  if (!request.headers.has('Require')) return null;
  const missing = request.headers.getAll('Require').filter((tag) => !known.has(tag.toLowerCase()));
  return missing.length === 0 ? null : missing.join(', ');
}
