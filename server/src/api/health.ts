import type { FastifyInstance } from 'fastify';

export type Readiness = 'starting' | 'ready' | 'draining';

const health = {
  type: 'object',
  required: ['status'],
  properties: { status: { enum: ['starting', 'ready', 'draining'] } },
} as const;

/** GET /healthz: 200 once calls can be taken, 503 while starting or draining. Says nothing else, so it needs no login. */
export function registerHealth(http: FastifyInstance, readiness: () => Readiness): void {
  http.get('/healthz', { schema: { response: { 200: health, 503: health } } }, async (_request, reply) => {
    const status = readiness();
    return reply.code(status === 'ready' ? 200 : 503).send({ status });
  });
}
