import { writtenNumber } from '../../../../base/telephone-number.ts';
import { type UnifiedApiErrorCode, unifiedApiError } from '../errors.ts';

/** Values as they came; each create request checks them by its own rules. */
export interface PhoneCallPayload {
  readonly extension: unknown;
  readonly source: unknown;
  readonly destination: unknown;
  readonly callerId: unknown;
  readonly callerDestination: unknown;
  /** Null: missing. */
  readonly nonce: string | null;
}

const numberPattern = /^(?:\+?[0-9]{1,40}|[0-9*]{1,64})$/;
const mostNumbers = 16;
const longestNonce = 255;

/** The object in a body; an absent body is an empty one. Throws `request_invalid`. */
export function readObject(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw unifiedApiError('request_invalid', 'The body of the request must be a JSON object.');
  }
  return body as Readonly<Record<string, unknown>>;
}

/**
 * The PhoneCall in the body of a create request, which has one view: a second one would be another call, of which
 * nobody says who is charged. Throws `request_invalid`, `pc_source_invalid`, `pc_nonce_invalid`.
 */
export function readPayload(body: unknown): PhoneCallPayload {
  const phoneCall = readObject(body);
  const views = phoneCall['phoneCallView'];
  if (Array.isArray(views) && views.length > 1) {
    throw unifiedApiError('pc_source_invalid', 'The parameter phoneCallView must have one element: one source.');
  }
  const first: unknown = Array.isArray(views) ? views[0] : views;
  const view = typeof first === 'object' && first !== null ? (first as Readonly<Record<string, unknown>>) : {};
  return {
    extension: phoneCall['extension'],
    source: view['source'],
    destination: view['destination'],
    callerId: view['callerId'],
    callerDestination: view['callerDestination'],
    nonce: readNonce(phoneCall['nonce']),
  };
}

/**
 * A list of numbers, or a bare one; each once. At least one and at most 16: digits with an optional `+`, or extension
 * numbers with `*`, written as people and tel URIs do. Throws `code`.
 */
export function readNumbers(given: unknown, code: UnifiedApiErrorCode, message?: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const numbers = list.map((one) => {
    const text = writtenAs(one) ?? '';
    return typeof one === 'string' ? (writtenNumber(text) ?? '') : text;
  });
  if (list.length > mostNumbers || list.length === 0 || !numbers.every((one) => numberPattern.test(one))) {
    throw unifiedApiError(code, message);
  }
  return [...new Set(numbers)];
}

/** As `readText`, of what is to name a party: a number in any way of writing, else the text as it is. */
export function readNumber(given: unknown, code: UnifiedApiErrorCode): string | null {
  const text = readText(given, code);
  return text === null ? null : (writtenNumber(text) ?? text);
}

/** A text, or a number written as one; null when missing or empty. Throws `code`. */
export function readText(given: unknown, code: UnifiedApiErrorCode, message?: string): string | null {
  if (given === undefined || given === null || given === '') return null;
  const text = writtenAs(given);
  if (text === null || text.length > 255) throw unifiedApiError(code, message);
  return text.trim();
}

/**
 * A text as it is, or a number as its digits; null for anything else. Of a JSON number beyond 2^53 the last digits are
 * lost (RFC 8259 §6), and somebody else would be called.
 */
export function writtenAs(given: unknown): string | null {
  if (typeof given === 'number') return Number.isSafeInteger(given) ? String(given) : null;
  return typeof given === 'string' ? given : null;
}

function readNonce(given: unknown): string | null {
  const nonce = readText(given, 'pc_nonce_invalid');
  if (nonce !== null && (nonce === '' || nonce.length > longestNonce)) throw unifiedApiError('pc_nonce_invalid');
  return nonce;
}
