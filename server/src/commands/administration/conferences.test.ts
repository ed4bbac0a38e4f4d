import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { SeededRandom } from '../../base/random.ts';
import { conferences } from './conferences.ts';

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

const asked: string[] = [];
const server = createServer((request, response) => {
  if (request.method === 'GET') response.end(JSON.stringify({ items: shown, next: null }));
  else {
    asked.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify(shown[0]));
  }
});

before(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
after(() => server.close());

async function run(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const { port } = server.address() as AddressInfo;
  await conferences.run({
    args,
    env: { PARTYLINE_URL: `http://127.0.0.1:${port}`, PARTYLINE_LOGIN: 'me', PARTYLINE_PASSWORD: 'x' },
    folder: '/',
    clock: systemClock,
    random: new SeededRandom(1),
    say: (line) => void lines.push(line),
    note() {},
    onEnd() {},
  });
  return lines;
}

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
