import type { FastifyRequest } from 'fastify';

/** For whom a request is made: the user who granted access to the app, known by the access token. */
export interface Principal {
  readonly organizationId: string;
  readonly userId: number;
  /** Who is charged: `<organizationId>-<userId>`. */
  readonly account: string;
  readonly appKey: string;
  readonly roles: readonly string[];
}

/**
 * Who sends this request: from the header `Authorization: Bearer <token>` or the query `accessRequestToken`. Throws the
 * UnifiedApiError `access_denied` for a token that is missing, wrong, expired or revoked. Reads no body.
 */
export type Authenticate = (request: FastifyRequest) => Promise<Principal> | Principal;

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler of this interface runs. */
    principal: Principal;
  }
}
