import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../../base/clock.ts';
import type { CallRecord } from '../../../call/call-record.ts';
import type { CallStore, RecordQuery } from '../../../call/ports.ts';
import { type CdrEntry, cdrEntries, cdrStatistics } from './cdr-entry.ts';
import { readCdrQuery } from './cdr-query.ts';
import { collectionBody, pick, type Query } from './collection.ts';
import { collectionParameters, errorAnswers } from './collection-schemas.ts';
import { type ExtensionDirectory, resolveUser } from './users.ts';

export interface CdrDeps {
  readonly clock: Clock;
  readonly directory: ExtensionDirectory;
  readonly publicUrl: string | null;
  readonly records: Pick<CallStore, 'records'>['records'];
}

/** What a page can reach: startIndex and count end at 5000 each, and a phone call has seldom more than three records. */
const mostRecords = 30_000;
const recordsAtOnce = 1000;

const text = (description: string) => ({ type: 'string', description }) as const;

const schema = {
  summary: 'Call detail records of phone calls that have ended',
  tags: ['cdr'],
  querystring: {
    type: 'object',
    properties: {
      startDate: text('ISO 8601; default: the first of this month'),
      endDate: text('ISO 8601; default: now'),
      source: text('Number of the one who called'),
      destination: text('Number that was called'),
      disposition: text('0 answered, 1 busy, 2 failed, 3 no answer, 4 unknown, 5 not allowed'),
      flow: text('2 local, 4 outgoing, 8 incoming'),
      saveStartDate: text('When the record was written, from'),
      saveEndDate: text('… to'),
      ...collectionParameters(['source', 'destination', 'published', 'answered']),
    },
  },
  response: errorAnswers,
} as const;

/**
 * GET /cdr and /cdr/{userId}: the phone calls of the user's extensions, and those they are charged for, that ended in the time asked
 * for; for an administrator without `{userId}` those of the organization. `entry` is an object by phone call id, unlike that of other
 * collections.
 */
export function registerCdr(app: FastifyInstance, deps: CdrDeps): void {
  app.get('/cdr', { schema }, (request) => answer(request, deps, null));
  app.get('/cdr/:userId', { schema }, (request) =>
    answer(request, deps, (request.params as { userId: string }).userId),
  );
}

async function answer(request: FastifyRequest, deps: CdrDeps, user: string | null) {
  const { principal } = request;
  const { organizationId } = principal;
  const query = readCdrQuery(request.query as Query, deps.clock.now());
  const everything = user === null && principal.roles.includes('administrator');
  const userId = resolveUser(deps.directory, principal, user ?? '@me', null);
  const own = deps.directory.extensionsOfUser(organizationId, userId).map(({ id }) => id);
  const records = await read(deps, {
    organizationId,
    ...(everything ? {} : { extensionIds: own }),
    startedFrom: query.startDate,
    startedTo: query.endDate,
    ...(query.savedFrom === null ? {} : { from: query.savedFrom }),
    ...(query.savedTo === null ? {} : { to: query.savedTo }),
    order: 'ascending',
  });
  const owner = deps.directory.organization(organizationId);
  const numberOf = (id: string): string | null => deps.directory.extensionById(id)?.number ?? null;
  const all = cdrEntries(records, { id: organizationId, name: owner?.name ?? '' }, numberOf).filter(query.matches);
  if (query.sortOrder === 'descending') all.reverse();
  const page = all.slice(query.startIndex, query.startIndex + query.count);
  const entry: Record<string, Partial<CdrEntry>> = {};
  for (const one of page) entry[one.id] = pick(one, query.fields);
  const body = collectionBody(request, deps.publicUrl, query, all.length, entry);
  // An address for each page, but the filters are what makes it another list.
  return { ...body, filtered: body.filtered || query.narrowed, phoneCallStat: cdrStatistics(all) };
}

/** In parts, each going on behind the last record of the one before, so that the whole is read once. */
async function read({ records }: CdrDeps, query: RecordQuery): Promise<CallRecord[]> {
  const found: CallRecord[] = [];
  if (query.extensionIds?.length === 0) return found;
  while (found.length < mostRecords) {
    const last = found.at(-1);
    const part = await records({ ...query, limit: recordsAtOnce, ...(last === undefined ? {} : { after: last.id }) });
    found.push(...part);
    if (part.length < recordsAtOnce) break;
  }
  return found;
}
