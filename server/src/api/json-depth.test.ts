import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../base/app-error.ts';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { createHttp } from './http.ts';
import { acceptJson, checkJsonDepth, mostJsonDepth } from './json-depth.ts';

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
const tooDeep = (text: string) => {
  try {
    checkJsonDepth(text);
    return false;
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'invalidArgument');
    return true;
  }
};

test('depth counts arrays and objects that are open at once, wherever they are in the text', () => {
  const rows: readonly [text: string, tooDeep: boolean][] = [
    [nested(mostJsonDepth), false],
    [nested(mostJsonDepth + 1), true],
    [nested(mostJsonDepth + 1, '{"a":', '}'), true],
    [`[${'[],'.repeat(10_000)}1]`, false],
    [`{"a":1,"b":${nested(mostJsonDepth)}}`, true],
    // Never closed.
    ['['.repeat(20_000), true],
    // Brackets inside of texts are none, also behind an escaped quote and in front of an escaped backslash.
    [JSON.stringify('['.repeat(1000)), false],
    [JSON.stringify(`"${'{'.repeat(1000)}`), false],
    [`["\\\\",${nested(mostJsonDepth)}]`, true],
    ['', false],
    ['no JSON', false],
    [']'.repeat(100) + nested(mostJsonDepth), false],
  ];
  for (const [text, expected] of rows) assert.equal(tooDeep(text), expected, text.slice(0, 60));
});

test('a body without content is none, whatever type it is said to have', async () => {
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  http.delete('/', async ({ body }) => ({ nothing: body === undefined }));
  const headers = { 'content-type': 'application/json' };
  const answer = await http.inject({ method: 'DELETE', url: '/', headers });
  assert.deepEqual(answer.json(), { nothing: true });
});

test('a plugin that takes JSON by another name too has the check for both', async () => {
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  acceptJson(http, 'application/merge-patch+json');
  http.patch('/', async ({ body }) => body);
  for (const type of ['application/json', 'application/merge-patch+json']) {
    const patch = (payload: string) =>
      http.inject({ method: 'PATCH', url: '/', headers: { 'content-type': type }, payload });
    assert.deepEqual((await patch('{"a":1}')).json(), { a: 1 });
    for (const bad of [nested(mostJsonDepth + 1, '{"a":', '}'), '{"__proto__":{}}'])
      assert.equal((await patch(bad)).statusCode, 400, bad.slice(0, 60));
  }
});
