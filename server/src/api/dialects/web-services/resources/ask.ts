import type { FastifyReply, FastifyRequest } from 'fastify';
import { OneByOne } from '../../../../base/one-by-one.ts';
import type { Random } from '../../../../base/random.ts';
import { whenClosed } from '../../../when-closed.ts';
import type { SessionDeps } from '../operations/agent-session.ts';
import type { Route } from '../route.ts';
import { denied } from '../session/access.ts';

/** What one user may ask for at once, and has wait. */
const mostWaiting = 64;

/** One request. */
export type Ask = FastifyRequest;

export interface Asking {
  readonly deps: SessionDeps & { readonly random: Random };
  /**
   * What changes something. For one user it is done one after the other: of two requests for the same thing the second
   * finds what the first has made of it, and is told so. It is answered before anything is told of it.
   */
  readonly operate: (work: (request: Ask, reply: FastifyReply) => Promise<object>) => Route['handle'];
}

export function operateWith(deps: Asking['deps']): Asking['operate'] {
  const turns = new OneByOne({ most: mostWaiting, refusal: 'Too much is asked for at once.' });
  return (work) => async (request, reply) => {
    const { account } = request.agent.user;
    const release = deps.hold(account);
    // Sent, or given up by who asked.
    whenClosed(reply.raw, release);
    return turns.run(account, async () => {
      // While it waited its user has ended working, or has another password.
      if (byCookieAlone(request) && request.agent.session.ended) throw denied('Access denied');
      return work(request, reply);
    });
  };
}

function byCookieAlone({ headers }: Ask): boolean {
  return headers.authorization === undefined;
}

export function idOf(request: Ask): string {
  return (request.params as { readonly id: string }).id;
}
