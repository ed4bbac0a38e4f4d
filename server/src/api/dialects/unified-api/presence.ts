import type { FastifyInstance } from 'fastify';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import { turns } from '../../turns.ts';
import type { RegisteredPhone } from '../dialect.ts';
import { collectionBody, passes, pick, type Query, readCollectionQuery } from './collections/collection.ts';
import { answerCollection, beginCollection, entriesOf } from './collections/collection-answer.ts';
import { collectionParameters, errorAnswers } from './collections/collection-schemas.ts';
import { formatDate } from './date.ts';
import { type ExtensionDirectory, type ExtensionFacts, resolveScope } from './users.ts';

export interface PresenceDeps {
  readonly directory: ExtensionDirectory;
  readonly publicUrl: string | null;
  readonly registrations: (extensionId: string) => readonly RegisteredPhone[];
  readonly runtime: Pick<CallRuntime, 'call' | 'callsOf' | 'connectionsOf'>;
}

/** `status` of an extension, `registration` of a phone: numbers written as texts, as in the documented example. */
const statuses = { unknown: '0', online: '1', ringing: '2', busy: '3' } as const;
const registrations = { registered: '1', notNeeded: '2', notRegistered: '-1' } as const;

/** One phone of an extension, or that it has none. */
interface Registration {
  readonly agent: string;
  readonly registration: (typeof registrations)[keyof typeof registrations];
  /** When it has to have registered again. */
  readonly expire?: string;
}

interface Presence {
  readonly status: (typeof statuses)[keyof typeof statuses];
  /** As `0003*211`, however it was asked for. */
  readonly extension: string;
  readonly registration: readonly Registration[];
}

const path = {
  type: 'object',
  properties: {
    userId: { type: 'string', description: '@me, @viewer, @owner or the id of a user', examples: ['@me'] },
    extension: {
      type: 'string',
      description: 'Number of an extension, or @self: all of the user',
      examples: ['@self'],
    },
  },
} as const;

const schema = {
  summary: 'Who is there: registration and state of extensions',
  tags: ['presence'],
  params: path,
  querystring: { type: 'object', properties: collectionParameters(['extension'], 'extension') },
  response: errorAnswers,
} as const;

/** GET /extensions/{userId}/{extension}/presence: a collection, by extension. */
export function registerPresence(app: FastifyInstance, deps: PresenceDeps): void {
  app.get('/extensions/:userId/:extension/presence', { schema }, async (request, reply) => {
    await turns.take();
    const { userId, extension } = request.params as { userId: string; extension: string };
    const scope = resolveScope(deps.directory, request.principal, userId, extension);
    const query = readCollectionQuery(request.query as Query, {
      filterable: { extension: 'text' },
      fields: ['status', 'extension', 'registration'],
      sortedBy: 'extension',
    });
    const { organizationId } = request.principal;
    const asked =
      scope.extension === null ? deps.directory.extensionsOfUser(organizationId, scope.userId) : [scope.extension];
    const down = query.sortOrder === 'descending' ? -1 : 1;
    const rows = asked
      .filter((one) => [one.number, one.extendedNumber].some((form) => passes(query.filter, form)))
      .sort((a, b) => down * a.number.localeCompare(b.number, 'en', { numeric: true }));
    const page = rows.slice(query.startIndex, query.startIndex + query.count);
    await beginCollection(request, reply, query);
    const entries = entriesOf(page, (one) =>
      JSON.stringify(pick(presenceOf(one, deps, stateOf(one, deps.runtime)), query.fields)),
    );
    const body = collectionBody(request, deps.publicUrl, query, rows.length, null);
    return answerCollection(reply, { body, entries });
  });
}

type InCall = 'ringing' | 'busy';

/** What the extension is doing: only its own calls are looked at. */
function stateOf({ id }: ExtensionFacts, runtime: PresenceDeps['runtime']): InCall | null {
  if (runtime.callsOf(id).some((call) => call.conference?.extensionId === id)) return 'busy';
  let state: InCall | null = null;
  for (const { callId, connectionId } of runtime.connectionsOf(id)) {
    const connection = runtime.call(callId)?.connections.get(connectionId);
    if (connection === undefined) continue;
    if (connection.state !== 'alerting') return 'busy';
    state = 'ringing';
  }
  return state;
}

function presenceOf(extension: ExtensionFacts, deps: PresenceDeps, inCall: InCall | null): Presence {
  const { id, extendedNumber, type } = extension;
  if (type !== 'terminal') {
    const state = inCall === null ? statuses.online : statuses[inCall];
    const registration = [{ agent: '', registration: registrations.notNeeded }];
    return { status: state, extension: extendedNumber, registration };
  }
  const phones = deps.registrations(id);
  const present = phones.length > 0 ? statuses.online : statuses.unknown;
  const registered = phones.map(({ agent, expiresAt }) => ({
    agent,
    registration: registrations.registered,
    expire: formatDate(expiresAt),
  }));
  return {
    status: inCall === null ? present : statuses[inCall],
    extension: extendedNumber,
    registration: registered.length > 0 ? registered : [{ agent: '', registration: registrations.notRegistered }],
  };
}
