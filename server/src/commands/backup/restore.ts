import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../../base/folders.ts';
import { lockDataFolder } from '../../store/sqlite/data-folder.ts';
import { checkDatabase } from '../../store/sqlite/database-copy.ts';
import { type Command, type CommandContext, CommandError, exitCodes, readArguments, UsageError } from '../command.ts';
import { isThere } from '../is-there.ts';
import { notWritten } from '../not-written.ts';
import { isKnown, type Manifest, names, readManifest } from './archive.ts';

const help = `Usage: partyline restore FILE [--data DIR] [--replace] [--dry-run]

Puts a backup in place. It is unpacked beside what is there and checked whole before anything is touched. The server
must not run on the data folder meanwhile. What a later version wrote is refused.

  --data DIR   the data folder; PARTYLINE_DATA, else data/
  --replace    the folder holds data already: move that into its subfolder before-restore-TIME, which may be removed
  --dry-run    only unpack and check

  partyline restore /var/backups/partyline-2026-11-27.tar.gz --data /var/lib/partyline

Exit codes: 0 done   1 FILE is no backup, or damaged, or the folder holds data and there is no --replace
  4 a server runs on the folder, or it cannot be written   64 wrong use
`;

const another = 'nothing was changed: take another backup';
const byLater = 'nothing was changed: restore it with that version';

async function run(context: CommandContext): Promise<number> {
  const { args, env, folder, clock, say } = context;
  const { values, positionals } = readArguments(
    'restore',
    args,
    { data: { type: 'string' }, replace: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
    { most: 1 },
  );
  if (positionals[0] === undefined) throw new UsageError('restore', 'the backup file is missing');
  const file = resolve(folder, positionals[0]);
  if (!isThere(file, exitCodes.no))
    throw new CommandError(exitCodes.no, `there is no ${file}`, 'name the file that partyline backup wrote');
  const data = resolve(folder, values.data ?? (env['PARTYLINE_DATA'] || 'data'));
  const wasThere = isThere(data, exitCodes.dataFolder);
  const work = workFolder(data);
  const clean = () => {
    // What is being written at this moment may come once it has been emptied.
    rmSync(work, { recursive: true, force: true, maxRetries: 10 });
    if (!wasThere) removeIfEmpty(data);
  };
  context.onEnd(() => {
    clean();
    process.exit(exitCodes.no);
  });
  try {
    const { about, schema } = await unpackAndCheck(file, work);
    const what = `${file}: of ${about.at}, version ${about.version}, schema ${schema}`;
    if (values['dry-run'] === true) {
      say(`${what}; it is whole, and nothing was changed`);
      return exitCodes.done;
    }
    const lock = lockDataFolder(data);
    try {
      const before = putInPlace(data, work, values.replace === true, clock.now());
      say(`${what}; restored to ${data}${before === null ? '' : `; what was there is in ${before}`}`);
    } finally {
      lock.release();
    }
    return exitCodes.done;
  } finally {
    clean();
  }
}

/** It was made by us. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {} // It has something by now.
}

/** Inside the data folder, which may be a disk of its own: what is in it can be renamed into place. */
function workFolder(data: string): string {
  try {
    makeFolder(data, 0o700);
    return mkdtempSync(join(data, 'restoring-'));
  } catch (error) {
    throw notWritten(exitCodes.dataFolder, data, error);
  }
}

async function unpackAndCheck(file: string, work: string): Promise<{ about: Manifest; schema: number }> {
  const { extract } = await import('tar');
  const onlyKnown = (path: string, entry: unknown) =>
    isKnown(path) && ['File', 'OldFile', 'Directory'].includes((entry as { type?: string }).type ?? '');
  try {
    await extract({ file, cwd: work, strict: true, preserveOwner: false, filter: onlyKnown });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC')
      throw new CommandError(
        exitCodes.dataFolder,
        'there is no room to unpack the backup',
        'make room where the data folder is, or name another with --data',
      );
    throw new CommandError(exitCodes.no, `${file} is no backup, or it is damaged (${message})`, another);
  }
  const manifestFile = join(work, names.manifest);
  const about = existsSync(manifestFile) ? readManifest(readFileSync(manifestFile, 'utf8')) : null;
  if (about === 'later') throw new CommandError(exitCodes.no, `${file} was written by a later version`, byLater);
  if (about === null || !existsSync(join(work, names.database))) {
    throw new CommandError(exitCodes.no, `${file} is no backup of Partyline`, another);
  }
  forOwnerAlone(work);
  return { about, schema: checkDatabase(join(work, names.database)).schema };
}

function forOwnerAlone(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) forOwnerAlone(path);
    else chmodSync(path, 0o600);
  }
}

/** Where what was there before is now; null when nothing was. */
function putInPlace(data: string, work: string, replace: boolean, now: number): string | null {
  // The side files belong to the database that is replaced: left behind, SQLite would apply them to the new one.
  const ours = (name: string) => /^(partyline\.db(-wal|-shm)?|[a-z-]+\.key|observation|recordings)$/.test(name);
  const there = readdirSync(data).filter(ours);
  if (there.length > 0 && !replace) {
    throw new CommandError(exitCodes.no, `${data} holds data already`, 'name another folder, or add --replace');
  }
  const time = new Date(now).toISOString().replace(/[:.]/g, '-');
  const before = there.length > 0 ? join(data, `before-restore-${time}`) : null;
  // Also what looking at the database has left beside it.
  for (const name of [names.manifest, `${names.database}-wal`, `${names.database}-shm`]) {
    rmSync(join(work, name), { force: true });
  }
  // The database last: without it the folder is an empty one, and not a half of something.
  const entries = readdirSync(work).sort((a, b) => Number(a === names.database) - Number(b === names.database));
  const aside = before === null ? [] : there.map((name) => [join(data, name), join(before, name)] as const);
  if (before !== null) mkdirSync(before, { mode: 0o700 });
  try {
    moveAll([...aside, ...entries.map((name) => [join(work, name), join(data, name)] as const)]);
  } catch (error) {
    if (before !== null) removeIfEmpty(before);
    throw error;
  }
  return before;
}

/** All of them, or none: a folder with a disk of its own in it, such as for recordings, stays where it is. */
function moveAll(moves: readonly (readonly [from: string, to: string])[]): void {
  const moved: (readonly [from: string, to: string])[] = [];
  for (const [from, to] of moves) {
    try {
      renameSync(from, to);
      moved.push([from, to]);
    } catch (error) {
      for (const [was, is] of moved.reverse()) renameSync(is, was);
      const { code, message } = error as NodeJS.ErrnoException;
      const next =
        'nothing was changed: is it a disk of its own? Restore to another folder (--data), and move it there';
      throw new CommandError(exitCodes.dataFolder, `${from} cannot be moved (${code ?? message})`, next);
    }
  }
}

export const restore: Command = { help, run };
