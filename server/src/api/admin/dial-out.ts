import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import type { AttemptEvent } from '../../call/attempts/refused-dial.ts';
import type { RefusedDials } from '../../call/attempts/refused-dials.ts';
import type { StreamEvent } from '../../call/model/event-log.ts';
import type { AdministratorLogin } from './administrator.ts';

/** What calls over trunks have used of their limits. */
export interface DialOutUse {
  readonly users: Readonly<Record<string, unknown>>;
  readonly conferences: Readonly<Record<string, unknown>>;
}

export interface DialOutSources {
  readonly use: () => DialOutUse;
  readonly refused: Pick<RefusedDials, 'list'>;
}

const refusedQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 20 },
    /** Page on: the `next` of the page before. */
    before: { type: 'integer', minimum: 0 },
  },
} as const;

/** An attempt as the administration shows it: when, and what forbade it. */
export function attemptView({ stream, at, type, data }: StreamEvent) {
  const { since, ...refused } = data as AttemptEvent['data'];
  return {
    id: stream.id,
    at: new Date(at).toISOString(),
    type,
    ...refused,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
  };
}

/**
 * GET /admin/v1/dial-out: calls over trunks of the own organization, in the last minute and at once, by user
 * (`<organization>-<user>`) and conference (`<organization>-<extension>-<number>`), and those that dial plan, lists or
 * limits refused, the newest first, as the log has them.
 */
export function registerDialOut(
  http: FastifyInstance,
  login: AdministratorLogin,
  { use, refused }: DialOutSources,
): void {
  http.get(
    '/admin/v1/dial-out',
    {
      schema: {
        summary: 'What calls over trunks have used of their limits, and which were refused',
        querystring: refusedQuery,
      } as object,
      onRequest: login.hook,
    },
    async (request) => {
      const { organizationId } = login.of(request);
      const { users, conferences } = use();
      const own = (scopes: Readonly<Record<string, unknown>>) =>
        Object.fromEntries(Object.entries(scopes).filter(([key]) => key.startsWith(`${organizationId}-`)));
      const page = await refused.list({ ...(request.query as XStatic<typeof refusedQuery>), organizationId });
      const { limit } = request.query as XStatic<typeof refusedQuery>;
      return {
        users: own(users),
        conferences: own(conferences),
        refused: page.map(({ event }) => attemptView(event)),
        next: page.length < limit ? null : (page.at(-1)?.position ?? null),
      };
    },
  );
}
