import { chmodSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { copyDatabase } from '../../store/sqlite/database-copy.ts';
import { StoreError } from '../../store/store-error.ts';
import { type Command, type CommandContext, CommandError, exitCodes, readArguments, UsageError } from '../command.ts';
import { isThere } from '../is-there.ts';
import { mustBeWritable, notWritten } from '../not-written.ts';
import { sizeInWords } from '../size.ts';
import { manifest, names } from './archive.ts';
import { pack } from './pack.ts';

const help = `Usage: partyline backup FILE [--data DIR] [--without-recordings] [--force]

Copies the data folder into one file (a compressed tar): organizations, event log, call records, signalling, keys and
recordings. The server may run meanwhile: the database is copied as it is at one moment, and nobody waits for it. The
file holds PINs, secrets and people's words: it is readable by its owner alone (0600). The configuration file and TLS
files are not in it.

  --data DIR             the data folder; PARTYLINE_DATA, else data/
  --without-recordings   leave the recordings out
  --force                write over FILE

  partyline backup /var/backups/partyline-$(date +%F).tar.gz --data /var/lib/partyline

Exit codes: 0 done   1 FILE is there or cannot be written   4 no data folder there, or it cannot be read   64 wrong use
`;

async function run(context: CommandContext): Promise<number> {
  const { args, env, folder, clock, say } = context;
  const { values, positionals } = readArguments(
    'backup',
    args,
    { data: { type: 'string' }, 'without-recordings': { type: 'boolean' }, force: { type: 'boolean' } },
    { most: 1 },
  );
  if (positionals[0] === undefined) throw new UsageError('backup', 'the file to write is missing');
  const file = resolve(folder, positionals[0]);
  const data = resolve(folder, values.data ?? (env['PARTYLINE_DATA'] || 'data'));
  if (!isThere(join(data, names.database), exitCodes.dataFolder)) {
    throw new CommandError(exitCodes.dataFolder, `${data} is no data folder`, 'name it with --data or PARTYLINE_DATA');
  }
  if (values.force !== true && isThere(file, exitCodes.no)) {
    throw new CommandError(exitCodes.no, `${file} is there already`, 'name another file, or add --force');
  }
  mustBeWritable(file, file, exitCodes.no);
  const work = workFolder(file);
  const clean = () => rmSync(work, { recursive: true, force: true });
  context.onEnd(() => {
    clean();
    process.exit(exitCodes.no);
  });
  try {
    const { schema } = await copied(file, join(data, names.database), join(work, names.database));
    const recordings =
      values['without-recordings'] !== true && isThere(join(data, names.recordings), exitCodes.dataFolder);
    const about = manifest(clock.now(), schema, recordings);
    writeFileSync(join(work, names.manifest), `${JSON.stringify(about, null, 2)}\n`, { mode: 0o600 });
    const kept = [...names.keys, names.observation, ...(recordings ? [names.recordings] : [])];
    const own = [names.manifest, names.database].map((name) => ({ name, path: join(work, name) }));
    const made = join(work, 'archive.tar.gz');
    await written(file, pack(made, [...own, ...kept.map((name) => ({ name, path: join(data, name) }))]));
    chmodSync(made, 0o600);
    const { size } = statSync(made);
    renameSync(made, file);
    say(`${file}: ${sizeInWords(size)}, schema ${schema}${recordings ? ', with recordings' : ''}`);
    return exitCodes.done;
  } finally {
    clean();
  }
}

/** Beside the file: there is room for it there, and it is put in place by a renaming. */
function workFolder(file: string): string {
  try {
    return mkdtempSync(join(dirname(file), '.partyline-backup-'));
  } catch (error) {
    throw notWritten(exitCodes.no, file, error);
  }
}

async function written(file: string, packed: Promise<void>): Promise<void> {
  try {
    await packed;
  } catch (error) {
    throw notWritten(exitCodes.no, file, error);
  }
}

/** What cannot be written here is the copy, and no data folder. */
async function copied(file: string, from: string, to: string): Promise<{ schema: number }> {
  try {
    return await copyDatabase(from, to);
  } catch (error) {
    const isOurs = error instanceof StoreError && error.failure === 'unwritable' && error.message.startsWith(to);
    throw isOurs ? notWritten(exitCodes.no, file, { code: 'ENOSPC' }) : error;
  }
}

export const backup: Command = { help, run };
