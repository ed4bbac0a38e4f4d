import type { FastifyReply } from 'fastify';
import { AppError } from '../../../base/app-error.ts';

/** What clients of the portal look at; which status goes with which is ours to say. */
const portalCodes = {
  /** No such conference, a wrong passcode, or a request that cannot be read. */
  ERC_JC_INCORRECT_INPUT: 400,
  ERC_MISSING_REQUEST_PARAM: 400,
  ERC_MEETING_NOT_STARTED_YET: 400,
  ERC_WEB_COLLABORATION_DISABLED: 400,
  /** What no conference here is asked to do. */
  ERC_VIRTUAL_ROOM_NOT_ALLOW_INSTANT_MEETING: 400,
  ERC_AUTH_ACCESS_DENIED: 401,
  ERC_AUTH_TOKEN_EXPIRED: 401,
  ERC_AUTH_TOKEN_INVALID: 401,
  ERC_AUTH_USER_NAME: 401,
  ERC_ORG_NOT_EXIST: 404,
  ERC_START_CONF_FAILED: 503,
  ERC_INTERNAL_SERVER_ERROR: 500,
} as const;

export type PortalCode = keyof typeof portalCodes;

/** A refusal in the words of the portal. */
export class PortalError extends Error {
  readonly code: PortalCode;
  readonly status: number;
  readonly retryAfterS: number | null;

  constructor(
    code: PortalCode,
    message: string,
    more: { readonly status?: number; readonly retryAfterS?: number | null } = {},
  ) {
    super(message);
    this.name = 'PortalError';
    this.code = code;
    this.status = more.status ?? portalCodes[code];
    this.retryAfterS = more.retryAfterS ?? null;
  }
}

/** What was thrown, as a refusal; null for a mistake of ours. */
export function toPortalError(thrown: unknown): PortalError | null {
  if (thrown instanceof PortalError) return thrown;
  const { name, statusCode, message } = thrown as { name?: string; statusCode?: number; message?: string };
  if (thrown instanceof AppError) {
    if (thrown.code === 'tooManyRequests') return tooManyRequests(thrown.message);
    if (thrown.status < 500) return new PortalError('ERC_JC_INCORRECT_INPUT', thrown.message);
    return new PortalError('ERC_START_CONF_FAILED', thrown.message, { retryAfterS: 5 });
  }
  if (name === 'StoreError') {
    return new PortalError('ERC_START_CONF_FAILED', 'Nothing can be stored now.', { retryAfterS: 5 });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new PortalError('ERC_JC_INCORRECT_INPUT', message ?? 'The request cannot be read.', { status: statusCode });
  }
  return null;
}

export function tooManyRequests(message: string, retryAfterS = 1): PortalError {
  return new PortalError('ERC_AUTH_ACCESS_DENIED', message, { status: 429, retryAfterS });
}

/** Whether the client knows errors under the vendor's own type. */
const vendorError = 'application/vnd.avaya.csa.error.v1+json';

export function sendPortalError(reply: FastifyReply, error: PortalError): void {
  const { accept } = reply.request.headers;
  const type = accept?.includes(vendorError) === true ? vendorError : 'application/json; charset=utf-8';
  if (error.retryAfterS !== null) reply.header('retry-after', String(error.retryAfterS));
  if (error.status === 401) reply.header('www-authenticate', 'UPToken realm="Partyline"');
  // Bytes, since text would get a charset behind the vendor's type.
  const body = Buffer.from(JSON.stringify({ error: [{ errorCode: error.code, errorMsg: error.message }] }));
  void reply.code(error.status).header('content-type', type).send(body);
}
