import type { UserView } from '../../../directory/directory-views.ts';
import type { Session } from './session/sessions.ts';

/** Who sends a request: a user, in a session. */
export interface Agent {
  readonly user: UserView;
  readonly session: Session;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler of this interface runs. */
    agent: Agent;
  }
}
