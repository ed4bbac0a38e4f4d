import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { WebServicesError } from './errors.ts';

/** One thing that can be asked for at one address. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** Below the root, without a slash at the end: `/me/calls/:id`. */
  readonly path: string;
  readonly schema: FastifySchema & { readonly tags: readonly string[] };
  /** Gives what is answered besides `statusCode` 0. */
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<object> | object;
}

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const;

/** Serves them with and without a slash at the end. Another method at a known address is told which there are. */
export function serveRoutes(app: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, path, schema, handle } of routes) {
    const handler = async (request: FastifyRequest, reply: FastifyReply) => ({
      statusCode: 0,
      ...(await handle(request, reply)),
    });
    app.route({ method, url: path, schema, handler });
    app.route({ method, url: `${path}/`, schema: { ...schema, hide: true } as FastifySchema, handler });
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const known: readonly string[] = routes.filter((route) => route.path === path).map(({ method }) => method);
    const others = methods.filter((method) => !known.includes(method));
    for (const url of [path, `${path}/`]) {
      app.route({ method: [...others], url, schema: { hide: true } as FastifySchema, handler: refuseMethod(known) });
    }
  }
}

/** Told at a known address which methods there are. */
export function refuseMethod(known: readonly string[]) {
  const allow = known.join(', ');
  return async (request: FastifyRequest, reply: FastifyReply): Promise<never> => {
    reply.header('allow', allow);
    throw new WebServicesError('forbidden', `There is no ${request.method} here: ${allow}.`, 405);
  };
}
