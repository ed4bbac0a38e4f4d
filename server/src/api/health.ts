import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

export type Readiness = 'starting' | 'ready' | 'draining';

const Health = Type.Object({
  status: Type.Union([Type.Literal('starting'), Type.Literal('ready'), Type.Literal('draining')]),
});

/** GET /healthz: 200 once calls can be taken, 503 while starting or draining. Says nothing else, so it needs no login. */
export function registerHealth(http: FastifyInstance, readiness: () => Readiness): void {
  http.get('/healthz', { schema: { response: { 200: Health, 503: Health } } }, async (_request, reply) => {
    const status = readiness();
    return reply.code(status === 'ready' ? 200 : 503).send({ status });
  });
}
