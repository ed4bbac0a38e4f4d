import { join } from 'node:path';
import { version } from '../../base/version.ts';
import { showDatabase } from '../../store/sqlite/database-copy.ts';
import { schemaSteps } from '../../store/sqlite/migrations.ts';
import { StoreError } from '../../store/store-error.ts';
import { CommandError, exitCodes } from '../command.ts';
import { isThere } from '../is-there.ts';
import { sizeInWords } from '../size.ts';
import { type Check, note, ok, problem, warning } from './finding.ts';
import { upgradeNotes } from './upgrade-notes.ts';

const about = 'data';

/** What the next start does to what an earlier version has kept. */
export const upgrade: Check = ({ config: { dataFolder } }) => {
  const file = join(dataFolder, 'partyline.db');
  try {
    if (!isThere(file, exitCodes.dataFolder))
      return [note(about, `none in ${dataFolder} yet: the first start makes it`)];
    const { schema, bytes } = showDatabase(file);
    const newest = schemaSteps.at(-1)?.number ?? 0;
    const size = sizeInWords(bytes);
    if (schema === newest) return [ok(about, `schema ${schema}, that of version ${version}; ${size}`)];
    if (schema > newest) {
      const next = 'run the version that wrote it, or restore a backup made before the upgrade (docs/upgrade.md)';
      return [problem(about, `schema ${schema} was written by a later version; this one knows ${newest}`, next)];
    }
    return [
      warning(
        about,
        `schema ${schema}: the next start brings it to ${newest}, after which earlier versions cannot read it`,
        'first: partyline backup FILE (docs/upgrade.md)',
      ),
      ...schemaSteps
        .filter(({ number }) => number > schema)
        .map(({ number }) => note(about, `step ${number}: ${upgradeNotes[number] ?? 'no note'}`)),
    ];
  } catch (error) {
    if (error instanceof CommandError)
      return [problem(about, error.message, 'run doctor as the user of the server, or as root')];
    if (!(error instanceof StoreError)) throw error;
    return [
      problem(about, error.message, 'restore a backup (partyline restore), or name another folder in PARTYLINE_DATA'),
    ];
  }
};
