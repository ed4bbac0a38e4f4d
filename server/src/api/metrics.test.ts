import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fastify from 'fastify';
import { registerMetrics } from './metrics.ts';

const documented = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** Those of the table in docs/operations.md; a name that begins with `_` goes on from the one before. */
function namesInDocs(): Set<string> {
  const names = new Set<string>();
  for (const row of documented.split('\n').filter((line) => line.startsWith('| `partyline_'))) {
    let last = '';
    for (const [, given = ''] of (row.split(' | ')[0] ?? '').matchAll(/`([a-z_]+)(?:\{[a-z]+\})?`/g)) {
      const parts = given.split('_').filter((part) => part !== '');
      const name = given.startsWith('_') ? [...last.split('_').slice(0, -parts.length), ...parts].join('_') : given;
      names.add(name);
      last = name;
    }
  }
  return names;
}

test('the documentation names every metric that there is, and no other', async () => {
  const http = fastify();
  registerMetrics(http, async () => null);
  const text = (await http.inject('/metrics')).body;
  const there = Array.from(text.matchAll(/^# TYPE (partyline_\S+)/gm), ([, name]) => name ?? '');
  assert.ok(there.length > 20);
  assert.deepEqual([...namesInDocs()].sort(), there.sort());
});

test('names are as the conventions of Prometheus have them', async () => {
  const http = fastify();
  registerMetrics(http, async () => null);
  const text = (await http.inject('/metrics')).body;
  for (const [, name = '', kind] of text.matchAll(/^# TYPE (partyline_\S+) (\S+)/gm)) {
    assert.match(name, /^partyline_[a-z]+(_[a-z]+)*$/);
    assert.equal(name.endsWith('_total'), kind === 'counter', `${name} is a ${kind}`);
  }
});
