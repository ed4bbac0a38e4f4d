import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { PasswordHasher } from '../directory/password.ts';
import type { UserRole } from '../directory/records.ts';
import { directoryOf, organizationWith } from '../directory/testing/virtual-organizations.ts';
import type { DirectoryStore } from '../store/store.ts';
import { DirectoryAdministration } from './administration.ts';
import { DirectoryChanges } from './directory-changes.ts';
import { FileContents } from './file-contents.ts';

/** An organization with an administrator (1), an operator (2) and an agent (3), and another one. */
async function administered() {
  const random = new SeededRandom(1);
  const hasher = new PasswordHasher({ random });
  const first = organizationWith(3, []);
  const user = (id: number, ...roles: UserRole[]) => ({ ...first.users[0]!, id, login: `user${id}`, roles });
  const users = [user(1, 'administrator'), user(2, 'administrator', 'operator'), user(3, 'agent')];
  const organizations = [{ ...first, users }, organizationWith(4, [])];
  const { clock, directory } = await directoryOf({ organizations, trunks: [], dialPlan: [] });
  const store = { apply: async () => {}, origins: async () => new Map(), settings: async () => new Map() };
  const changes = new DirectoryChanges({
    clock,
    log: silentLog,
    store: store as unknown as DirectoryStore,
    streams: { streams: async () => [], streamEvents: async () => [] },
    directory,
  });
  await changes.start();
  const contents = () => new FileContents(null, new Set());
  const administration = new DirectoryAdministration({
    directory,
    changes,
    hasher,
    random,
    realm: 'sip.test',
    contents,
  });
  const asker = (userId: number) => ({ organizationId: '3', userId, from: '192.0.2.1', requestId: 'r' });
  return { administration, directory, administrator: asker(1), operator: asker(2) };
}

test('an operator is changed, removed and made by operators alone: whoever gives its password becomes it', async () => {
  const { administration, directory, administrator, operator } = await administered();
  const forbidden = { code: 'forbidden' };
  const patches = [{ password: 'mine-now' }, { login: 'mine' }, { roles: ['administrator'] }, { firstName: 'X' }];
  for (const patch of patches)
    await assert.rejects(administration.change('user', administrator, '2', patch), forbidden, JSON.stringify(patch));
  await assert.rejects(administration.remove('user', administrator, '2', false), forbidden);
  await assert.rejects(
    administration.change('user', administrator, '3', { roles: ['administrator', 'operator'] }),
    forbidden,
  );
  assert.equal(directory.user('3', 2)?.login, 'user2');

  await administration.change('user', administrator, '3', { password: 'another', firstName: 'X' });
  await administration.change('user', operator, '2', { firstName: 'X' });
  await administration.change('user', operator, '3', { roles: ['administrator', 'operator'] });
  await administration.remove('user', operator, '3', false);
  assert.deepEqual([directory.user('3', 2)?.firstName, directory.user('3', 3)], ['X', null]);
});

test("nobody takes the own role away, by which the server would be nobody's", async () => {
  const { administration, directory, administrator, operator } = await administered();
  const refused = (role: string) => ({ code: 'conflict', message: `You cannot take the role ${role} from yourself.` });
  await assert.rejects(administration.change('user', operator, '2', { roles: ['administrator'] }), refused('operator'));
  await assert.rejects(administration.change('user', operator, '2', { roles: null }), refused('administrator'));
  await assert.rejects(
    administration.change('user', administrator, '1', { roles: ['agent'] }),
    refused('administrator'),
  );
  assert.deepEqual(directory.user('3', 2)?.roles, ['administrator', 'operator']);
});
