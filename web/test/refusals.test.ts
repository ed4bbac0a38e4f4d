import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { de } from '../src/words/common.de.ts';
import { en } from '../src/words/common.en.ts';

const sources = new URL('../../server/src/', import.meta.url);
/** Only to programs: no page asks such a thing. */
const neverOfPages =
  /^(There is no such (feature|place|thing|voice)|This user has too many|This is no batch|since: |subscription: |The address of|The body of|A call (can be limited|is parked|needs)|A reason|Only a call on the way|This call exists|This leg )/;

/** The sentences with which what is written in this folder refuses something. */
function refusalsOf(folder: string): string[] {
  return readdirSync(new URL(folder, sources), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('test'))
    .map((name) => readFileSync(new URL(`${folder}/${name}`, sources), 'utf8'))
    .flatMap((text) => [
      ...text.matchAll(/(?:callError|AppError|WebServicesError)\(\s*'[a-zA-Z]+',\s*'([^']+)'/g),
      ...text.matchAll(/notNow\('([^']+)'/g),
    ])
    .map(([, sentence]) => sentence ?? '');
}

test('what the server refuses an agent, or on a call, is said in German too', () => {
  const all = ['call', 'api/demo', 'api/dialects/web-services'].flatMap(refusalsOf);
  assert.ok(all.length > 60, String(all.length));
  for (const sentence of all) {
    assert.equal(en.serverSaid(sentence), sentence);
    if (!neverOfPages.test(sentence)) assert.notEqual(de.serverSaid(sentence), sentence, sentence);
  }
  const failures = readFileSync(new URL('api/dialects/web-services/notifications/failures.ts', sources), 'utf8');
  const reasons = [...failures.matchAll(/'((?:it|there|the) [a-z ]+)'/g)].map(([, why]) => why ?? '');
  assert.ok(reasons.length >= 9, String(reasons.length));
  for (const why of reasons)
    assert.doesNotMatch(de.serverSaid(`Device '104' was not reached: ${why}.`), new RegExp(`reached|${why}`));
  assert.equal(de.serverSaid("Device '104' is not registered."), 'Für 104 ist kein Telefon angemeldet.');
  assert.notEqual(de.serverSaid('Hold is not possible now.'), 'Hold is not possible now.');
});

test('what nobody has put into German is shown as it was said', () => {
  for (const sentence of ['', 'constructor', 'Something new.']) assert.equal(de.serverSaid(sentence), sentence);
});
