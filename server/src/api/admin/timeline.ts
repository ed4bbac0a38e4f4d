import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { pcapOf } from '../../observation/signalling/pcap.ts';
import { wholeCalls } from '../large-answers.ts';
import type { AdministratorLogin } from './administrator.ts';
import { type CallFactSources, factsOf } from './call-facts.ts';
import { RecentEvents } from './recent-events.ts';
import { signallingPieces, timelinePieces } from './timeline-view.ts';

/** An id of ours, or the Call-ID of an INVITE. */
const anyId = { type: 'string', minLength: 1, maxLength: 255 } as const;
const callPath = { type: 'object', required: ['id'], properties: { id: anyId } } as const;
const timelineQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['samples', 'columns'],
  properties: {
    /** Of one participant at most; where there are more, each is the worst of some. */
    samples: { type: 'integer', minimum: 1, maximum: 10_000, default: 400 },
    /** Only what was from then on: for who has the rest, and is told of samples by the stream. */
    after: { type: 'string', format: 'date-time' },
    /** Spans, samples and who talked in columns, as a page that draws them reads them. */
    columns: { type: 'boolean', default: false },
  },
} as const;

/**
 * What happened in a call, minute by minute: GET /admin/v1/calls/{id}/timeline, …/signalling (the SIP messages of its
 * legs, secrets masked), …/signalling.pcap (the same for Wireshark).
 */
export function registerTimeline(http: FastifyInstance, login: AdministratorLogin, sources: CallFactSources): void {
  const onRequest = login.hook;
  const recent = new RecentEvents({ store: sources.store, now: sources.now });
  const { store } = sources;
  const watched: CallFactSources = {
    ...sources,
    store: {
      eventsAbout: (callId, query) => recent.eventsAbout(callId, query),
      records: (query) => store.records(query),
      recordsNamed: (id) => store.recordsNamed(id),
      recordings: (query) => store.recordings(query),
    },
  };

  const schema = { summary: 'The timeline of a call', params: callPath, querystring: timelineQuery } as object;
  http.get('/admin/v1/calls/:id/timeline', { schema, onRequest }, async (request, reply) => {
    const { id } = request.params as XStatic<typeof callPath>;
    const { after: since, columns, samples: samplesPerLane } = request.query as XStatic<typeof timelineQuery>;
    const { organizationId } = login.of(request);
    const after = since === undefined ? null : Date.parse(since);
    await wholeCalls.begin(reply, organizationId);
    const found =
      after === null ? await factsOf(id, organizationId, sources) : await factsOf(id, organizationId, watched, after);
    const recordings = await Promise.all(
      found.parts.map(({ callId }) => sources.store.recordings({ organizationId, callId, limit: 100 })),
    );
    reply.type('application/json; charset=utf-8').header('cache-control', 'no-store');
    return wholeCalls.send(
      reply,
      timelinePieces(id, found, { recordings: recordings.flat(), samplesPerLane, after, columns }),
    );
  });

  const signalling = { summary: 'The SIP messages of a call, secrets masked', params: callPath } as object;
  http.get('/admin/v1/calls/:id/signalling', { schema: signalling, onRequest }, async (request, reply) => {
    const { id } = request.params as XStatic<typeof callPath>;
    const { organizationId } = login.of(request);
    await wholeCalls.begin(reply, organizationId);
    const { messages } = await factsOf(id, organizationId, sources);
    reply.type('application/json; charset=utf-8').header('cache-control', 'no-store');
    return wholeCalls.send(reply, signallingPieces(messages));
  });

  const capture = { summary: 'The same as a capture file', params: callPath } as object;
  http.get('/admin/v1/calls/:id/signalling.pcap', { schema: capture, onRequest }, async (request, reply) => {
    const { id } = request.params as XStatic<typeof callPath>;
    const { organizationId } = login.of(request);
    await wholeCalls.begin(reply, organizationId);
    const { messages } = await factsOf(id, organizationId, sources);
    const name = id.replace(/[^0-9A-Za-z._-]/g, '_').slice(0, 80);
    reply
      .type('application/vnd.tcpdump.pcap')
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="${name}.pcap"`);
    return wholeCalls.send(reply, pcapOf(messages));
  });
}
