import { AppError } from '../../../base/app-error.ts';
import { type CallErrorCode, callErrorCodes } from '../../../call/model/call-error.ts';

/** Every `statusCode` that is answered here, and the HTTP status with it. */
const statusCodes = {
  success: { code: 0, status: 200 },
  /** A required parameter is missing. */
  missing: { code: 1, status: 400 },
  /** Not valid in the current state. */
  notNow: { code: 2, status: 400 },
  forbidden: { code: 3, status: 403 },
  /** An error here, or behind. */
  internal: { code: 4, status: 500 },
  noPermission: { code: 5, status: 403 },
  notFound: { code: 6, status: 404 },
  /** A parameter that cannot be understood, or is out of range. */
  invalid: { code: 10, status: 400 },
  readOnly: { code: 11, status: 400 },
  exists: { code: 18, status: 409 },
  inUse: { code: 19, status: 409 },
  notAuthenticated: { code: 20, status: 403 },
} as const;

export type StatusName = Exclude<keyof typeof statusCodes, 'success'>;

/**
 * What a client is told went wrong. `status`: of HTTP, where the frame of the request is wrong and not what it asks
 * for.
 */
export class WebServicesError extends Error {
  readonly statusCode: number;
  readonly status: number;

  constructor(name: StatusName, message: string, status: number = statusCodes[name].status) {
    super(message);
    this.name = 'WebServicesError';
    this.statusCode = statusCodes[name].code;
    this.status = status;
  }
}

export interface ErrorJson {
  readonly statusCode: number;
  readonly statusMessage: string;
}

export function errorJson({ statusCode, message }: WebServicesError): ErrorJson {
  return { statusCode, statusMessage: message };
}

/** What the rest of the server refuses, in the words of this interface. */
const ofRefusal: Readonly<Record<CallErrorCode, StatusName>> = {
  invalidArgument: 'invalid',
  unauthenticated: 'notAuthenticated',
  forbidden: 'forbidden',
  notFound: 'notFound',
  conflict: 'inUse',
  invalidState: 'notNow',
  limitExceeded: 'forbidden',
  tooManyRequests: 'internal',
  unavailable: 'internal',
  internal: 'internal',
  callNotFound: 'notFound',
  connectionNotFound: 'notFound',
  conferenceFull: 'notNow',
  conferenceLocked: 'notNow',
  destinationNotAllowed: 'forbidden',
};

/** Those of the framework that say what is wrong with the frame of a request. */
const frames: Readonly<Record<number, string>> = {
  413: 'The request is too large.',
  415: 'The body of a request is JSON: send Content-Type: application/json.',
};

/** Whatever was thrown, as this interface tells it; null for a mistake of ours. */
export function toWebServicesError(thrown: unknown): WebServicesError | null {
  if (thrown instanceof WebServicesError) return thrown;
  if (thrown instanceof AppError) return ofAppError(thrown);
  if (thrown instanceof Error && thrown.name === 'StoreError') {
    return new WebServicesError('internal', 'Nothing can be stored now. Try again later.', 503);
  }
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || (status >= 500 && status !== 503)) return null;
  if (status === 503) return new WebServicesError('internal', 'The server takes no requests now.', 503);
  return new WebServicesError('invalid', frames[status] ?? 'The request is malformed.', status);
}

function ofAppError({ code, message, status }: AppError): WebServicesError {
  const name = Object.hasOwn(callErrorCodes, code) ? ofRefusal[code as CallErrorCode] : 'internal';
  // That it is not now, and may be later, or what is wrong with the frame, is told to those who look at nothing else.
  return new WebServicesError(name, message, [415, 429, 503].includes(status) ? status : statusCodes[name].status);
}
