import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { XStatic } from 'typebox/schema';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Call, CallRef } from '../../call/model/call.ts';
import type { FeedEntry } from '../../call/model/event-log.ts';
import { isOfCall } from '../../call/model/event-log.ts';
import type { Sample } from '../../observation/quality/quality-log.ts';
import type { Sampler, SamplerEvents } from '../../observation/quality/sampler.ts';
import { phrasesOf } from '../../observation/timeline/event-phrases.ts';
import { textOf } from '../../observation/timeline/event-text.ts';
import { nameOf } from '../../observation/why/explain.ts';
import { eventStream } from '../event-stream.ts';
import type { AdministratorLogin } from './administrator.ts';
import { eventView } from './call-view.ts';
import type { FeedReader, LogFeed } from './log-feed.ts';
import { OpenStreams } from './open-streams.ts';
import { sampleView } from './timeline-view.ts';

export interface StreamSources {
  readonly clock: Clock;
  readonly feed: LogFeed;
  readonly sampler: Pick<Sampler, 'watch'>;
  /** Whether this administrator runs the whole server. */
  readonly runsServer: (administrator: { readonly organizationId: string; readonly userId: number }) => boolean;
  readonly call: (callId: string) => Call | null;
  readonly refOfLeg: (legId: string) => CallRef | null;
}

const kinds = ['event', 'levels', 'sample'] as const;
const streamQuery = {
  type: 'object',
  additionalProperties: false,
  properties: {
    /** Which of `event`, `levels`, `sample`; all unless told. */
    kinds: { type: 'string', pattern: '^(event|levels|sample)(,(event|levels|sample)){0,2}$' },
    /** Of these calls alone: ids with commas. */
    calls: { type: 'string', pattern: '^[0-9a-f]{20}(,[0-9a-f]{20}){0,19}$' },
    /** As the header Last-Event-ID, for those who cannot set it. */
    after: { type: 'integer', minimum: 0 },
  },
} as const;

const heartbeatMs = 15_000;
/** What may wait for a reader, bytes; what is only for now is left out before. */
const mostBacklog = 4 * 1024 * 1024;
const patientBacklog = 256 * 1024;

/**
 * GET /admin/v1/stream: what happens, as it happens (Server-Sent Events): `event`, each of the log once, with its place
 * in the log as id, so that Last-Event-ID resumes; `levels`, how loud everybody is, at most five times a second;
 * `sample`, how each leg sounds, every second.
 */
export function registerStream(http: FastifyInstance, login: AdministratorLogin, sources: StreamSources): void {
  const { clock, feed } = sources;
  const open = new OpenStreams();
  const schema = {
    summary: 'What happens, as it happens: events, levels, samples',
    querystring: streamQuery,
  } as object;

  http.addHook('preClose', async () => {
    open.endAll();
  });

  http.get('/admin/v1/stream', { schema, onRequest: login.hook }, async (request, reply) => {
    const { organizationId, userId } = login.of(request);
    const query = request.query as XStatic<typeof streamQuery>;
    const position = await feed.positionBehind(lastEventId(request) ?? query.after ?? null);
    const user = { organizationId, userId };
    open.makeRoom(user);
    const asked = new Set(query.kinds?.split(',') ?? kinds);
    const calls = query.calls === undefined ? null : new Set(query.calls.split(','));
    const holds = login.holds(request);
    const sink = eventStream(reply, () => end());
    const ends: (() => void)[] = [];
    let timer: Timer | null = null;
    const end = (): void => {
      if (!open.remove(end)) return;
      timer?.cancel();
      for (const one of ends) one();
      sink.end();
    };
    open.add(end, user);
    const isOwn = (callId: string) => calls?.has(callId) ?? sources.call(callId)?.organizationId === organizationId;
    const runsServer = () => sources.runsServer(user);
    const isTold = (entry: FeedEntry, of: string | null) => of === organizationId || isOfAll(entry, of, runsServer);
    const say = (kind: (typeof kinds)[number], data: object, id?: number) =>
      sink.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
    const beat = (): void => {
      timer = clock.setTimer(heartbeatMs, () => {
        if (!holds() || sink.backlog > mostBacklog) {
          end();
          return;
        }
        sink.write(':\n\n');
        beat();
      });
    };
    beat();
    // Where nothing has happened yet, whoever comes again still goes on from here.
    sink.write(`retry: 1000\nid: ${position}\n\n`);

    if (asked.has('event')) {
      const reader: FeedReader = {
        position,
        over: false,
        take: (entry, of) => {
          if (sink.backlog > mostBacklog) return false;
          if (isTold(entry, of) && (calls === null || (isOfCall(entry.event) && calls.has(entry.event.callId)))) {
            say('event', shown(entry, sources), entry.position);
          }
          return true;
        },
      };
      feed.join(reader);
      ends.push(() => feed.leave(reader));
    }
    if (asked.has('levels') || asked.has('sample')) {
      const mayWait = () => sink.backlog < patientBacklog;
      ends.push(
        sources.sampler.watch({
          levels: (rooms) => {
            const conferences = asked.has('levels') && mayWait() ? levelsOf(rooms, isOwn, organizationId, sources) : [];
            if (conferences.length > 0) say('levels', { at: new Date(clock.now()).toISOString(), conferences });
          },
          samples: (samples) => {
            const all = asked.has('sample') && mayWait() ? samplesOf(samples, isOwn, organizationId, sources) : [];
            if (all.length > 0) say('sample', { samples: all });
          },
        }),
      );
    }
  });
}

/**
 * What no organization has for itself: who is kept out is for every administrator; what changes of the server, and of
 * other organizations, for who runs it.
 */
function isOfAll({ event }: FeedEntry, of: string | null, runsServer: () => boolean): boolean {
  if (isOfCall(event)) return false;
  const { kind } = event.stream;
  return (kind === 'security' && of === '') || (kind === 'directory' && runsServer());
}

function lastEventId(request: FastifyRequest): number | null {
  const given = request.headers['last-event-id'];
  return typeof given === 'string' && /^[0-9]{1,15}$/.test(given) ? Number(given) : null;
}

function shown({ event, position }: FeedEntry, { call }: Pick<StreamSources, 'call'>) {
  if (!isOfCall(event)) {
    const { at, data, seq, stream, type } = event;
    return { position, stream, seq, at: new Date(at).toISOString(), type, data };
  }
  const connections = call(event.callId)?.connections;
  const name = (id: string) => {
    const device = connections?.get(id)?.device;
    return device === undefined ? id : nameOf(device);
  };
  const says = phrasesOf(event, name);
  return { position, stream: { kind: 'call', id: event.callId }, ...eventView(event), text: textOf(says), says };
}

function levelsOf(
  rooms: SamplerEvents['levels'],
  isOwn: (callId: string) => boolean,
  organizationId: string,
  { call, refOfLeg }: Pick<StreamSources, 'call' | 'refOfLeg'>,
) {
  return rooms
    .filter(({ room }) => isOwn(room) && call(room)?.organizationId === organizationId)
    .map(({ levels, room }) => ({
      call: room,
      levels: levels.flatMap(([leg, level]) => {
        const ref = refOfLeg(leg);
        return ref?.callId === room ? [{ connection: ref.connectionId, level }] : [];
      }),
    }));
}

function samplesOf(
  samples: readonly Sample[],
  isOwn: (callId: string) => boolean,
  organizationId: string,
  { call, refOfLeg }: Pick<StreamSources, 'call' | 'refOfLeg'>,
) {
  return samples.flatMap((sample) => {
    const ref = refOfLeg(sample.legId);
    if (ref === null || !isOwn(ref.callId) || call(ref.callId)?.organizationId !== organizationId) return [];
    return [{ call: ref.callId, connection: ref.connectionId, leg: sample.legId, ...sampleView(sample) }];
  });
}
