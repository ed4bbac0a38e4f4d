import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Known } from './scene.ts';

export const dumpsFolder = fileURLToPath(new URL('.', import.meta.url));

/** Where webhooks of a dump go to until it is loaded. */
export const nowhere = 'http://receiver.invalid';

/**
 * The databases that versions left, as text. They never change: the folders of those who run that version do not
 * either.
 */
export function dumps(): { readonly schema: number; readonly file: string }[] {
  return readdirSync(dumpsFolder).flatMap((name) => {
    const schema = /^schema-([0-9]+)\.sql$/.exec(name)?.[1];
    return schema === undefined ? [] : [{ schema: Number(schema), file: join(dumpsFolder, name) }];
  });
}

/** Everything in a database as statements, with what is known of it in a comment on top. */
export function dump(file: string, known: Known): string {
  const database = new DatabaseSync(file, { readOnly: true });
  const lines = [`-- ${JSON.stringify(known)}`, `pragma application_id = ${pragma(database, 'application_id')};`];
  const objects = database
    .prepare(
      "select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by rowid",
    )
    .all() as { type: string; name: string; sql: string }[];
  const tables = objects.filter(({ type }) => type === 'table');
  lines.push(...tables.map(({ sql }) => `${sql};`));
  for (const { name } of tables) {
    const columns = (database.prepare(`pragma table_info("${name}")`).all() as { name: string }[]).map(
      (one) => one.name,
    );
    const values = columns.map((column) => `quote("${column}")`).join(" || ', ' || ");
    for (const { row } of database.prepare(`select ${values} as row from "${name}"`).all() as { row: string }[]) {
      lines.push(`insert into "${name}" values (${row});`);
    }
  }
  // Behind the rows: a trigger would make more of them.
  lines.push(...objects.filter(({ type }) => type !== 'table').map(({ sql }) => `${sql};`));
  database.close();
  return `${lines.join('\n')}\n`;
}

/** Makes the database of a dump, with its webhooks going to `receiver`. */
export function load(dumped: string, file: string, receiver: string): Known {
  const text = readFileSync(dumped, 'utf8');
  const database = new DatabaseSync(file);
  database.exec(text.replaceAll(nowhere, receiver));
  database.close();
  return JSON.parse(text.slice(3, text.indexOf('\n'))) as Known;
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name]);
}
