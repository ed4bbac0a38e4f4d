import type { FastifyInstance } from 'fastify';
import type { Call } from '../../../call/call.ts';
import { collectionBody, passes, pick, type Query, readCollectionQuery } from './collection.ts';
import { collectionParameters, errorAnswers } from './collection-schemas.ts';
import { type ExtensionDirectory, type ExtensionFacts, resolveScope } from './users.ts';

/** A phone that is registered for an extension. */
export interface RegisteredPhone {
  /** What it says it is: User-Agent. */
  readonly agent: string;
  /** Seconds until it has to register again. */
  readonly expiresS: number;
}

export interface PresenceDeps {
  readonly directory: ExtensionDirectory;
  readonly publicUrl: string | null;
  readonly registrations: (extensionId: string) => readonly RegisteredPhone[];
  /** Running calls. */
  readonly calls: () => readonly Call[];
}

/** `status` of an extension, `registration` of a phone, as documented. */
const statuses = { unknown: 0, online: 1, ringing: 2, busy: 3 } as const;
const registrations = { registered: 1, notNeeded: 2, notRegistered: -1 } as const;

const path = {
  type: 'object',
  properties: {
    userId: { type: 'string', description: '@me, @viewer, @owner or the id of a user' },
    extension: { type: 'string', description: 'Number of an extension, or @self: all of the user' },
  },
} as const;

const schema = {
  summary: 'Who is there: registration and state of extensions',
  tags: ['presence'],
  params: path,
  querystring: { type: 'object', properties: collectionParameters(['extension']) },
  response: errorAnswers,
} as const;

/** GET /extensions/{userId}/{extension}/presence: a collection, by extension. */
export function registerPresence(app: FastifyInstance, deps: PresenceDeps): void {
  app.get('/extensions/:userId/:extension/presence', { schema }, async (request) => {
    const { userId, extension } = request.params as { userId: string; extension: string };
    const scope = resolveScope(deps.directory, request.principal, userId, extension);
    const query = readCollectionQuery(request.query as Query, {
      filterable: { extension: 'text' },
      fields: ['status', 'extension', 'registration'],
    });
    const { organizationId } = request.principal;
    const asked =
      scope.extension === null ? deps.directory.extensionsOfUser(organizationId, scope.userId) : [scope.extension];
    const down = query.sortOrder === 'descending' ? -1 : 1;
    const rows = asked
      .filter(({ number }) => passes(query.filter, number))
      .sort((a, b) => down * a.number.localeCompare(b.number, 'en', { numeric: true }));
    const page = rows.slice(query.startIndex, query.startIndex + query.count);
    const states = statesOf(deps.calls(), page);
    const entry = page.map((one) => pick(presenceOf(one, deps, states.get(one.id) ?? null), query.fields));
    return collectionBody(request, deps.publicUrl, query, rows.length, entry);
  });
}

type InCall = 'ringing' | 'busy';

/** What the extensions are doing: one pass over the running calls, whatever is asked. */
function statesOf(calls: readonly Call[], extensions: readonly ExtensionFacts[]): ReadonlyMap<string, InCall> {
  const wanted = new Set(extensions.map(({ id }) => id));
  const states = new Map<string, InCall>();
  for (const call of calls) {
    if (call.conference !== null && wanted.has(call.conference.extensionId)) {
      states.set(call.conference.extensionId, 'busy');
    }
    for (const { device, state } of call.connections.values()) {
      if (device.kind === 'external' || !wanted.has(device.extensionId)) continue;
      const inCall = state === 'alerting' ? 'ringing' : 'busy';
      if (states.get(device.extensionId) !== 'busy') states.set(device.extensionId, inCall);
    }
  }
  return states;
}

function presenceOf({ id, number, type }: ExtensionFacts, deps: PresenceDeps, inCall: InCall | null) {
  if (type !== 'terminal') {
    const state = inCall === null ? statuses.online : statuses[inCall];
    return { status: state, extension: number, registration: [{ agent: '', registration: registrations.notNeeded }] };
  }
  const phones = deps.registrations(id);
  const present = phones.length > 0 ? statuses.online : statuses.unknown;
  const registered = phones.map(({ agent, expiresS }) => ({
    agent,
    registration: registrations.registered,
    expire: expiresS,
  }));
  return {
    status: inCall === null ? present : statuses[inCall],
    extension: number,
    registration: registered.length > 0 ? registered : [{ agent: '', registration: registrations.notRegistered }],
  };
}
