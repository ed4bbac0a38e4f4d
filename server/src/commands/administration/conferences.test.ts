import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conferences } from './conferences.ts';
import { commandAt } from './testing/command-at.ts';

const conference = (organization: number, extension: string, number: string, name: string) => ({
  ...{ id: `${organization}-${extension}-${number}`, organization, extension, number, name },
  ...{ meetingId: '1', participantPin: null, moderatorPin: null, fixedBy: null },
  self: `/admin/v1/conferences/${organization}-${extension}-${number}`,
});

/** What a server of two organizations shows to who runs it. */
const shown = [
  conference(1, '211', '3', 'Board'),
  conference(3, '211', '3', 'Sales'),
  conference(3, '212', '1', 'All'),
];

const { asked, run } = commandAt(conferences, shown);

test('a number that conferences of several organizations have is none, and with the organization the right one', async () => {
  for (const verb of ['remove', 'pins']) {
    await assert.rejects(
      run(verb, '211*3'),
      /there are several conferences 211\*3: 1-211\*3 \(Board\), 3-211\*3 \(Sales\); name one so/,
    );
  }
  await assert.rejects(run('add', '3-211*4'), /added to your own organization/);
  assert.deepEqual(asked, []);
  await run('remove', '3-211*3');
  await run('pins', '212*1');
  await run('remove', '211*9');
  assert.deepEqual(asked, [
    'DELETE /admin/v1/conferences/3-211-3',
    'PATCH /admin/v1/conferences/3-212-1',
    'DELETE /admin/v1/conferences/211-9',
  ]);
});

test('where several have conferences they are listed with their organization', async () => {
  const lines = await run('list');
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['conference', '1-211*3', '3-211*3', '3-212*1'],
  );
});
