import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../../../base/clock.ts';
import type { PhoneCallRecord } from '../../../../call/model/phone-call-record.ts';
import type { CallStore } from '../../../../call/ports.ts';
import { entriesAtOnce, turns } from '../../../turns.ts';
import { collectionBody, pick, type Query } from '../collections/collection.ts';
import { answerCollection, beginCollection } from '../collections/collection-answer.ts';
import { collectionParameters, errorAnswers } from '../collections/collection-schemas.ts';
import { unifiedApiError } from '../errors.ts';
import { answer } from '../json-answer.ts';
import { type ExtensionDirectory, resolveUser } from '../users.ts';
import { type CdrEntry, cdrEntry, cdrStatistics, type Owner } from './cdr-entry.ts';
import { type CdrQuery, readCdrQuery } from './cdr-query.ts';

export interface CdrDeps {
  readonly clock: Clock;
  readonly directory: ExtensionDirectory;
  readonly publicUrl: string | null;
  readonly calls: Pick<CallStore, 'phoneCallPage' | 'phoneCalls'>;
}

const text = (description: string) => ({ type: 'string', description }) as const;

const schema = {
  summary: 'Call detail records of phone calls that have ended',
  tags: ['cdr'],
  querystring: {
    type: 'object',
    properties: {
      startDate: text('ISO 8601; default: the first of this month'),
      endDate: text('ISO 8601, that second or day included; default: now'),
      source: text('Number of the one who called; of an extension `211` or `0003*211`'),
      destination: text('Number that was called, alike'),
      disposition: text('0 answered, 1 busy, 2 failed, 3 no answer, 4 unknown, 5 not allowed'),
      flow: text('2 local, 4 outgoing, 8 incoming'),
      saveStartDate: text('When the record was written, from'),
      saveEndDate: text('… to'),
      ...collectionParameters(['source', 'destination', 'published', 'answered'], 'published'),
    },
  },
  response: errorAnswers,
} as const;

const params = {
  type: 'object',
  properties: {
    userId: {
      ...text('@me, @viewer, @owner or the id of a user; for an administrator also the id of the organization'),
      examples: ['@me'],
    },
  },
} as const;

const statisticsSchema = { ...schema, summary: 'How many phone calls ended, and how' } as const;

/**
 * GET /cdr and /cdr/{userId}: the phone calls of the user's extensions, and those they are charged for, of which
 * something was recorded; for an administrator without `{userId}`, or with the organization's, those of the
 * organization. `entry` is an object by phone call id, unlike that of other collections. GET /cdr/stats[/{userId}]: how
 * many there are, and no more.
 */
export function registerCdr(app: FastifyInstance, deps: CdrDeps): void {
  app.get('/cdr', { schema }, (request, reply) => list(request, reply, deps));
  app.get('/cdr/:userId', { schema: { ...schema, params } }, (request, reply) => list(request, reply, deps));
  app.get('/cdr/stats', { schema: statisticsSchema }, (request, reply) => statistics(request, reply, deps));
  app.get('/cdr/stats/:userId', { schema: { ...statisticsSchema, params } }, (request, reply) =>
    statistics(request, reply, deps),
  );
  app.all('/cdr/*', { schema: { hide: true } as object }, () => {
    throw unifiedApiError('resource_not_found');
  });
}

async function list(request: FastifyRequest, reply: FastifyReply, deps: CdrDeps): Promise<FastifyReply> {
  await turns.take();
  const query = readCdrQuery(request.query as Query, deps.clock.now());
  const asked = askedOf(request, deps, query);
  await beginCollection(request, reply, query);
  const page = await deps.calls.phoneCallPage(asked);
  const owner = ownerOf(deps.directory, asked.organizationId, asked.prefix);
  const body = collectionBody(request, deps.publicUrl, query, page.total, null);
  const filtered = body.filtered || query.narrowed;
  const whole = { ...body, filtered, phoneCallStat: cdrStatistics(page.tally) };
  return answerCollection(reply, { body: whole, entries: entries(), kind: 'object' });

  async function* entries(): AsyncGenerator<string> {
    for (let at = 0; at < page.ids.length; at += entriesAtOnce) {
      const some = await deps.calls.phoneCalls({ ...asked, ids: page.ids.slice(at, at + entriesAtOnce) });
      if (at > 0) await turns.take();
      // Some may have been removed since; then there is nothing between two commas.
      if (some.length > 0) yield entriesOf(some, owner, query);
    }
  }
}

async function statistics(request: FastifyRequest, reply: FastifyReply, deps: CdrDeps): Promise<FastifyReply> {
  await turns.take();
  const query = readCdrQuery(request.query as Query, deps.clock.now());
  const { total, tally } = await deps.calls.phoneCallPage({ ...askedOf(request, deps, query), limit: 0 });
  return answer(reply, 200, { totalResults: total, phoneCallStat: cdrStatistics(tally) });
}

/** Whose phone calls are asked for. Throws `user_invalid`. */
function askedOf({ principal, params }: FastifyRequest, { directory }: CdrDeps, { wanted }: CdrQuery) {
  const { userId: user = null } = params as { userId?: string };
  const { organizationId } = principal;
  const administrator = principal.roles.includes('administrator');
  const isUser = user !== null && /^[0-9]{1,15}$/.test(user) && directory.user(organizationId, Number(user)) !== null;
  const isOrganization = user === null || (!isUser && user.replace(/^0+(?=.)/, '') === organizationId);
  const userId = administrator && isOrganization ? null : resolveUser(directory, principal, user ?? '@me', null);
  const prefix = directory.organization(organizationId)?.prefix ?? '';
  const extensionIds = userId === null ? null : directory.extensionsOfUser(organizationId, userId).map(({ id }) => id);
  return { ...wanted, organizationId, prefix, extensionIds };
}

function ownerOf(directory: ExtensionDirectory, organizationId: string, prefix: string): Owner {
  return {
    id: organizationId,
    name: directory.organization(organizationId)?.name ?? '',
    extendedNumber: (number) => `${prefix}*${number}`,
    numberOf: (id) => directory.extensionById(id)?.extendedNumber ?? null,
  };
}

function entriesOf(calls: readonly PhoneCallRecord[], owner: Owner, { fields }: CdrQuery): string {
  return calls
    .map((call) => {
      const entry: Partial<CdrEntry> = pick(cdrEntry(call, owner), fields);
      return `${JSON.stringify(call.id)}:${JSON.stringify(entry)}`;
    })
    .join(',');
}
