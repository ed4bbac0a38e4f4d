import type { FastifyReply, FastifyRequest } from 'fastify';
import { largeAnswers } from '../../../large-answers.ts';
import { entriesAtOnce, turns } from '../../../turns.ts';
import type { CollectionBody, CollectionQuery } from './collection.ts';

/**
 * A collection whose entries are JSON already, whole or in pieces, without a comma around them: a list, or by their
 * ids.
 */
export interface CollectionAnswer {
  readonly body: CollectionBody<null>;
  readonly entries: string | AsyncIterable<string>;
  readonly kind?: 'list' | 'object';
}

/** A place among the large answers for what may have many entries. Throws AppError `unavailable`. */
export async function beginCollection(
  request: FastifyRequest,
  reply: FastifyReply,
  { count }: Pick<CollectionQuery, 'count'>,
): Promise<void> {
  if (count > entriesAtOnce) await largeAnswers.begin(reply, request.principal.organizationId);
}

/** Answers at once what is one piece, with its length; what is more is made as it is taken. */
export async function answerCollection(
  reply: FastifyReply,
  { body: { entry: _, ...body }, entries, kind = 'list' }: CollectionAnswer,
): Promise<FastifyReply> {
  const [open, close] = kind === 'list' ? '[]' : '{}';
  const [begin, end] = [`{"entry":${open}`, `${close},${JSON.stringify(body).slice(1)}`];
  if (typeof entries === 'string') return reply.code(200).send(`${begin}${entries}${end}`);
  const pieces = entries[Symbol.asyncIterator]();
  // What cannot be read is told by the status as long as nothing is sent.
  const first = await pieces.next();
  const second = first.done === true ? first : await pieces.next();
  if (second.done === true) return reply.code(200).send(`${begin}${first.done === true ? '' : first.value}${end}`);
  return largeAnswers.send(reply.code(200), whole());

  async function* whole(): AsyncGenerator<string> {
    try {
      yield `${begin}${first.value}`;
      for (let piece = second; piece.done !== true; piece = await pieces.next()) yield `,${piece.value}`;
      yield end;
    } finally {
      await pieces.return?.();
    }
  }
}

/** Rows as they are shown, as JSON: at once where they are few, as almost always; else a piece in each turn. */
export function entriesOf<Row>(rows: readonly Row[], show: (row: Row) => string): CollectionAnswer['entries'] {
  return rows.length > entriesAtOnce ? inPieces(rows, show) : rows.map(show).join(',');
}

async function* inPieces<Row>(rows: readonly Row[], show: (row: Row) => string): AsyncGenerator<string> {
  for (let at = 0; at < rows.length; at += entriesAtOnce) {
    if (at > 0) await turns.take();
    yield rows
      .slice(at, at + entriesAtOnce)
      .map(show)
      .join(',');
  }
}
