import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sandboxNumbers } from './sandbox/behaviours.ts';
import { sandboxPage } from './sandbox-page.ts';

test('the page lists every number with what it does, loads nothing, and lets nothing through as markup', () => {
  const options = { uri: 'sip:127.0.0.1:5070', http: 'http://127.0.0.1:8080' };
  const page = sandboxPage(sandboxNumbers(), options);
  for (const { number, does } of sandboxNumbers()) {
    assert.ok(page.includes(`>${number}</td><td>${does}</td>`), number);
  }
  assert.ok(page.includes(options.uri) && page.includes(`${options.http}/uapi/phoneCalls/@me/conferenceInvite`));
  assert.doesNotMatch(page, /<(script|link|img|iframe)|@import|url\(/);
  const hostile = sandboxPage([{ number: '<b>"1', does: `<script>&'` }], { uri: '<u>', http: '"<h>' });
  assert.doesNotMatch(hostile, /<b>|<script>|<u>|<h>/);
  // The example can be pasted: what the shell gets is JSON.
  const body = /-d '([^']+)'/.exec(page)?.[1]?.replaceAll('&lt;', '<').replaceAll('&gt;', '>') ?? '';
  assert.deepEqual(JSON.parse(body).phoneCallView[0].destination, ['2025550101']);
});

test('the documentation lists the same numbers', () => {
  const page = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');
  for (const { number, does } of sandboxNumbers()) assert.ok(page.includes(`| \`${number}\` | ${does} |`), number);
});
