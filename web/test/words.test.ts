import assert from 'node:assert/strict';
import { test } from 'node:test';
import { de } from '../src/words/de.ts';
import { en } from '../src/words/en.ts';
import { firstLanguage } from '../src/words/words.ts';

/** `refused.locked`, `mute` … */
function namesOf(words: object, before = ''): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === 'object' ? namesOf(value, `${before}${name}.`) : [`${before}${name}`],
  );
}

test('every word is there in every language', () => {
  assert.deepEqual(namesOf(de).sort(), namesOf(en).sort());
});

test('the language is the one chosen, else the first that the browser prefers, else English', () => {
  assert.equal(firstLanguage('de', ['en']), 'de');
  assert.equal(firstLanguage('xx', ['fr', 'de-AT', 'en']), 'de');
  assert.equal(firstLanguage(null, ['fr']), 'en');
  assert.equal(firstLanguage('constructor', []), 'en');
});
