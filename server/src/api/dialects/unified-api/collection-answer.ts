import type { FastifyReply } from 'fastify';
import { turns } from '../../turns.ts';
import type { CollectionBody } from './collection.ts';

/** Entries that are written in one turn: about a millisecond. */
export const entriesAtOnce = 100;

/** Rows as they are shown, as JSON, joined by commas; a part in each turn. */
export async function entriesText<Row>(rows: readonly Row[], show: (row: Row) => string): Promise<string> {
  const parts: string[] = [];
  for (let at = 0; at < rows.length; at += entriesAtOnce) {
    if (at > 0) await turns.take();
    parts.push(
      rows
        .slice(at, at + entriesAtOnce)
        .map(show)
        .join(','),
    );
  }
  return parts.join(',');
}

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
