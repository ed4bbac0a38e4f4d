import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { AppError } from '../../base/app-error.ts';
import type { Call } from '../../call/call.ts';
import type { CallStore } from '../../call/ports.ts';
import type { AdministratorLogin } from './administrator.ts';
import { callView, eventView, recordView, summaryView } from './call-view.ts';

/** What the administration reads: the running calls, and the log of all. */
export interface CallSources {
  /** Running calls as last stored. */
  readonly running: () => readonly Call[];
  readonly store: Pick<CallStore, 'eventsOf' | 'recentCalls' | 'records'>;
}

const Id = Type.String({ pattern: '^[0-9a-f]{20}$' });
const limit = (most: number, usual: number) => Type.Integer({ minimum: 1, maximum: most, default: usual });

const CallsQuery = Type.Object({
  /** `?recent` lists ended calls, newest first, in place of the running ones. */
  recent: Type.Optional(Type.Union([Type.Literal(''), Type.Literal('true'), Type.Literal('1')])),
  limit: limit(200, 50),
  /** Page on: the `next` of the page before. */
  before: Type.Optional(Type.Integer({ minimum: 0 })),
});
const CallPath = Type.Object({ id: Id });
const EventsQuery = Type.Object({ after: Type.Integer({ minimum: 0, default: 0 }), limit: limit(5000, 1000) });
const RecordsQuery = Type.Object({
  callId: Type.Optional(Id),
  limit: limit(500, 100),
  offset: Type.Integer({ minimum: 0, default: 0 }),
});

/**
 * The administration's view of calls (JSON; an administrator sees the calls of the own organization):
 * GET /admin/v1/calls, /admin/v1/calls/{id}, /admin/v1/calls/{id}/events, /admin/v1/records.
 */
export function registerCalls(http: FastifyInstance, login: AdministratorLogin, { running, store }: CallSources): void {
  const runningOf = (organization: string): Call[] => running().filter((call) => call.organizationId === organization);

  http.get('/admin/v1/calls', { schema: { querystring: CallsQuery }, onRequest: login.hook }, async (request) => {
    const { organizationId } = login.of(request);
    const query = request.query as Static<typeof CallsQuery>;
    if (query.recent === undefined) return { calls: runningOf(organizationId).map(callView) };
    const before = query.before === undefined ? {} : { before: query.before };
    const page = await store.recentCalls({ limit: query.limit, ...before });
    const mine = await Promise.all(page.map(async (one) => (await organizationOf(one.callId)) === organizationId));
    const ended = page.filter((one, at) => one.endedAt !== null && mine[at]);
    return { calls: ended.map(summaryView), next: page.length < query.limit ? null : (page.at(-1)?.startedAt ?? null) };
  });

  http.get('/admin/v1/calls/:id', { schema: { params: CallPath }, onRequest: login.hook }, async (request) => {
    const { id } = request.params as Static<typeof CallPath>;
    const call = runningOf(login.of(request).organizationId).find((one) => one.id === id);
    if (call === undefined) throw new AppError('callNotFound', 'No running call has this id.');
    return callView(call);
  });

  const eventsSchema = { params: CallPath, querystring: EventsQuery };
  http.get('/admin/v1/calls/:id/events', { schema: eventsSchema, onRequest: login.hook }, async (request) => {
    const { id } = request.params as Static<typeof CallPath>;
    const query = request.query as Static<typeof EventsQuery>;
    if ((await organizationOf(id)) !== login.of(request).organizationId) {
      throw new AppError('callNotFound', 'No call has this id.');
    }
    const events = await store.eventsOf(id, query);
    return { callId: id, events: events.map(eventView), next: events.length < query.limit ? null : events.at(-1)?.seq };
  });

  http.get('/admin/v1/records', { schema: { querystring: RecordsQuery }, onRequest: login.hook }, async (request) => {
    const query = request.query as Static<typeof RecordsQuery>;
    const records = await store.records({ ...query, organizationId: login.of(request).organizationId });
    return { records: records.map(recordView) };
  });

  /** From the first event, which opens the call. */
  async function organizationOf(callId: string): Promise<string | null> {
    const [first] = await store.eventsOf(callId, { limit: 1 });
    return first?.type === 'originated' ? (first.data.call?.organizationId ?? null) : null;
  }
}
