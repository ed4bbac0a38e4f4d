import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { firstLanguage, languages } from '../src/words/language.ts';

const folder = new URL('../src/words/', import.meta.url);
/** `meet`, `agent` … */
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.en.ts'))
  .map((name) => name.slice(0, -'.en.ts'.length));

/** `refused.locked`, `mute` … */
function namesOf(words: object, before = ''): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'object' ? namesOf(value, `${before}${name}.`) : [`${before}${name}`],
  );
}

test('every word of every page is there in every language', async () => {
  assert.ok(pages.includes('meet'));
  for (const page of pages) {
    const named = await Promise.all(
      languages.map(async (language) => {
        const file: Record<string, object> = await import(new URL(`${page}.${language}.ts`, folder).href);
        return namesOf(file[language] ?? {}).sort();
      }),
    );
    for (const names of named) assert.deepEqual(names, named[0], page);
    assert.notEqual(named[0]?.length, 0, page);
  }
});

test('the language is the one chosen, else the first that the browser prefers, else English', () => {
  assert.equal(firstLanguage('de', ['en']), 'de');
  assert.equal(firstLanguage('xx', ['fr', 'de-AT', 'en']), 'de');
  assert.equal(firstLanguage(null, ['fr']), 'en');
  assert.equal(firstLanguage('constructor', []), 'en');
});
