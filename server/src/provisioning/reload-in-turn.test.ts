import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { SeededRandom } from '../base/random.ts';
import { loadConfig } from '../config/load-config.ts';
import { PasswordHasher } from '../directory/password.ts';
import { directoryOf } from '../directory/testing/virtual-organizations.ts';
import { DirectoryAdministration } from './administration.ts';
import { byFile } from './change-events.ts';
import { FileContents } from './file-contents.ts';
import { Reload } from './reload.ts';
import { LiveLimits, ServerAdministration } from './server-administration.ts';
import { changesOver } from './testing/changes-over.ts';

const administrator = '{ id: 1, login: root@example.test, roles: [administrator] }';

function fileWith(more: string): string {
  return `organizations:\n  - id: 3\n    name: First\n    prefix: "0003"\n    users:\n      - ${administrator}\n${more}`;
}

/** A file that is read again, and an administration beside it. */
async function house(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-reload-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (text: string) => writeFileSync(join(folder, 'partyline.yaml'), text);
  write(fileWith(''));
  const sources = { args: [], env: {}, folder, cores: 1 };
  const running = loadConfig(sources);
  const random = new SeededRandom(1);
  const hasher = new PasswordHasher({ random });
  const { directory } = await directoryOf(running);
  const changes = await changesOver({ directory, clock: systemClock });
  let known = FileContents.of(running);
  const contents = () => known;
  const limits = new LiveLimits(running.limits);
  const administration = new DirectoryAdministration({
    directory,
    changes,
    hasher,
    random,
    realm: running.sip.domain,
    contents,
  });
  const reload = new Reload({
    clock: systemClock,
    directory,
    changes,
    hasher,
    limits,
    server: new ServerAdministration({ directory, changes, contents, limits }, running),
    running,
    sources,
    certificates: async () => ({ changed: [], use() {} }),
    sandboxRuns: () => true,
    onContents: (read) => {
      known = read;
    },
    toHash: () => {},
    onOverwritten: () => {},
  });
  const asker = { organizationId: '3', userId: 1, from: '192.0.2.1', requestId: 'r' };
  return { administration, asker, directory, reload, write };
}

test('what is asked for while the file is read again is judged by what it says then', async (t) => {
  const { administration, asker, directory, reload, write } = await house(t);
  await administration.create('user', asker, { id: 2, firstName: 'Before' });
  write(fileWith('      - { id: 2, firstName: Filed }\n'));
  const [read, changed, removed] = await Promise.allSettled([
    reload.run(byFile(null), false),
    administration.change('user', asker, '2', { firstName: 'Changed' }),
    administration.remove('user', asker, '2', false),
  ]);
  assert.equal(read.status, 'fulfilled');
  for (const refused of [changed, removed]) {
    assert.equal(refused.status, 'rejected');
    assert.equal((refused.reason as { code?: string }).code, 'fixedByFile');
  }
  assert.equal(directory.user('3', 2)?.firstName, 'Filed');
});
