import type { FastifyInstance } from 'fastify';

export type Readiness = 'starting' | 'ready' | 'draining';

export interface HealthSources {
  readonly readiness: () => Readiness;
  /** Why a call cannot be taken now, one line each. Asked only when ready. */
  readonly troubles: () => Promise<readonly string[]>;
  /** What is not as it should be though calls are taken. */
  readonly warnings: () => readonly string[];
}

const lines = { type: 'array', items: { type: 'string' } } as const;
const health = {
  type: 'object',
  required: ['status'],
  properties: {
    status: { enum: ['starting', 'ready', 'draining', 'unavailable'] },
    reasons: { ...lines, description: 'Why calls cannot be taken.' },
    warnings: { ...lines, description: 'What is wrong though calls can be taken.' },
  },
} as const;

/**
 * GET /healthz: 200 when calls can be taken, 503 while starting, draining, or whenever a call cannot be taken, with the
 * reasons. Names nobody, so it needs no login.
 */
export function registerHealth(http: FastifyInstance, { readiness, troubles, warnings }: HealthSources): void {
  http.get('/healthz', { schema: { response: { 200: health, 503: health } } }, async (_request, reply) => {
    const state = readiness();
    if (state !== 'ready') return reply.code(503).send({ status: state });
    const reasons = await troubles();
    const more = warnings().length === 0 ? {} : { warnings: warnings() };
    if (reasons.length > 0) return reply.code(503).send({ status: 'unavailable', reasons, ...more });
    return reply.send({ status: 'ready', ...more });
  });
}
