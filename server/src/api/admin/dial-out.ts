import type { FastifyInstance } from 'fastify';
import type { AdministratorLogin } from './administrator.ts';

/** What calls over trunks have used of their limits, and what was refused. */
export interface DialOutUse {
  readonly users: Readonly<Record<string, unknown>>;
  readonly conferences: Readonly<Record<string, unknown>>;
  readonly lastRefusals: readonly { readonly organizationId: string; readonly at: number }[];
}

/**
 * GET /admin/v1/dial-out: calls over trunks of the own organization, in the last minute and at once, by user (`<organization>-<user>`)
 * and conference (`<organization>-<extension>-<number>`), and the latest that a limit refused.
 */
export function registerDialOut(http: FastifyInstance, login: AdministratorLogin, use: () => DialOutUse): void {
  http.get(
    '/admin/v1/dial-out',
    { schema: { summary: 'What calls over trunks have used of their limits' } as object, onRequest: login.hook },
    async (request) => {
      const { organizationId } = login.of(request);
      const { users, conferences, lastRefusals } = use();
      const own = (scopes: Readonly<Record<string, unknown>>) =>
        Object.fromEntries(Object.entries(scopes).filter(([key]) => key.startsWith(`${organizationId}-`)));
      return {
        users: own(users),
        conferences: own(conferences),
        refused: lastRefusals
          .filter((refusal) => refusal.organizationId === organizationId)
          .map((refusal) => ({ ...refusal, at: new Date(refusal.at).toISOString() })),
      };
    },
  );
}
