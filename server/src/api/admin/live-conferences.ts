import type { FastifyInstance } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import { idPattern } from '../../base/id.ts';
import type { Call } from '../../call/model/call.ts';
import { callError } from '../../call/model/call-error.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { clearCall } from '../../call/services/clear-call.ts';
import { clearConnection } from '../../call/services/clear-connection.ts';
import { setLocked } from '../../call/services/set-locked.ts';
import { setMute } from '../../call/services/set-mute.ts';
import { startRecording } from '../../call/services/start-recording.ts';
import { stopRecording } from '../../call/services/stop-recording.ts';
import { entriesText, turns } from '../turns.ts';
import type { AdministratorLogin } from './administrator.ts';
import { callView } from './call-view.ts';

export interface LiveSources {
  /** Running calls as last stored. */
  readonly runtime: Pick<CallRuntime, 'snapshot' | 'call' | 'do'>;
  /** What a user is called; empty: nothing. */
  readonly nameOf: (organizationId: string, userId: number) => string;
}

const id = { type: 'string', pattern: idPattern } as const;
const liveQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    /** The oldest so many; all unless told. */
    limit: { type: 'integer', minimum: 1, maximum: 1000 },
  },
} as const;
const conferencePath = { type: 'object', required: ['id'], properties: { id } } as const;
const participantPath = {
  type: 'object',
  required: ['id', 'connection'],
  properties: { id, connection: id },
} as const;
const conferenceChange = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { locked: { type: 'boolean' }, recording: { type: 'boolean' } },
} as const;
const participantChange = {
  type: 'object',
  additionalProperties: false,
  required: ['muted'],
  properties: { muted: { type: 'boolean' } },
} as const;

/**
 * GET /admin/v1/conferences/live: the running conferences of the organization, each as in /admin/v1/calls, with its
 * number, name and participants, the oldest first, and how many there are of both in all. PATCH and DELETE
 * /admin/v1/conferences/live/{call}, and …/participants/{connection}: an administrator locks, records, mutes, puts out
 * and ends.
 */
export function registerLiveConferences(http: FastifyInstance, login: AdministratorLogin, sources: LiveSources): void {
  const schema = { summary: 'Running conferences with their participants', querystring: liveQuery } as object;
  http.get('/admin/v1/conferences/live', { schema, onRequest: login.hook }, async (request, reply) => {
    const { organizationId } = login.of(request);
    const { limit } = request.query as XStatic<typeof liveQuery>;
    await turns.take();
    const live = sources.runtime
      .snapshot()
      .filter((call) => call.kind === 'conference' && call.organizationId === organizationId)
      .sort((a, b) => a.createdAt - b.createdAt);
    const participants = live.reduce((sum, { connections }) => sum + connections.size, 0);
    const text = await entriesText(live.slice(0, limit), (call) => JSON.stringify(callView(call)));
    return reply
      .type('application/json; charset=utf-8')
      .send(`{"conferences":[${text}],"count":${live.length},"participants":${participants}}`);
  });

  const conferenceOf = (callId: string, organizationId: string): Call => {
    const call = sources.runtime.call(callId);
    if (call?.kind === 'conference' && call.organizationId === organizationId && !call.ended) return call;
    throw callError('callNotFound', 'No running conference has this id.');
  };
  const { runtime } = sources;

  http.patch(
    '/admin/v1/conferences/live/:id',
    {
      schema: { summary: 'Lock or record a conference', params: conferencePath, body: conferenceChange } as object,
      onRequest: login.hook,
    },
    async (request) => {
      const { id: callId } = request.params as XStatic<typeof conferencePath>;
      const { locked, recording } = request.body as XStatic<typeof conferenceChange>;
      const { organizationId, userId } = login.of(request);
      conferenceOf(callId, organizationId);
      // First what its settings may forbid: then nothing is changed.
      if (recording === true) await runtime.do(startRecording, { callId });
      if (recording === false) await runtime.do(stopRecording, { callId });
      if (locked !== undefined) await runtime.do(setLocked, { callId, locked });
      request.log.info({ call: callId, user: userId, locked, recording }, 'an administrator changed a conference');
      return callView(conferenceOf(callId, organizationId));
    },
  );

  http.delete(
    '/admin/v1/conferences/live/:id',
    { schema: { summary: 'End a conference', params: conferencePath } as object, onRequest: login.hook },
    async (request, reply) => {
      const { id: callId } = request.params as XStatic<typeof conferencePath>;
      const { organizationId, userId } = login.of(request);
      conferenceOf(callId, organizationId);
      await runtime.do(clearCall, { callId, cause: 'removed', by: sources.nameOf(organizationId, userId) });
      request.log.info({ call: callId, user: userId }, 'an administrator ended a conference');
      return reply.code(204).send();
    },
  );

  http.patch(
    '/admin/v1/conferences/live/:id/participants/:connection',
    {
      schema: { summary: 'Mute a participant', params: participantPath, body: participantChange } as object,
      onRequest: login.hook,
    },
    async (request) => {
      const { id: callId, connection } = request.params as XStatic<typeof participantPath>;
      const { muted } = request.body as XStatic<typeof participantChange>;
      const { organizationId } = login.of(request);
      checkThere(conferenceOf(callId, organizationId), connection);
      await runtime.do(setMute, { callId, connectionId: connection, muted, byModerator: true });
      return callView(conferenceOf(callId, organizationId));
    },
  );

  http.delete(
    '/admin/v1/conferences/live/:id/participants/:connection',
    { schema: { summary: 'Put a participant out', params: participantPath } as object, onRequest: login.hook },
    async (request, reply) => {
      const { id: callId, connection } = request.params as XStatic<typeof participantPath>;
      const { organizationId, userId } = login.of(request);
      checkThere(conferenceOf(callId, organizationId), connection);
      await runtime.do(clearConnection, { callId, connectionId: connection, cause: 'removed' });
      request.log.info({ call: callId, connection, user: userId }, 'an administrator put a participant out');
      return reply.code(204).send();
    },
  );
}

function checkThere(call: Call, connection: string): void {
  if (!call.connections.has(connection)) throw new AppError('notFound', 'No participant of it has this id.');
}
