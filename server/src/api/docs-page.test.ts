import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { parse } from 'yaml';
import { registerDocs } from './docs-page.ts';

test('what describes the interfaces is the same in both forms, whoever asks at once, and is written once', async (t) => {
  const http = fastify();
  t.after(() => http.close());
  await registerDocs(http, { version: '1', tags: [] });
  let written = 0;
  // Asked for whenever it is written.
  const summary = () => {
    written++;
    return 'One of them';
  };
  http.get('/one', { schema: { tags: ['x'], summary: { toJSON: summary } as unknown as string } }, async () => 'one');
  await http.ready();
  const ask = async (path: string) => {
    const [first, ...others] = await Promise.all(Array.from({ length: 20 }, () => http.inject(path)));
    assert.equal(first!.statusCode, 200);
    for (const { body } of others) assert.equal(body, first!.body);
    return first!;
  };
  const json = await ask('/docs/json');
  assert.match(String(json.headers['content-type']), /^application\/json/);
  const once = written;
  await ask('/docs/json');
  assert.equal(written, once);
  const yaml = await ask('/docs/yaml');
  assert.match(String(yaml.headers['content-type']), /^application\/x-yaml/);
  const described = json.json<{ openapi: string; paths: Record<string, { get: { summary: string } }> }>();
  assert.equal(described.openapi, '3.1.0');
  assert.equal(described.paths['/one']?.get.summary, 'One of them');
  assert.deepEqual(parse(yaml.body), described);
});
