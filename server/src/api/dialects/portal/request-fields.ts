import { PortalError } from './errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/**
 * A field of text, or a number meant as one. Null: it is not there. Throws PortalError for anything else, and for what
 * is too long.
 */
export function fieldOf(fields: Json, name: string, longest: number): string | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  // Characters, not units of UTF-16.
  if (typeof text === 'string' && (text.length <= longest || [...text].length <= longest)) return text;
  throw new PortalError('ERC_JC_INCORRECT_INPUT', `${name} must be text of at most ${longest} characters.`);
}

/** What a body is when it is an object; empty for anything else. */
export function fieldsOf(body: unknown): Json {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Json) : {};
}
