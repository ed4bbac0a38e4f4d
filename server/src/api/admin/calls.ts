import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { idOfText, idPattern } from '../../base/id.ts';
import type { RefusedDials } from '../../call/attempts/refused-dials.ts';
import { callKinds } from '../../call/model/call.ts';
import { callError } from '../../call/model/call-error.ts';
import { causes } from '../../call/model/cause.ts';
import type { CallStore } from '../../call/ports.ts';
import { largeAnswers } from '../large-answers.ts';
import { entriesText, turns } from '../turns.ts';
import type { AdministratorLogin } from './administrator.ts';
import { type CallIdSources, storyOfCallId } from './call-facts.ts';
import { eventsOfStory, type RunningCalls, recordsOfStory, type StoryPart, storyOf } from './call-story.ts';
import { callView, eventView, recordView, summaryView } from './call-view.ts';
import { attemptView } from './dial-out.ts';

/** What the administration reads: the running calls, and the log of all. */
export interface CallSources {
  /** Running calls as last stored. */
  readonly running: RunningCalls;
  readonly store: Pick<CallStore, 'eventsAbout' | 'recentCalls' | 'records' | 'recordsNamed'>;
  /** Calls out that were refused before there was a call. */
  readonly refused: Pick<RefusedDials, 'find'>;
  /** Where the Call-ID of an INVITE is found. */
  readonly signalling: CallIdSources['signalling'];
  readonly now: CallIdSources['now'];
  /** The call that an interface means by an id of its own making; any other id as it is. */
  readonly idMeantBy: (id: string) => string;
}

const ownId = new RegExp(idPattern);

/** Running calls in one answer. */
const mostRunning = 200;

/* JSON schemas as they are, typed by TypeBox: building them with it at run time would cost 6 MB and 60 ms. */
const id = { type: 'string', pattern: idPattern } as const;
const count = { type: 'integer', minimum: 0 } as const;
/** An id of ours, or the Call-ID of an INVITE. */
const anyId = { type: 'string', minLength: 1, maxLength: 255 } as const;
const callPath = { type: 'object', required: ['id'], properties: { id: anyId } } as const;

const callsQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    /** `?recent` lists ended calls, newest first, in place of the running ones. */
    recent: { enum: ['', 'true', '1'] },
    /** Of ended calls 50 unless told, of running ones 200. */
    limit: { type: 'integer', minimum: 1, maximum: 200 },
    /** Page on: the `next` of the page before. */
    before: count,
    /** Of running calls those of a kind alone. */
    kind: { enum: callKinds },
    /**
     * Of ended calls: who was in it, by a part of number or name; why it ended, for anybody in it; when it was there.
     */
    number: { type: 'string', minLength: 1, maxLength: 80 },
    cause: { enum: causes },
    from: { type: 'string', format: 'date-time' },
    to: { type: 'string', format: 'date-time' },
  },
} as const;

const eventsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['after', 'limit'],
  properties: {
    /** Page on: the `next` of the page before. */
    after: { type: 'string', pattern: '^[0-9]{1,9}([.][0-9]{1,9})?$', default: '0' },
    limit: { type: 'integer', minimum: 1, maximum: 5000, default: 1000 },
  },
} as const;

const recordsPage = {
  type: 'object',
  additionalProperties: false,
  required: ['limit', 'offset'],
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
    /** All that is skipped is read, so not without bound; the id of a call is the way to older ones. */
    offset: { ...count, maximum: 10_000, default: 0 },
  },
} as const;

const recordsQuery = { ...recordsPage, properties: { callId: id, ...recordsPage.properties } } as const;

/**
 * The administration's view of calls (JSON; an administrator sees the calls of the own organization):
 * GET /admin/v1/calls, /admin/v1/calls/{id}, /admin/v1/calls/{id}/events, /admin/v1/calls/{id}/records,
 * /admin/v1/records. An id is that of a call, a connection or a leg, whichever an interface gave, in its own form too,
 * the Call-ID of an INVITE, or of a request whose call out was refused.
 */
export function registerCalls(
  http: FastifyInstance,
  login: AdministratorLogin,
  { idMeantBy, now, running, store, refused, signalling }: CallSources,
): void {
  http.get(
    '/admin/v1/calls',
    {
      schema: { summary: 'Running calls, or with recent those that ended', querystring: callsQuery } as object,
      onRequest: login.hook,
    },
    async (request, reply) => {
      const { organizationId } = login.of(request);
      const query = request.query as XStatic<typeof callsQuery>;
      await turns.take();
      if (query.recent === undefined) {
        const { limit = mostRunning, before: after = 0, kind } = query;
        const { calls, next } = running.callPage(organizationId, { after, limit, kind });
        const text = await entriesText(calls, (call) => JSON.stringify(callView(call)));
        return reply.type('application/json; charset=utf-8').send(`{"calls":[${text}],"next":${next}}`);
      }
      const { limit = 50 } = query;
      const before = query.before === undefined ? {} : { before: query.before };
      const page = await store.recentCalls({ organizationId, ended: true, limit, ...before, ...searched(query) });
      return { calls: page.calls.map(summaryView), next: page.next };
    },
  );

  const idAsked = (request: FastifyRequest): string => idMeantBy((request.params as XStatic<typeof callPath>).id);
  const storyOfCall = async (id: string, organizationId: string): Promise<StoryPart[]> => {
    let parts = await storyOf(id, organizationId, { running, store });
    // An id of our own that is not known is not looked for in all that phones and carriers sent.
    const mayBeCallId = parts.length === 0 && !ownId.test(id);
    if (mayBeCallId) parts = await storyOfCallId(id, organizationId, { now, running, signalling, store });
    if (parts.length === 0) throw callError('callNotFound', 'No call, connection, leg or refused request has this id.');
    return parts;
  };
  /** A call out that was refused; null: it is a call, or nothing is known of it. */
  const refusedAs = async (id: string, organizationId: string) => {
    const parts = await storyOf(id, organizationId, { running, store });
    if (parts.length > 0) return null;
    return (await refused.find(id, organizationId)) ?? (await refused.find(idOfText(id), organizationId));
  };

  http.get(
    '/admin/v1/calls/:id',
    { schema: { summary: 'A call, running or ended', params: callPath } as object, onRequest: login.hook },
    async (request) => {
      const id = idAsked(request);
      const { organizationId } = login.of(request);
      await turns.take();
      const never = await refusedAs(id, organizationId);
      if (never !== null) return attemptView(never);
      const parts = await storyOfCall(id, organizationId);
      const calls = parts.map(({ callId }) => callId);
      const call = calls
        .map((callId) => running.call(callId))
        .findLast((one) => one?.organizationId === organizationId);
      if (call != null) return { ...callView(call), calls };
      const callId = calls.at(-1) ?? id;
      const { calls: found } = await store.recentCalls({ organizationId, callId, limit: 1 });
      const [summary] = found;
      if (summary === undefined) throw callError('callNotFound', 'No call has this id.');
      return { ...summaryView(summary), calls };
    },
  );

  const eventsSchema = { summary: 'The log of a call', params: callPath, querystring: eventsQuery };
  http.get('/admin/v1/calls/:id/events', { schema: eventsSchema, onRequest: login.hook }, async (request, reply) => {
    const id = idAsked(request);
    const query = request.query as XStatic<typeof eventsQuery>;
    const { organizationId } = login.of(request);
    await turns.take();
    const never = await refusedAs(id, organizationId);
    if (never !== null) {
      const { seq, at, type, data } = never;
      return { callId: null, calls: [], events: [{ seq, at: new Date(at).toISOString(), type, data }], next: null };
    }
    const parts = await storyOfCall(id, organizationId);
    await largeAnswers.begin(reply, organizationId);
    reply.type('application/json; charset=utf-8');
    return largeAnswers.send(reply, eventsText(parts, query, store));
  });

  const recordsSchema = { summary: 'The call detail records of a call', params: callPath, querystring: recordsPage };
  http.get('/admin/v1/calls/:id/records', { schema: recordsSchema, onRequest: login.hook }, async (request) => {
    const id = idAsked(request);
    const page = request.query as XStatic<typeof recordsPage>;
    const { organizationId } = login.of(request);
    if ((await refusedAs(id, organizationId)) !== null) return { records: [] };
    const records = await recordsOfStory(await storyOfCall(id, organizationId), { ...page, organizationId }, store);
    return { records: records.map(recordView) };
  });

  http.get(
    '/admin/v1/records',
    { schema: { summary: 'Call detail records', querystring: recordsQuery } as object, onRequest: login.hook },
    async (request) => {
      const { organizationId } = login.of(request);
      const { callId, ...page } = request.query as XStatic<typeof recordsQuery>;
      if (callId === undefined) {
        const records = await store.records({ ...page, organizationId });
        return { records: records.map(recordView) };
      }
      const parts = await storyOf(callId, organizationId, { running, store });
      const records = await recordsOfStory(parts, { ...page, organizationId }, store);
      return { records: records.map(recordView) };
    },
  );
}

function searched({ cause, from, number: party, to }: XStatic<typeof callsQuery>) {
  return {
    ...(party === undefined ? {} : { party }),
    ...(cause === undefined ? {} : { cause }),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  };
}

async function* eventsText(
  parts: readonly StoryPart[],
  query: { readonly after: string; readonly limit: number },
  store: CallSources['store'],
): AsyncGenerator<string> {
  const calls = parts.map(({ callId }) => callId);
  let [begin, count, last] = [
    `{"callId":${JSON.stringify(calls[0])},"calls":${JSON.stringify(calls)},"events":[`,
    0,
    '',
  ];
  for await (const events of eventsOfStory(parts, query, store)) {
    await turns.take();
    yield begin + events.map(({ event }) => JSON.stringify(eventView(event))).join(',');
    begin = ',';
    count += events.length;
    last = events.at(-1)?.cursor ?? last;
  }
  const next = count < query.limit ? null : last.includes('.') ? last : Number(last);
  yield `${count === 0 ? begin : ''}],"next":${JSON.stringify(next)}}`;
}
