import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type CollectionOptions,
  collectionBody,
  pageOf,
  pick,
  type Query,
  readCollectionQuery,
} from '../collection.ts';
import { answer } from '../json-answer.ts';
import { publishedAt } from './live.ts';
import { liveOf, type PhoneCallDeps, scopeOf } from './scope.ts';
import { phoneCallFields, showPhoneCall } from './view.ts';

const options: CollectionOptions = { filterable: { id: 'text', published: 'date' }, fields: phoneCallFields };

const rules = {
  value: (row: Parameters<typeof publishedAt>[0], by: string) => (by === 'id' ? row.id : publishedAt(row)),
  order: publishedAt,
};

/**
 * GET …/{userId}/{extension}[/{phoneCallId}]: the phone calls that run now, as a collection. One that has ended, or never was, is an
 * empty collection with 200, by which clients know that it is over.
 */
export function listPhoneCalls(deps: PhoneCallDeps, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const scope = scopeOf(deps, request);
  const query = readCollectionQuery(request.query as Query, options);
  const { page, total } = pageOf(liveOf(deps, request, scope), query, rules);
  const entry = page.map((live) => pick(showPhoneCall(live, scope.shown), query.fields));
  return answer(reply, 200, collectionBody(request, deps.publicUrl, query, total, entry));
}
