import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sandboxNumbers } from './sandbox/behaviours.ts';
import { sandboxTold } from './sandbox-told.ts';

test('every number is told with what it does, and how one is invited', () => {
  const { uri, numbers, example } = sandboxTold({ uri: 'sip:127.0.0.1:5070', numbers: sandboxNumbers() });
  assert.equal(uri, 'sip:127.0.0.1:5070');
  assert.deepEqual(numbers, sandboxNumbers());
  assert.equal(example.path, '/uapi/phoneCalls/@me/conferenceInvite?number=4');
  assert.deepEqual(JSON.parse(example.body).phoneCallView[0].destination, ['2025550101']);
});

test('the documentation lists the same numbers', () => {
  const page = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
  for (const { number, does } of sandboxNumbers()) assert.ok(page.includes(`| \`${number}\` | ${does} |`), number);
});
