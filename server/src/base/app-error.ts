/**
 * Every mistake a caller can make, with the HTTP status a plain interface would answer.
 * Dialects map the code to their own words; nothing else may invent codes.
 */
export const errorCodes = {
  invalidArgument: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  invalidState: 409,
  callNotFound: 404,
  connectionNotFound: 404,
  deviceNotFound: 404,
  destinationNotAllowed: 403,
  conferenceFull: 409,
  conferenceLocked: 409,
  notAcceptableMedia: 488,
  /** A budget is used up: of calls per minute or at once. */
  limitExceeded: 409,
  tooManyRequests: 429,
  unavailable: 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A caller's mistake or a refusal: typed, safe to show, free of secrets. */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** Plain facts that help the caller, never secrets. */
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, details: Record<string, string | number | boolean> = {}) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return errorCodes[this.code];
  }
}

/** Whatever was thrown, as an Error. */
export function coerceError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
