import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Random } from '../../../../base/random.ts';
import type { SessionDeps } from '../operations/agent-session.ts';
import type { Route } from '../route.ts';

/** One request. */
export type Ask = FastifyRequest;

export interface Asking {
  readonly deps: SessionDeps & { readonly random: Random };
  /** What changes something: one after the other for a user, and answered before anything is told of it. */
  readonly operate: (work: (request: Ask, reply: FastifyReply) => Promise<object>) => Route['handle'];
}

export function operateWith(deps: Asking['deps']): Asking['operate'] {
  return (work) => async (request, reply) => {
    const { account } = request.agent.user;
    const release = deps.hold(account);
    // Sent, or given up by who asked.
    reply.raw.once('close', release);
    return deps.turns.take(account, () => work(request, reply));
  };
}

export function idOf(request: Ask): string {
  return (request.params as { readonly id: string }).id;
}
