import type { FastifyInstance, FastifyRequest } from 'fastify';
import { newId } from '../../../base/id.ts';
import type { Random } from '../../../base/random.ts';
import type { Directory } from '../../../directory/directory.ts';
import { PortalError } from './errors.ts';
import type { PortalLogin } from './portal-tokens.ts';
import { discoverySchema, sessionSchema, tenantAliasSchema } from './schemas.ts';

export interface DiscoveryParts {
  readonly directory: Directory;
  readonly random: Random;
  readonly version: string;
  readonly loginOf: (authorization: string | undefined) => Promise<PortalLogin | null>;
  readonly baseOf: (request: FastifyRequest) => string;
}

/** There is one tenant: meeting IDs are unique over all organizations, and so are logins. */
export const tenantAlias = 'default';

/** Refuses another tenant than the one there is. */
export function checkTenant(alias: string): void {
  if (alias.toLowerCase() !== tenantAlias) throw new PortalError('ERC_ORG_NOT_EXIST', `There is no tenant ${alias}.`);
}

/** What there is and where, the session that clients ask for besides, and which tenant a meeting is of. */
export function registerDiscovery(app: FastifyInstance, parts: DiscoveryParts): void {
  const { directory, random } = parts;
  for (const path of ['/', '/tenants/:alias', '/tenants/:alias/']) {
    app.get<{ Params: { alias?: string } }>(path, { schema: discoverySchema(path === '/') }, async (request) => {
      if (request.params.alias !== undefined) checkTenant(request.params.alias);
      const login = await parts.loginOf(request.headers.authorization);
      return document(parts.baseOf(request), parts, login);
    });
  }
  for (const path of ['/tenants/:alias/location', '/tenants/:alias/location/']) {
    const schema = { hide: true } as object;
    app.get<{ Params: { alias: string } }>(path, { schema }, async ({ params }) => {
      checkTenant(params.alias);
      return { location: [{ locationId: tenantAlias, name: 'Partyline' }] };
    });
  }
  for (const method of ['GET', 'POST'] as const) {
    const schema = method === 'GET' ? sessionSchema : { hide: true };
    app.route({
      method,
      url: '/middleware/session',
      schema: schema as object,
      handler: async () => ({ sessionId: newId(random) }),
    });
  }
  app.get<{ Querystring: { vrNumber?: string } }>(
    '/middleware/tenant_alias',
    { schema: tenantAliasSchema },
    async ({ query }) => {
      const meetingId = String(query.vrNumber ?? '');
      if (meetingId === '') throw new PortalError('ERC_MISSING_REQUEST_PARAM', 'vrNumber is missing.');
      if (directory.meeting(meetingId) !== null) return { alias: tenantAlias, tenantAlias };
      throw new PortalError('ERC_JC_INCORRECT_INPUT', `There is no meeting ${meetingId}.`, { status: 404 });
    },
  );
}

function document(base: string, { directory, version }: DiscoveryParts, login: PortalLogin | null): object {
  const resources = `${base}/ups/resources`;
  const tenant = `${resources}/tenants/${tenantAlias}`;
  const at = (href: string, name = 'json') => {
    const type = name === 'json' ? 'application/json' : `application/vnd.avaya.portal.${name}+json`;
    return { href, requestTypes: [type], responseTypes: [type] };
  };
  const { hostname, port, protocol } = new URL(base);
  const user = login === null ? null : directory.user(login.organizationId, login.userId);
  const conference = {
    GET: { search: at(`${tenant}/conference/`, 'meeting.search.v2') },
    POST: { create: at(`${tenant}/conference/`, 'meeting.schedule.v2') },
    PUT: { update: at(`${tenant}/conference/`, 'meeting.schedule.v2') },
    DELETE: { remove: at(`${tenant}/conference/`) },
  };
  return {
    tenantAlias,
    portalVersion: version,
    ottMode: true,
    capabilities: [],
    ...(user === null || login === null
      ? {}
      : {
          self: {
            userId: `${login.organizationId}-${login.userId}`,
            firstName: user.firstName,
            lastName: user.lastName,
            email: login.login,
          },
        }),
    stunServers: [],
    meetingPINMinimumLength: 1,
    moderatorPINMinimumLength: 1,
    clientSettings: {
      webMeetMeWebRTCBrowsers: ['Chrome', 'Firefox', 'Edge', 'Safari'],
      allowPortalConferenceGuestAccess: true,
      allowCsgConferenceGuestAccess: true,
      clientConnection: {
        frontEndFQDN: hostname,
        frontEndPort: Number(port || (protocol === 'https:' ? 443 : 80)),
        frontEndUPSBaseURL: `${base}/ups`,
        frontEndESGBaseURL: base,
      },
    },
    resources: {
      middleware: {
        GET: {
          getTenantAlias: at(`${resources}/middleware/tenant_alias`),
        },
        POST: {
          createConferenceToken: at(`${resources}/middleware/token`, 'middleware.token.v1'),
          createSession: at(`${resources}/middleware/session`),
        },
      },
      authentication: {
        POST: {
          login: at(`${tenant}/authentication/login`, 'authentication.login.v2'),
          logout: at(`${tenant}/authentication/logout`),
          getUserType: at(`${tenant}/authentication/getUserType`),
        },
      },
      ...(login === null ? {} : { conference }),
    },
  };
}
