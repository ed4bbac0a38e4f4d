import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newId } from '../../../../base/id.ts';
import { pick, type Query, readFields } from '../collection.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { unifiedApiError } from '../errors.ts';
import { answer } from '../json-answer.ts';
import { baseUrl } from '../links.ts';
import { type ExtensionFacts, resolveUser } from '../users.ts';
import { readText } from './payload.ts';
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

/** Answers a create request: 200 and an array of what was made, because clients parse the body of nothing else. */
export function answerCreated(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: Pick<UnifiedApiDeps, 'publicUrl'>,
  extension: string,
  ids: readonly string[],
): FastifyReply {
  const base = baseUrl(request, deps.publicUrl);
  const { userId } = request.params as { userId: string };
  const fields = readFields(request.query as Query, phoneCallFields);
  return answer(
    reply,
    200,
    ids.map((id) => pick(createdPhoneCall(base, userId, extension, id), fields)),
  );
}

/** Ids for what a request makes, given by its idempotency key where it has one: the n-th is the same at every repetition. */
export function idsFor(request: FastifyRequest, deps: Pick<UnifiedApiDeps, 'random'>, count: number): string[] {
  const { operationId } = request;
  return Array.from({ length: count }, (_, at) => {
    if (operationId === null) return newId(deps.random);
    if (at === 0) return operationId;
    return createHash('sha256').update(`${operationId} ${at}`).digest('hex').slice(0, 20);
  });
}

/** Whether an earlier try of the same request made what has this id; then nothing is to be dialled. */
export async function wasMade(
  request: FastifyRequest,
  deps: Pick<UnifiedApiDeps, 'known' | 'runtime'>,
  id: string,
): Promise<boolean> {
  if (!request.resumed) return false;
  return deps.runtime.call(id) !== null || deps.runtime.refOfLeg(id) !== null || (await deps.known(id));
}

/**
 * The extension that a create request names, which must be of that type and belong to the user of the path. `extension` as given, or
 * where it is missing the first source. Throws `user_invalid`, `pc_source_invalid` when both are missing, `extension_invalid`.
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
  const { organizationId } = request.principal;
  const { userId } = request.params as { userId: string };
  const own = readText(named.extension, 'extension_invalid', rule.messages.extension);
  const given = own ?? firstNumber(named.source);
  const extension = given === null ? null : directory.extensionOf(organizationId, given);
  const user = resolveUser(directory, request.principal, userId, extension);
  if (given === null) throw unifiedApiError('pc_source_invalid', rule.messages.source);
  const isOfType = extension !== null && extension.type === rule.type;
  if (own === null && !isOfType) throw unifiedApiError('pc_source_invalid', rule.messages.source);
  if (!isOfType || extension.userId !== user) throw unifiedApiError('extension_invalid', rule.messages.extension);
  return { extension, given };
}

function firstNumber(source: unknown): string | null {
  const first: unknown = Array.isArray(source) ? source[0] : source;
  const text = typeof first === 'number' ? String(first) : first;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null;
}
