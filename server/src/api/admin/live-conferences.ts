import type { FastifyInstance } from 'fastify';
import type { Call } from '../../call/model/call.ts';
import { entriesText, turns } from '../turns.ts';
import type { AdministratorLogin } from './administrator.ts';
import { callView } from './call-view.ts';

export interface LiveSources {
  /** Running calls as last stored. */
  readonly running: () => readonly Call[];
}

/**
 * GET /admin/v1/conferences/live: the running conferences of the organization, each as in /admin/v1/calls, with its
 * number, name and participants; the oldest first.
 */
export function registerLiveConferences(http: FastifyInstance, login: AdministratorLogin, sources: LiveSources): void {
  const schema = { summary: 'Running conferences with their participants' } as object;
  http.get('/admin/v1/conferences/live', { schema, onRequest: login.hook }, async (request, reply) => {
    const { organizationId } = login.of(request);
    await turns.take();
    const live = sources
      .running()
      .filter((call) => call.kind === 'conference' && call.organizationId === organizationId)
      .sort((a, b) => a.createdAt - b.createdAt);
    const text = await entriesText(live, (call) => JSON.stringify(callView(call)));
    return reply.type('application/json; charset=utf-8').send(`{"conferences":[${text}]}`);
  });
}
