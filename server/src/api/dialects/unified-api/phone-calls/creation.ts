import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '../../../../base/id.ts';
import { writtenNumber } from '../../../../base/telephone-number.ts';
import { baseUrl } from '../../../base-url.ts';
import { pick, type Query, readFields } from '../collections/collection.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { unifiedApiError } from '../errors.ts';
import { answer } from '../json-answer.ts';
import { type ExtensionFacts, extensionFor, resolveUser } from '../users.ts';
import { readText, writtenAs } from './payload.ts';
import { linkTo, phoneCallFields } from './view.ts';

/** What is answered for a PhoneCall that a request made or ended. */
export interface CreatedPhoneCall {
  readonly id: string;
  readonly extension: string;
  readonly links: { readonly self: string };
  /** As `links`: the documents have both. */
  readonly link: { readonly self: string };
}

export function createdPhoneCall(base: string, user: string, extension: string, id: string): CreatedPhoneCall {
  const self = linkTo({ base, user }, extension, id);
  return { id, extension, links: { self }, link: { self } };
}

/**
 * Which fields of the answer are asked for; null for all. Read before anything is made: a request that is refused for
 * them has rung nobody. Throws `fields_invalid`.
 */
export function readAnswered(request: FastifyRequest): readonly string[] | null {
  return readFields(request.query as Query, phoneCallFields);
}

/** Answers a create request: 200 and an array of what was made, because clients parse the body of nothing else. */
export function answerCreated(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Pick<UnifiedApiDeps, 'publicUrl'>,
  { extension, fields }: { readonly extension: string; readonly fields: readonly string[] | null },
  ids: readonly string[],
): FastifyReply {
  const base = baseUrl(request, deps.publicUrl);
  const { userId } = request.params as { userId: string };
  return answer(
    reply,
    200,
    ids.map((id) => pick(createdPhoneCall(base, userId, extension, id), fields)),
  );
}

/** Something that a request is to make: its id, and whether an earlier try of the request has made it already. */
export interface Creation {
  readonly id: string;
  readonly made: boolean;
}

/** A request that is tried again and again while the store comes and goes; then it may as well fail. */
const mostTries = 16;

/**
 * The n-th thing that a request makes. Where the request has an idempotency key the id is given by it, the same at
 * every repetition: what an earlier try made is not to be dialled once more. What that try took back again is, under
 * the next id.
 */
export async function creationOf(
  request: FastifyRequest,
  deps: Pick<UnifiedApiDeps, 'known' | 'runtime' | 'random'>,
  at: number,
): Promise<Creation> {
  const { operationId, resumed } = request;
  if (operationId === null) return { id: newId(deps.random), made: false };
  for (let tries = 0; tries < mostTries; tries++) {
    const id = idOf(operationId, at, tries);
    if (!resumed) return { id, made: false };
    if (deps.runtime.call(id) !== null || deps.runtime.refOfLeg(id) !== null) return { id, made: true };
    const known = await deps.known(id);
    if (known !== 'takenBack') return { id, made: known === 'made' };
  }
  throw unifiedApiError('service_unavailable');
}

function idOf(operationId: string, at: number, tries: number): string {
  if (at === 0 && tries === 0) return operationId;
  return createHash('sha256').update(`${operationId} ${at} ${tries}`).digest('hex').slice(0, 20);
}

/**
 * The extension that a create request names, which must be of that type and belong to the user of the path. `extension`
 * as given, or where it is missing the first source. Throws `user_invalid`, `pc_source_invalid` when both are missing,
 * `extension_invalid`.
 */
export function chargedBy(
  request: FastifyRequest,
  deps: Pick<UnifiedApiDeps, 'directory'>,
  named: { readonly extension: unknown; readonly source: unknown },
  rule: {
    readonly type: ExtensionFacts['type'];
    readonly messages: { readonly extension: string; readonly source: string };
  },
): { readonly extension: ExtensionFacts; readonly given: string } {
  const { directory } = deps;
  const { userId } = request.params as { userId: string };
  const own = readText(named.extension, 'extension_invalid', rule.messages.extension);
  const given = own ?? firstNumber(named.source);
  const extension = given === null ? null : extensionFor(directory, request.principal, given);
  const user = resolveUser(directory, request.principal, userId, given === null ? null : (extension ?? 'unknown'));
  if (given === null) throw unifiedApiError('pc_source_invalid', rule.messages.source);
  const isOfType = extension !== null && extension.type === rule.type;
  if (own === null && !isOfType) throw unifiedApiError('pc_source_invalid', rule.messages.source);
  if (!isOfType || extension.userId !== user) throw unifiedApiError('extension_invalid', rule.messages.extension);
  return { extension, given };
}

function firstNumber(source: unknown): string | null {
  const first: unknown = Array.isArray(source) ? source[0] : source;
  const text = writtenAs(first);
  return text !== null && text.trim() !== '' ? (writtenNumber(text) ?? text.trim()) : null;
}
