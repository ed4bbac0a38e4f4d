import type { FastifyReply } from 'fastify';
import type { CollectionBody } from './collection.ts';

/** Answers a collection whose entries are JSON already: a list, or by their ids. */
export function answerCollection(
  reply: FastifyReply,
  { entry: _, ...body }: CollectionBody<null>,
  entries: string,
  kind: 'list' | 'object' = 'list',
): FastifyReply {
  const [open, close] = kind === 'list' ? '[]' : '{}';
  return reply.code(200).send(`{"entry":${open}${entries}${close},${JSON.stringify(body).slice(1)}`);
}
