/**
 * Mistakes that any part can find a caller in, with the HTTP status a plain interface would answer. What only the owner
 * of a domain can refuse stands in the owner's registry, which holds these too (`call/model/call-error.ts`).
 */
export const errorCodes = {
  invalidArgument: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  invalidState: 409,
  /** A budget is used up: of something per minute, or at once. */
  limitExceeded: 409,
  tooManyRequests: 429,
  unavailable: 503,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorCodes;

type Details = Readonly<Record<string, string | number | boolean>>;

/** A caller's mistake or a refusal: typed, safe to show, free of secrets. */
export class AppError extends Error {
  /** Of a registry, where a dialect finds it to word it its own way. */
  readonly code: string;
  readonly status: number;
  /** Plain facts that help the caller, never secrets. */
  readonly details: Details;

  constructor(code: ErrorCode, message: string, details?: Details);
  /** With a code of an owner's registry, and its HTTP status. */
  constructor(code: string, message: string, details: Details, status: number);
  constructor(code: string, message: string, details: Details = {}, status?: number) {
    super(message);
    this.name = 'AppError';
    this.code = code;
    this.status = status ?? errorCodes[code as ErrorCode];
    this.details = details;
  }
}

/** Whatever was thrown, as an Error. */
export function coerceError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
