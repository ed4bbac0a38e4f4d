import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { PartylineServer } from './partyline.ts';
import { waitFor } from './wait.ts';

/** How many facts of each kind the server has on the disk. */
export function written(server: PartylineServer): Record<string, number> {
  const database = new DatabaseSync(join(server.folder, 'data', 'partyline.db'), { readOnly: true });
  try {
    const rows = database.prepare('select kind, count(*) as count from fact group by kind').all();
    return Object.fromEntries(rows.map(({ kind, count }) => [String(kind), Number(count)]));
  } finally {
    database.close();
  }
}

/** Waits until it has exactly these. */
export function wroteDown(server: PartylineServer, facts: Record<string, number>): Promise<boolean> {
  const wanted = JSON.stringify(facts);
  const is = () => JSON.stringify(written(server));
  return waitFor(
    () => is() === wanted,
    5000,
    () => `${wanted} on the disk; there is ${is()}`,
  );
}
