import type { FastifyRequest } from 'fastify';
import { Remarks } from '../../../call/remarks/remarks.ts';
import { baseUrl } from '../../base-url.ts';
import { LoginAttempts } from '../../login-attempts.ts';
import type { Dialect, DialectParts } from '../dialect.ts';
import { AgentStates, type CustomState } from './agent-states.ts';
import { callOfId } from './ids.ts';
import { root } from './links.ts';
import { registerNotifications } from './notifications/routes.ts';
import type { StateAfterLogin } from './operations/agent-session.ts';
import { registerWebServices } from './plugin.ts';
import { operateWith } from './resources/ask.ts';
import { allRoutes } from './resources/routes.ts';
import { tags } from './resources/schemas.ts';
import { Access, checkLogin } from './session/access.ts';
import { Sessions } from './session/sessions.ts';

interface WebServicesParts extends DialectParts {
  readonly config: {
    readonly http: { readonly origins: readonly string[] };
    readonly webServices: {
      readonly csrf: boolean;
      readonly sessionIdleMs: number;
      readonly stateAfterLogin: StateAfterLogin;
      readonly agentStates: readonly CustomState[];
    };
  };
}

export const webServices: Dialect<WebServicesParts> = {
  tags,
  callOfId,

  register(http, parts) {
    const { clock, random, directory, runtime, devices, registrations, keepPin, publicUrl, notifications, version } =
      parts;
    const { origins } = parts.config.http;
    const { csrf, sessionIdleMs, stateAfterLogin, agentStates } = parts.config.webServices;
    const sessions = new Sessions(clock, random, sessionIdleMs);
    directory.onLoginsEnded((user) => {
      sessions.endAll(user);
      void notifications.end(user);
    });
    const deps = {
      clock,
      random,
      directory,
      runtime,
      devices,
      remarks: new Remarks({ clock, random, store: parts.calls }),
      registrations,
      keepPin,
      publicUrl,
      version,
      sessions,
      states: new AgentStates(agentStates),
      stateAfterLogin,
      hold: (account: string) => notifications.hold(account),
      endNotifications: (user: { readonly organizationId: string; readonly userId: number }) =>
        void notifications.end(user),
    };
    const access = new Access({
      directory,
      sessions,
      attempts: new LoginAttempts(clock),
      crossSite: origins.length > 0,
    });
    parts.sessions.add(
      (request) => {
        const user = access.elsewhere(request, csrf)?.user;
        return user === undefined ? null : { organizationId: user.organizationId, userId: user.id };
      },
      (user, request, reply) => {
        const session = access.begin(user, request, reply);
        return () => sessions.end(session);
      },
    );
    registerWebServices(http, {
      access,
      routes: allRoutes({ deps, operate: operateWith(deps) }),
      origins,
      publicUrl,
      csrf,
      more: (app) => registerNotifications(app, { notifications, ownerOf: (request) => ownerOf(request, publicUrl) }),
    });
  },
};

/** Whose live client it is, and how its links begin. Throws WebServicesError where the login is over since. */
function ownerOf(request: FastifyRequest, publicUrl: string | null) {
  checkLogin(request);
  const { organizationId, id: userId } = request.agent.user;
  return { user: { organizationId, userId }, base: `${baseUrl(request, publicUrl)}${root}` };
}
