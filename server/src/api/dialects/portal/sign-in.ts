import type { Call } from '../../../call/model/call.ts';
import type { Connection } from '../../../call/model/connection.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import { changeRole } from '../../../call/services/change-role.ts';
import { CommandRefused } from './command-refused.ts';
import { PortalError } from './errors.ts';
import type { PortalLogin } from './portal-tokens.ts';
import type { Session } from './sessions.ts';

/** Who signs in, and where it is. */
interface SigningIn {
  readonly runtime: CallRuntime;
  readonly call: Call;
  readonly self: Connection;
  readonly session: Session;
  /** Who `Authorization: UPToken …` says is logged in. Throws PortalError for a token that is not good. */
  readonly loginOf: (authorization: string) => Promise<PortalLogin | null>;
}

/**
 * Who came in as somebody unknown says who it is, by the token of a login: the owner of the conference is a moderator
 * from then on. Throws CommandRefused.
 */
export async function signIn({ runtime, call, self, session, loginOf }: SigningIn, token: string): Promise<void> {
  const login = await known(loginOf, token);
  const { organizationId, userId } = session.meeting;
  const owns = login.organizationId === organizationId && login.userId === userId;
  if (owns && self.role !== 'moderator') {
    await runtime.do(changeRole, { callId: call.id, connectionId: self.id, mode: 'moderate' });
  }
  session.login = login.login;
}

async function known(loginOf: SigningIn['loginOf'], token: string): Promise<PortalLogin> {
  try {
    const login = await loginOf(`UPToken ${token}`);
    if (login !== null) return login;
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    throw new CommandRefused('notAllowed', error.message);
  }
  throw new CommandRefused('invalid', 'token must be that of a login.');
}
