import type { Compilable, Expression } from 'kysely';
import { type GroupWriter, stepOf } from '../threads/writer.ts';

/** Rows deleted in one job: a few milliseconds of the writer thread, which is all that calls may wait behind it. */
export const rowsPerDelete = 500;

/** A query of the keys of rows. */
interface Keys<Some extends Expression<unknown>> extends Expression<unknown> {
  limit(most: number): Some & { executeTakeFirst(): Promise<object | undefined> };
}

/**
 * Deletes without end in parts of `rowsPerDelete`, each durable before the next begins, so that what else is to be
 * written has its turn between them. `those` are all that are to go, `part` deletes some of them. When it rejects, some
 * parts may be gone.
 */
export async function deleteInParts<Some extends Expression<unknown>>(
  writer: Pick<GroupWriter, 'write'>,
  those: Keys<Some>,
  part: (some: Some) => Compilable,
): Promise<void> {
  const step = stepOf(part(those.limit(rowsPerDelete)));
  while ((await those.limit(1).executeTakeFirst()) !== undefined) await writer.write([step]);
}
