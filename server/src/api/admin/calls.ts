import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import type { Call } from '../../call/call.ts';
import { organizationOf } from '../../call/events.ts';
import type { CallStore } from '../../call/ports.ts';
import type { AdministratorLogin } from './administrator.ts';
import { callView, eventView, recordView, summaryView } from './call-view.ts';

/** What the administration reads: the running calls, and the log of all. */
export interface CallSources {
  /** Running calls as last stored. */
  readonly running: () => readonly Call[];
  readonly store: Pick<CallStore, 'eventsOf' | 'recentCalls' | 'records'>;
}

/* JSON schemas as they are, typed by TypeBox: building them with it at run time would cost 6 MB and 60 ms. */
const id = { type: 'string', pattern: '^[0-9a-f]{20}$' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const callPath = { type: 'object', required: ['id'], properties: { id } } as const;

const callsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: {
    /** `?recent` lists ended calls, newest first, in place of the running ones. */
    recent: { enum: ['', 'true', '1'] },
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    /** Page on: the `next` of the page before. */
    before: count,
  },
} as const;

const eventsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['after', 'limit'],
  properties: {
    after: { ...count, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 5000, default: 1000 },
  },
} as const;

const recordsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit', 'offset'],
  properties: {
    callId: id,
    limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
    /** All that is skipped is read, so not without bound; `callId` is the way to older ones. */
    offset: { ...count, maximum: 10_000, default: 0 },
  },
} as const;

/**
 * The administration's view of calls (JSON; an administrator sees the calls of the own organization):
 * GET /admin/v1/calls, /admin/v1/calls/{id}, /admin/v1/calls/{id}/events, /admin/v1/records.
 */
export function registerCalls(http: FastifyInstance, login: AdministratorLogin, { running, store }: CallSources): void {
  const runningOf = (organization: string): Call[] => running().filter((call) => call.organizationId === organization);

  http.get(
    '/admin/v1/calls',
    {
      schema: { summary: 'Running calls, or with recent those that ended', querystring: callsQuery } as object,
      onRequest: login.hook,
    },
    async (request) => {
      const { organizationId } = login.of(request);
      const query = request.query as XStatic<typeof callsQuery>;
      if (query.recent === undefined) return { calls: runningOf(organizationId).map(callView) };
      const before = query.before === undefined ? {} : { before: query.before };
      const page = await store.recentCalls({ organizationId, ended: true, limit: query.limit, ...before });
      return { calls: page.map(summaryView), next: page.length < query.limit ? null : (page.at(-1)?.position ?? null) };
    },
  );

  http.get(
    '/admin/v1/calls/:id',
    { schema: { summary: 'A running call with its roster', params: callPath } as object, onRequest: login.hook },
    async (request) => {
      const { id } = request.params as XStatic<typeof callPath>;
      const call = runningOf(login.of(request).organizationId).find((one) => one.id === id);
      if (call === undefined) throw new AppError('callNotFound', 'No running call has this id.');
      return callView(call);
    },
  );

  const eventsSchema = { summary: 'The log of a call', params: callPath, querystring: eventsQuery };
  http.get('/admin/v1/calls/:id/events', { schema: eventsSchema, onRequest: login.hook }, async (request) => {
    const { id } = request.params as XStatic<typeof callPath>;
    const query = request.query as XStatic<typeof eventsQuery>;
    const [first] = await store.eventsOf(id, { limit: 1 });
    if (organizationOf(first) !== login.of(request).organizationId) {
      throw new AppError('callNotFound', 'No call has this id.');
    }
    const events = await store.eventsOf(id, query);
    return { callId: id, events: events.map(eventView), next: events.length < query.limit ? null : events.at(-1)?.seq };
  });

  http.get(
    '/admin/v1/records',
    { schema: { summary: 'Call detail records', querystring: recordsQuery } as object, onRequest: login.hook },
    async (request) => {
      const query = request.query as XStatic<typeof recordsQuery>;
      const records = await store.records({ ...query, organizationId: login.of(request).organizationId });
      return { records: records.map(recordView) };
    },
  );
}
