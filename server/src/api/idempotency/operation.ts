import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * 20 hex digits that belong to the request's idempotency key: what the request creates gets this id, so that a
     * repeated request finds what the first one made. Null: the request has no key.
     */
    operationId: string | null;
    /** The key was used before and its answer was lost (a crash): what it made may exist already. */
    resumed: boolean;
    /**
     * Somebody noticed the request although it is refused, as a phone that rang: its refusal is then the answer to
     * every repetition.
     */
    acted: boolean;
  }
}

/** Every request has the two from the start; a hook in front of the routes fills them in. */
export function declareOperation(app: FastifyInstance): void {
  if (!app.hasRequestDecorator('operationId')) app.decorateRequest('operationId', null);
  if (!app.hasRequestDecorator('resumed')) app.decorateRequest('resumed', false);
  if (!app.hasRequestDecorator('acted')) app.decorateRequest('acted', false);
}
