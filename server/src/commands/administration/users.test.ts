import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandAt } from './testing/command-at.ts';
import { users } from './users.ts';

/** What a server of two organizations shows to who runs it. */
const shown = [
  { id: 1, organization: 1, login: 'ann@one.test', firstName: 'Ann', lastName: '', roles: ['agent'], fixedBy: null },
  { id: 2, organization: 1, login: null, firstName: 'Bob', lastName: '', roles: ['agent'], fixedBy: null },
  { id: 1, organization: 3, login: 'cid@three.test', firstName: 'Cid', lastName: '', roles: ['agent'], fixedBy: null },
];

const { asked, run } = commandAt(users, shown);

test('an id that users of several organizations have is nobody, and with the organization the right one', async () => {
  for (const verb of ['remove', 'password']) {
    await assert.rejects(
      run(verb, '1'),
      /there are several users 1: 1-1 \(ann@one\.test\), 3-1 \(cid@three\.test\); name one/,
    );
  }
  assert.deepEqual(asked, []);
  await run('remove', '3-1');
  await run('password', '2');
  await run('remove', 'ann@one.test');
  assert.deepEqual(asked, ['DELETE /admin/v1/users/3-1', 'PATCH /admin/v1/users/1-2', 'DELETE /admin/v1/users/1-1']);
});

test('where several have users they are listed with their organization', async () => {
  const lines = await run('list');
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['id', '1-1', '1-2', '3-1'],
  );
});
