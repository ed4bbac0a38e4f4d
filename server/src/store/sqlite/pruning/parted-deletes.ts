import type { Compilable } from 'kysely';
import { type GroupWriter, stepOf } from '../threads/writer.ts';

/** Rows deleted in one job: a few milliseconds of the writer thread, which is all that calls may wait behind it. */
export const rowsPerDelete = 500;

/**
 * Deletes without end in parts of `rowsPerDelete`, each durable before the next begins, so that what else is to be
 * written has its turn between them. `part` deletes one part; `left` finds a row that is still to go. When it rejects,
 * some parts may be gone.
 */
export async function deleteInParts(
  writer: Pick<GroupWriter, 'write'>,
  { part, left }: { readonly part: Compilable; readonly left: () => Promise<object | undefined> },
): Promise<void> {
  const step = stepOf(part);
  while ((await left()) !== undefined) await writer.write([step]);
}
