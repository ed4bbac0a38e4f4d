import type { FastifyInstance } from 'fastify';
import { entriesAtOnce, turns } from '../turns.ts';
import type { AdministratorLogin } from './administrator.ts';

export interface RegistrationSources {
  /** The extensions of an organization. */
  readonly extensions: (organizationId: string) => Iterable<{
    readonly id: string;
    readonly number: string;
    readonly callerId: { readonly name: string };
  }>;
  /** The phones that are registered for an extension now. */
  readonly registrations: (extensionId: string) => readonly { agent: string; contact: string; expiresAt: number }[];
}

/** GET /admin/v1/registrations: the phones and browsers that can be called now, by extension. */
export function registerRegistrations(
  http: FastifyInstance,
  login: AdministratorLogin,
  { extensions, registrations }: RegistrationSources,
): void {
  http.get(
    '/admin/v1/registrations',
    { schema: { summary: 'The phones that are registered now' } as object, onRequest: login.hook },
    async (request, reply) => {
      const items: string[] = [];
      let looked = 0;
      for (const { id, number, callerId } of extensions(login.of(request).organizationId)) {
        if (looked++ % entriesAtOnce === 0) await turns.take();
        for (const { agent, contact, expiresAt } of registrations(id)) {
          const until = new Date(expiresAt).toISOString();
          items.push(JSON.stringify({ extension: number, name: callerId.name, agent, contact, expiresAt: until }));
        }
      }
      return reply.type('application/json; charset=utf-8').send(`{"items":[${items.join(',')}]}`);
    },
  );
}
