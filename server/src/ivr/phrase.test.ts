import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayNumber, sayOthers } from './phrase.ts';
import { numberPrompts } from './testing/number-prompts.ts';

test('numbers in pieces', () => {
  const said = (value: number) => sayNumber(value).join(' ');
  assert.equal(said(0), 'number-0');
  assert.equal(said(13), 'number-13');
  assert.equal(said(20), 'number-20');
  assert.equal(said(21), 'number-20 number-1');
  assert.equal(said(90), 'number-90');
  assert.equal(said(99), 'number-90 number-9');
  assert.equal(said(100), 'number-1 hundred');
  assert.equal(said(342), 'number-3 hundred number-40 number-2');
  assert.equal(said(1000), 'number-1 thousand');
  assert.equal(said(2016), 'number-2 thousand number-16');
  assert.equal(said(123_456), said(9999));
  assert.equal(said(-4), 'number-0');
  assert.equal(said(2.7), 'number-2');
});

test('every piece is listed, and every listed piece is used', () => {
  const used = new Set<string>();
  for (let value = 0; value <= 9999; value++) for (const piece of sayNumber(value)) used.add(piece);
  assert.deepEqual([...used].sort(), [...numberPrompts].sort());
});

test('the number of others', () => {
  assert.deepEqual(sayOthers(0), ['first-participant']);
  assert.deepEqual(sayOthers(1), ['one-other']);
  assert.deepEqual(sayOthers(25), ['there-are', 'number-20', 'number-5', 'other-participants']);
});
