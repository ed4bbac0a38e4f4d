import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { StreamEvent } from '../../call/model/event-log.ts';
import type { AdministratorLogin } from './administrator.ts';

/** A user name that is refused from an address, or with null everybody there who has not proven himself before. */
export interface BanShown {
  readonly id: string;
  readonly source: string;
  readonly username: string | null;
  /** ms since the epoch. */
  readonly since: number;
  readonly until: number;
}

export interface SecuritySources {
  /** That hold now. */
  readonly bans: () => readonly BanShown[];
  /** Null when none of this id holds. */
  readonly lift: (id: string) => BanShown | null;
  /** Whose the SIP user name is; null: nobody's. */
  readonly organizationOf: (username: string) => string | null;
  /** The newest first. */
  readonly events: (organizationId: string, limit: number) => Promise<readonly StreamEvent[]>;
}

const banPath = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', maxLength: 40 } },
} as const;

const eventsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: { limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 } },
} as const;

/**
 * Who is refused after failed logins, and what else an administrator should know: GET /admin/v1/bans, DELETE
 * /admin/v1/bans/{id}, GET /admin/v1/security-events. An administrator sees the bans of the own organization's users,
 * and those of addresses and of names that are nobody's.
 */
export function registerBans(http: FastifyInstance, login: AdministratorLogin, sources: SecuritySources): void {
  const onRequest = login.hook;
  const mayKnow = (organizationId: string, { username }: BanShown): boolean => {
    const owner = username === null ? null : sources.organizationOf(username);
    return owner === null || owner === organizationId;
  };

  http.get(
    '/admin/v1/bans',
    { schema: { summary: 'Users and addresses that are refused after failed SIP logins' } as object, onRequest },
    async (request) => {
      const { organizationId } = login.of(request);
      return {
        bans: sources
          .bans()
          .filter((ban) => mayKnow(organizationId, ban))
          .map(banView),
      };
    },
  );

  http.delete(
    '/admin/v1/bans/:id',
    { schema: { summary: 'Lift a ban', params: banPath } as object, onRequest },
    async (request, reply) => {
      const { id } = request.params as XStatic<typeof banPath>;
      const { organizationId } = login.of(request);
      const ban = sources.bans().find((one) => one.id === id);
      if (ban === undefined || !mayKnow(organizationId, ban)) {
        throw new AppError('notFound', 'No ban that holds has this id.');
      }
      sources.lift(id);
      return reply.code(204).send();
    },
  );

  http.get(
    '/admin/v1/security-events',
    {
      schema: { summary: 'Bans, PINs being guessed and lock-outs', querystring: eventsQuery } as object,
      onRequest,
    },
    async (request) => {
      const { limit } = request.query as XStatic<typeof eventsQuery>;
      const events = await sources.events(login.of(request).organizationId, limit);
      return { events: events.map(securityView) };
    },
  );
}

function securityView({ stream, seq, at, type, data }: StreamEvent) {
  return { id: `${stream.id}-${seq}`, at: new Date(at).toISOString(), type, ...data };
}

function banView({ id, source, username, since, until }: BanShown) {
  return { id, source, username, since: new Date(since).toISOString(), until: new Date(until).toISOString() };
}
