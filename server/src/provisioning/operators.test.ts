import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { PasswordHasher } from '../directory/password.ts';
import type { ProvisionedOrganization, UserRole } from '../directory/records.ts';
import { directoryOf, organizationWith } from '../directory/testing/virtual-organizations.ts';
import { DirectoryAdministration } from './administration.ts';
import { byFile } from './change-events.ts';
import { FileContents } from './file-contents.ts';
import { changesOver } from './testing/changes-over.ts';

const first = organizationWith(3, []);
const user = (id: number, ...roles: UserRole[]) => ({ ...first.users[0]!, id, login: `user${id}`, roles });

/** An organization with an administrator (1), an operator (2) and an agent (3), and another one. */
async function administered() {
  const users = [user(1, 'administrator'), user(2, 'administrator', 'operator'), user(3, 'agent')];
  const { administration, directory } = await over([{ ...first, users }, organizationWith(4, [])]);
  return { administration, directory, administrator: asker(1), operator: asker(2) };
}

const asker = (userId: number, organizationId = '3') => ({ organizationId, userId, from: '192.0.2.1', requestId: 'r' });

/** `said`: what the log says of the directory of organization 3. */
async function over(organizations: readonly ProvisionedOrganization[], said: readonly object[] = []) {
  const random = new SeededRandom(1);
  const hasher = new PasswordHasher({ random });
  const { clock, directory } = await directoryOf({ organizations, trunks: [], dialPlan: [] });
  const changes = await changesOver({ directory, clock, said });
  const contents = () => new FileContents(null, new Set());
  const administration = new DirectoryAdministration({
    directory,
    changes,
    hasher,
    random,
    realm: 'sip.test',
    contents,
  });
  return { administration, changes, directory };
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

test('who makes a second organization runs the server on, whoever did so before and is gone', async () => {
  const { administration, changes, directory } = await over([{ ...first, users: [user(1, 'administrator')] }]);
  await administration.create('organization', asker(1), { id: 4, name: 'Next', prefix: '0004' });
  const roles = ['administrator', 'operator'];
  const made = await administration.create('user', asker(1), { organization: '4', id: 1, login: 'next', roles });
  assert.equal((made as { login?: string }).login, 'next', 'told, though it is not for who made it any more');
  await administration.remove('organization', asker(1, '4'), '3', true);
  // As the file says from now on.
  const next = { ...directory.records.user('4', 1)!, roles: ['administrator'] as const };
  const plan = { put: { users: [next] }, origin: 'file' } as const;
  await changes.run(byFile('partyline.yaml'), async () => ({ plan, result: null }));

  const users = [{ id: 1, login: 'tenant', roles: ['administrator'] }];
  await administration.create('organization', asker(1, '4'), { id: 3, name: 'Tenant', prefix: '0003', users });
  const runs = (who: ReturnType<typeof asker>) => administration.list('trunk', who, { limit: 1 });
  await assert.rejects(runs(asker(1, '3')), { code: 'forbidden' });
  assert.deepEqual((await runs(asker(1, '4'))).items, []);
});

test('what an administrator asked for is not done once that one is gone, however long it waited for its turn', async () => {
  const { administration, changes, directory } = await over([
    { ...first, users: [user(1, 'administrator'), user(2, 'administrator')] },
  ]);
  const holds = () => directory.records.user('3', 2) !== null;
  const { promise: before, resolve: goesOn } = Promise.withResolvers<void>();
  const busy = changes.run(byFile(null), async () => {
    await before;
    return { plan: { origin: 'file' }, result: null };
  });
  const removed = administration.remove('user', asker(1), '2', false);
  const back = { login: 'back', roles: ['administrator'], password: 'again' };
  const asked = administration.create('user', { ...asker(2), holds }, back);
  goesOn();
  await assert.rejects(asked, { code: 'unauthenticated' });
  await Promise.all([busy, removed]);
  assert.deepEqual(
    [...directory.records.all('user')].map(({ login }) => login),
    ['user1'],
  );
});

test('a request that is made again after a crash is not answered with what is of another organization by now', async () => {
  const users = [user(1, 'administrator'), user(2, 'operator')];
  const made = { type: 'recordCreated', data: { what: 'app', id: 'crm', by: { operation: 'o1' } } };
  const { administration } = await over([{ ...first, users }, organizationWith(4, [])], [made]);
  const by = { organizationId: '4', userId: 1, from: '192.0.2.2', requestId: 'r' };
  await administration.create('app', by, { key: 'crm', secret: 'theirs-for-them', user: 1 });
  const again = { ...asker(1), operation: { id: 'o1', resumed: true } };
  await assert.rejects(administration.create('app', again, { key: 'crm', user: 1 }), { code: 'conflict' });
});
