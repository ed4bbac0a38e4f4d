import type { FastifyReply, FastifyRequest } from 'fastify';
import { turns } from '../../../turns.ts';
import {
  type CollectionOptions,
  collectionBody,
  pageOf,
  pick,
  type Query,
  readCollectionQuery,
} from '../collections/collection.ts';
import { answerCollection, beginCollection, entriesOf } from '../collections/collection-answer.ts';
import { answer } from '../json-answer.ts';
import { type LivePhoneCall, publishedAt } from './live.ts';
import { liveOf, type PhoneCallDeps, scopeOf } from './scope.ts';
import { phoneCallFields, showPhoneCall } from './view.ts';

const options: CollectionOptions = {
  filterable: { id: 'text', published: 'date' },
  fields: phoneCallFields,
  sortedBy: 'published',
};

const rules = {
  value: (row: Parameters<typeof publishedAt>[0], by: string) => (by === 'id' ? row.id : publishedAt(row)),
  order: publishedAt,
};

/**
 * GET …/{userId}/{extension}: the phone calls that run now, as a collection. They are looked through, so that waits for
 * its turn.
 */
export async function listPhoneCalls(
  deps: PhoneCallDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  await turns.take();
  const scope = scopeOf(deps, request);
  const query = readCollectionQuery(request.query as Query, options);
  await beginCollection(request, reply, query);
  const { page, total } = pageOf(liveOf(deps, request, scope), query, rules);
  const body = collectionBody(request, deps.publicUrl, query, total, null);
  const show = (live: LivePhoneCall) => JSON.stringify(pick(showPhoneCall(live, scope.shown), query.fields));
  return answerCollection(reply, { body, entries: entriesOf(page, show) });
}

/**
 * GET …/{userId}/{extension}/{phoneCallId}: the one that runs, as a collection; looked up, and answered at once. One
 * that has ended, or never was, is an empty collection with 200, by which clients know that it is over.
 */
export function getPhoneCall(deps: PhoneCallDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const scope = scopeOf(deps, request);
  const query = readCollectionQuery(request.query as Query, options);
  const { page, total } = pageOf(liveOf(deps, request, scope), query, rules);
  const entry = page.map((live) => pick(showPhoneCall(live, scope.shown), query.fields));
  return answer(reply, 200, collectionBody(request, deps.publicUrl, query, total, entry));
}
