import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../../../base/app-error.ts';
import {
  checkWebhookUrl,
  type SubscriptionSettings,
  type Subscriptions,
} from '../../../../push/webhooks/subscriptions.ts';
import type { WebhookSubscription } from '../../../../push/webhooks/webhook-records.ts';
import { baseUrl } from '../../../base-url.ts';
import { turns } from '../../../turns.ts';
import { collectionBody, pageOf, pick, type Query, readCollectionQuery } from '../collections/collection.ts';
import { formatDate } from '../date.ts';
import { UnifiedApiError, unifiedApiError } from '../errors.ts';
import { answer } from '../json-answer.ts';
import { pathPart } from '../links.ts';
import { type ExtensionDirectory, type ExtensionFacts, resolveExtension } from '../users.ts';
import { schemas } from './phone-call-events-schemas.ts';

export interface PhoneCallEventsDeps {
  readonly directory: ExtensionDirectory;
  readonly publicUrl: string | null;
  readonly subscriptions: Pick<Subscriptions, 'list' | 'create' | 'update' | 'remove'>;
}

/** The resource as the interface shows it; its documented examples have the numbers as strings. */
interface PhoneCallEvent {
  readonly type: string;
  readonly id: string;
  readonly method: string;
  readonly note: string;
  readonly url: string;
  readonly status: string;
  readonly modified: string;
  readonly links: { readonly self: string };
}

const longestNote = 1000;
const filterable = {
  id: 'text',
  type: 'number',
  url: 'text',
  method: 'number',
  status: 'number',
  note: 'text',
  modified: 'date',
} as const;

const invalid = (parameter: string, rest: string) =>
  `Value supplied in ${parameter} is missing or invalid. The parameter must be ${rest}`;
const typeWords = invalid(
  'type parameter',
  'set to one of the following value: 0 for DialIn, 1 for DialOut, 2 for Hangup, 3 for Answer on incoming call and 4 for Answer on outgoing call.',
);
/** Documented codes first; the documents name none for the last three. */
const mistakes = {
  // Creating has a code of its own for the same mistake.
  pcet_type_invalid: typeWords,
  pce_type_invalid: typeWords,
  pce_method_invalid: invalid('method parameter', 'set to one of the following value: 0 for GET and 1 for POST.'),
  pce_id_invalid:
    'Value supplied in the URI-Fragment as eventId is invalid. The parameter must reference the Id of an existing phone call event.',
  pce_url_invalid: invalid('url parameter', 'an absolute http or https URL of at most 2048 characters.'),
  pce_status_invalid: invalid(
    'status parameter',
    'set to one of the following value: 0 for disabled and 1 for enabled.',
  ),
  pce_note_invalid: invalid('note parameter', `a text of at most ${longestNote} characters.`),
} as const;

function mistake(code: keyof typeof mistakes): UnifiedApiError {
  return new UnifiedApiError(400, code, mistakes[code]);
}

interface Path {
  readonly userId: string;
  readonly extension: string;
  readonly type?: string;
  readonly id?: string;
}

/**
 * `/extensions/{userId}/{extension}/phoneCallEvents[/{type}[/{id}]]`: which URLs are told what happens to an extension.
 * One extension's are seen and changed by nobody who may not act for the user that owns it.
 */
export function registerPhoneCallEvents(app: FastifyInstance, deps: PhoneCallEventsDeps): void {
  const collection = '/extensions/:userId/:extension/phoneCallEvents';

  const extensionOf = (request: FastifyRequest): ExtensionFacts => {
    const { userId, extension } = request.params as Path;
    const found = resolveExtension(deps.directory, request.principal, userId, extension);
    // Nobody can call these, and they are in no call themselves.
    if (found.type === 'callback') throw unifiedApiError('extension_invalid');
    return found;
  };
  const scopeOf = ({ organizationId, id }: ExtensionFacts) => ({ organizationId, extensionId: id });
  const show = (request: FastifyRequest, one: WebhookSubscription): PhoneCallEvent => ({
    type: String(one.type),
    id: one.id,
    method: one.method === 'get' ? '0' : '1',
    note: one.note,
    url: one.url,
    status: one.enabled ? '1' : '0',
    modified: formatDate(one.modifiedAt),
    links: { self: linkTo(request, deps.publicUrl, one) },
  });

  const create = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const extension = extensionOf(request);
    const body = readBody(request);
    const { type: inPath } = request.params as Path;
    const settings: SubscriptionSettings = {
      type: readDigit(body['type'] ?? inPath, 4) ?? fail('pcet_type_invalid'),
      method: methodOf(body['method']) ?? fail('pce_method_invalid'),
      url: readUrl(body['url']),
      enabled: body['status'] === undefined || readStatus(body['status']),
      note: readNote(body['note'] ?? ''),
    };
    const asked = { appKey: request.principal.appKey, chosenId: request.operationId };
    const made = await deps.subscriptions.create(scopeOf(extension), settings, asked).catch(tellRefusal);
    return answer(reply, 200, show(request, made));
  };

  const list = async (request: FastifyRequest): Promise<object> => {
    await turns.take();
    const extension = extensionOf(request);
    const query = readCollectionQuery(request.query as Query, {
      filterable,
      fields: [...Object.keys(filterable), 'links'],
      sortedBy: 'url',
    });
    const rows = deps.subscriptions.list(scopeOf(extension), readFilter(request));
    const { page, total } = pageOf(rows, query, { value: compared, order: ({ url }) => url });
    const entry = page.map((one) => pick(show(request, one), query.fields));
    return collectionBody(request, deps.publicUrl, query, total, entry);
  };

  const remove = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const extension = extensionOf(request);
    const filter = readFilter(request);
    const gone = await deps.subscriptions.remove(scopeOf(extension), filter);
    if (gone.length > 0) {
      const entry = gone.map((one) => show(request, one));
      return answer(reply, 200, entry);
    }
    // One that is not there is a mistake; none at all is nothing to be removed.
    if (filter.id !== undefined) throw mistake('pce_id_invalid');
    return answer(reply, 204, null);
  };

  app.post(collection, { schema: schemas.create }, create);
  app.post(`${collection}/:type`, { schema: { ...schemas.create, hide: true } }, create);
  app.get(collection, { schema: schemas.listAll }, list);
  app.get(`${collection}/:type`, { schema: schemas.listType }, list);
  app.get(`${collection}/:type/:id`, { schema: schemas.listOne }, list);
  app.put(`${collection}/:type/:id`, { schema: schemas.update }, async (request, reply) => {
    const extension = extensionOf(request);
    const { type, id } = readFilter(request);
    const which = { id: id ?? '', ...(type === undefined ? {} : { type }) };
    const change = readChange(readBody(request));
    const changed = await deps.subscriptions.update(scopeOf(extension), which, change).catch(tellRefusal);
    if (changed === null) throw mistake('pce_id_invalid');
    return answer(reply, 200, show(request, changed));
  });
  app.delete(collection, { schema: schemas.removeAll }, remove);
  app.delete(`${collection}/:type`, { schema: schemas.removeType }, remove);
  app.delete(`${collection}/:type/:id`, { schema: schemas.removeOne }, remove);
}

function fail(code: keyof typeof mistakes): never {
  throw mistake(code);
}

/** The usual words for these are about calls. */
function tellRefusal(error: unknown): never {
  if (error instanceof AppError && error.code === 'invalidArgument' && error.details['field'] === 'url') {
    throw new UnifiedApiError(400, 'pce_url_invalid', `${mistakes.pce_url_invalid} ${error.message}`);
  }
  if (!(error instanceof AppError) || error.code !== 'limitExceeded') throw error;
  throw new UnifiedApiError(409, 'limit_exceeded', 'The extension has too many phone call events.');
}

function linkTo(request: FastifyRequest, publicUrl: string | null, { type, id }: WebhookSubscription): string {
  const { userId, extension } = request.params as Path;
  const prefix = request.url.startsWith('/unifiedapi/') ? '/unifiedapi' : '/uapi';
  const path = `${prefix}/extensions/${pathPart(userId)}/${pathPart(extension)}/phoneCallEvents/${type}/${id}`;
  return `${baseUrl(request, publicUrl)}${path}`;
}

function compared(one: WebhookSubscription, by: string): string | number | null {
  switch (by as keyof typeof filterable) {
    case 'method':
      return one.method === 'get' ? 0 : 1;
    case 'status':
      return one.enabled ? 1 : 0;
    case 'modified':
      return one.modifiedAt;
    case 'type':
      return one.type;
    case 'id':
    case 'url':
    case 'note':
      return one[by as 'id' | 'url' | 'note'];
  }
}

function readFilter(request: FastifyRequest): { readonly type?: number; readonly id?: string } {
  const { type, id } = request.params as Path;
  if (type === undefined) return {};
  const known = readDigit(type, 4) ?? fail('pce_type_invalid');
  if (id === undefined) return { type: known };
  if (!/^[A-Za-z0-9]{1,255}$/.test(id)) throw mistake('pce_id_invalid');
  return { type: known, id };
}

function readBody(request: FastifyRequest): Readonly<Record<string, unknown>> {
  const { body } = request;
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw unifiedApiError('request_invalid', 'The body of the request must be a JSON object.');
}

/** Only what is given. */
function readChange(body: Readonly<Record<string, unknown>>): Partial<SubscriptionSettings> {
  const { type, method, url, status, note } = body;
  return {
    ...(type === undefined ? {} : { type: readDigit(type, 4) ?? fail('pce_type_invalid') }),
    ...(method === undefined ? {} : { method: methodOf(method) ?? fail('pce_method_invalid') }),
    ...(url === undefined ? {} : { url: readUrl(url) }),
    ...(status === undefined ? {} : { enabled: readStatus(status) }),
    ...(note === undefined ? {} : { note: readNote(note) }),
  };
}

/** A number from 0 to `most`, or the same as text; null for anything else. */
function readDigit(given: unknown, most: number): number | null {
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string' || !/^[0-9]$/.test(text)) return null;
  return Number(text) <= most ? Number(text) : null;
}

function methodOf(given: unknown): 'get' | 'post' | null {
  return (['get', 'post'] as const)[readDigit(given, 1) ?? 2] ?? null;
}

function readStatus(given: unknown): boolean {
  return (readDigit(given, 1) ?? fail('pce_status_invalid')) === 1;
}

function readUrl(given: unknown): string {
  const url = typeof given === 'string' ? given.trim() : '';
  try {
    checkWebhookUrl(url);
    return url;
  } catch {
    throw mistake('pce_url_invalid');
  }
}

function readNote(given: unknown): string {
  if (typeof given === 'string' && given.length <= longestNote) return given;
  throw mistake('pce_note_invalid');
}
