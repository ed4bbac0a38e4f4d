import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';
import { QuickDocument } from './quick-document.ts';
import { serverKeys } from './server-keys.ts';

/** What docs/configuration.md says is the default of a key of the server is the default. */

const documentation = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const sections = ['http', 'sip', 'media', 'limits', 'unifiedApi', 'webServices', 'webhooks', 'retention'] as const;

/** `a.b`, `…C` → a.b, a.C as far as the key before has its beginning. */
function namesIn(cell: string): string[] {
  const names: string[] = [];
  for (const [, text = ''] of cell.matchAll(/`([^`]+)`/g)) {
    const before = names.at(-1) ?? '';
    names.push(text.startsWith('…') ? `${before.slice(0, before.indexOf(text.slice(1, 4)))}${text.slice(1)}` : text);
  }
  return names;
}

function defaultIn(text: string): unknown {
  const plain = text.replaceAll('`', '').replaceAll('"', '').trim();
  if (['null', 'auto', 'off'].includes(plain)) return null;
  if (['none', '[]'].includes(plain)) return [];
  if (/^\[.*\]$/.test(plain)) return plain.slice(1, -1).split(', ');
  if (['true', 'false'].includes(plain)) return plain === 'true';
  const digits = plain.replaceAll(' ', '');
  if (/^\d+$/.test(digits)) return Number(digits);
  const range = /^(\d+)-(\d+)$/.exec(plain);
  if (range !== null) return { from: Number(range[1]), to: Number(range[2]) };
  const [, megabytes] = /^(\d+)MB$/.exec(plain) ?? [];
  return megabytes === undefined ? (parseDuration(plain) ?? plain) : Number(megabytes) * 1e6;
}

/** Key → what the documentation says, of the rows of the tables that name a key of the server. */
function documented(): Map<string, unknown> {
  const said = new Map<string, unknown>();
  for (const [, keys = '', defaults = ''] of documentation.matchAll(/^\| (`[a-zA-Z]+\.[^|]+) \| ([^|]+) \| .*\|$/gm)) {
    const names = namesIn(keys);
    const values = defaults.split(/,(?! ?\d{3}\b)(?![^[]*\])/);
    names.forEach((name, at) => {
      said.set(name, defaultIn(values[Math.min(at, values.length - 1)] ?? ''));
    });
  }
  return said;
}

test('the defaults in the documentation are those of the code, and every key of the server has one there', () => {
  const said = documented();
  const keys = serverKeys(1);
  const missing: string[] = [];
  for (const section of sections) {
    const defaults = keys[section](new QuickDocument('', '{}').root());
    for (const [name, value] of Object.entries(defaults)) {
      const path = `${section}.${name}`;
      if (!said.has(path)) missing.push(path);
      // `auto` is null in most keys, and stays a word in some.
      else if (path !== 'media.processes') assert.deepEqual(said.get(path), value === 'auto' ? null : value, path);
    }
  }
  assert.deepEqual(missing, []);
});
