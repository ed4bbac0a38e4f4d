import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNot } from './not-answered.ts';

test('whatever refuses a call, what it means and what to do is said', () => {
  for (let status = 400; status < 700; status++) {
    for (const asGuest of [true, false]) {
      const { means, next } = whyNot({ by: 'them', status, reason: null }, { asGuest, rang: false });
      assert.ok(means.length > 5 && next.length > 10, `${status}`);
    }
  }
});

test('one that rang is told from one of which nothing was heard', () => {
  const end = { by: 'timeout', status: 408, reason: 'Request Timeout' } as const;
  assert.match(whyNot(end, { asGuest: false, rang: true }).next, /--ring-for/);
  assert.match(whyNot(end, { asGuest: false, rang: false }).next, /--server/);
});

test('guests are told that they are some', () => {
  const end = { by: 'them', status: 404, reason: 'Not Found' } as const;
  assert.match(whyNot(end, { asGuest: true, rang: false }).next, /--as/);
  assert.doesNotMatch(whyNot(end, { asGuest: false, rang: false }).next, /--as/);
});
