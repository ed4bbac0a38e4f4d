import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { XStatic } from 'typebox/schema';
import { AppError } from '../../base/app-error.ts';
import { idPattern } from '../../base/id.ts';
import type { Call } from '../../call/model/call.ts';
import type { CallStore, RecordingSummary } from '../../call/ports.ts';
import type { AdministratorLogin } from './administrator.ts';
import { byteRange } from './byte-range.ts';
import { type RecordingFile, RecordingFolder } from './recording-folder.ts';

/** Where the administration finds recordings. */
export interface RecordingSources {
  readonly store: Pick<CallStore, 'recordings'>;
  /** Absolute path of the folder that has one folder for each recording. */
  readonly folder: string;
  /** Running calls as last stored. */
  readonly running: () => readonly Pick<Call, 'recordingId'>[];
}

const id = { type: 'string', pattern: '^[0-9a-z]{1,64}$' } as const;
/** A name and never a path: no dot, no slash. */
const fileName = { type: 'string', pattern: '^[0-9A-Za-z_-]{1,220}\\.wav$' } as const;
const recordingPath = { type: 'object', required: ['id'], properties: { id } } as const;
const filePath = { type: 'object', required: ['id', 'file'], properties: { id, file: fileName } } as const;

const peaksQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['count'],
  properties: {
    count: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000 },
    /** A leg; else the mix. */
    file: { type: 'string', pattern: '^[0-9A-Za-z_-]{1,220}$' },
  },
} as const;

const recordingsQuery = {
  type: 'object',
  additionalProperties: false,
  required: ['limit'],
  properties: {
    callId: { type: 'string', pattern: idPattern },
    limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    /** Page on: the `next` of the page before. */
    before: { type: 'integer', minimum: 0 },
  },
} as const;

/**
 * The administration's view of recordings (an administrator sees those of the own organization):
 * GET /admin/v1/recordings, GET and DELETE /admin/v1/recordings/{id}, GET /admin/v1/recordings/{id}/mix.wav and
 * {leg}.wav.
 */
export function registerRecordings(http: FastifyInstance, login: AdministratorLogin, sources: RecordingSources): void {
  const { store, running } = sources;
  const folder = new RecordingFolder(sources.folder);
  const onRequest = login.hook;

  /** Those that run now: once for all that are asked for, as it goes through all calls. */
  const runningNow = () => new Set(running().map(({ recordingId }) => recordingId));

  const find = async (request: FastifyRequest): Promise<RecordingSummary> => {
    const { id: recordingId } = request.params as XStatic<typeof recordingPath>;
    const { organizationId } = login.of(request);
    const [recording] = await store.recordings({ organizationId, recordingId, limit: 1 });
    if (recording === undefined) throw new AppError('notFound', 'No recording has this id.');
    return recording;
  };

  const view = async (recording: RecordingSummary, now: ReadonlySet<string | null>) => {
    const { recordingId, callId, startedAt, endedAt } = recording;
    const stored = now.has(recordingId) ? 'running' : (await folder.has(recordingId)) ? 'stored' : 'gone';
    return {
      id: recordingId,
      callId,
      state: stored,
      startedAt: new Date(startedAt).toISOString(),
      endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    };
  };

  http.get('/admin/v1/recordings', { schema: { querystring: recordingsQuery }, onRequest }, async (request) => {
    const { callId, before, limit } = request.query as XStatic<typeof recordingsQuery>;
    const { organizationId } = login.of(request);
    const asked = { ...(callId === undefined ? {} : { callId }), ...(before === undefined ? {} : { before }) };
    const page = await store.recordings({ organizationId, limit, ...asked });
    const now = runningNow();
    return {
      recordings: await Promise.all(page.map((recording) => view(recording, now))),
      next: page.length < limit ? null : (page.at(-1)?.position ?? null),
    };
  });

  http.get('/admin/v1/recordings/:id', { schema: { params: recordingPath }, onRequest }, async (request) => {
    const recording = await find(request);
    const files = await folder.files(recording.recordingId);
    return {
      ...(await view(recording, runningNow())),
      files: files.map((file) => fileView(recording.recordingId, file)),
    };
  });

  http.get(
    '/admin/v1/recordings/:id/peaks',
    { schema: { params: recordingPath, querystring: peaksQuery }, onRequest },
    async (request) => {
      const { recordingId } = await find(request);
      const { count, file = 'mix' } = request.query as XStatic<typeof peaksQuery>;
      const opened = await folder.open(recordingId, file);
      if (opened === null) throw new AppError('notFound', 'The recording has no such file, or its files are gone.');
      return { file, durationMs: opened.file.durationMs, peaks: await opened.peaks(count) };
    },
  );

  http.delete('/admin/v1/recordings/:id', { schema: { params: recordingPath }, onRequest }, async (request, reply) => {
    const { recordingId, callId } = await find(request);
    if (runningNow().has(recordingId)) throw new AppError('invalidState', 'The recording is running; stop it first.');
    await folder.remove(recordingId);
    request.log.info({ request: request.id, recording: recordingId, call: callId }, 'a recording was deleted');
    return reply.code(204).send();
  });

  http.route({
    method: ['GET', 'HEAD'],
    url: '/admin/v1/recordings/:id/:file',
    schema: { params: filePath },
    onRequest,
    handler: async (request, reply) => {
      const { recordingId } = await find(request);
      const { file: name } = request.params as XStatic<typeof filePath>;
      return sendFile(request, reply, folder, recordingId, name.slice(0, -'.wav'.length));
    },
  });
}

function fileView(recording: string, { name, bytes, durationMs, sampleRate }: RecordingFile) {
  return {
    name: `${name}.wav`,
    leg: name === 'mix' ? null : name,
    bytes,
    durationMs,
    sampleRate,
    path: `/admin/v1/recordings/${recording}/${name}.wav`,
  };
}

/** As much of a running recording as is written now. */
async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  folder: RecordingFolder,
  recording: string,
  name: string,
): Promise<FastifyReply> {
  const opened = await folder.open(recording, name);
  if (opened === null) {
    const why = (await folder.has(recording))
      ? 'The recording has no such file.'
      : 'The files of this recording are gone: deleted, or kept as long as retention.recordings and recordingsSize say.';
    throw new AppError('notFound', why);
  }
  const size = opened.file.bytes;
  const range = byteRange(request.headers.range, size);
  reply.header('accept-ranges', 'bytes').header('cache-control', 'private, no-store');
  if (range === 'unsatisfiable') {
    await opened.close();
    reply.header('content-range', `bytes */${size}`).code(416);
    return reply.send({
      error: { code: 'invalidArgument', message: `The file has ${size} bytes.` },
      requestId: request.id,
    });
  }
  const { from, to } = range ?? { from: 0, to: size - 1 };
  reply
    .type('audio/wav')
    .header('content-length', to - from + 1)
    .header('content-disposition', `attachment; filename="${recording}-${name}.wav"`);
  if (range !== null) reply.code(206).header('content-range', `bytes ${from}-${to}/${size}`);
  if (request.method === 'HEAD') {
    await opened.close();
    return reply.send();
  }
  return reply.send(opened.read(from, to));
}
