import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listedWith } from '../src/pages/agent/listed-with.ts';

test('who is chosen in a form stays chosen to the eye, whoever goes or comes while it is open', () => {
  assert.deepEqual(listedWith(['15002', '15001'], '15001'), ['15002', '15001']);
  assert.deepEqual(listedWith(['15003', '15001'], '15002'), ['15002', '15003', '15001']);
  assert.deepEqual(listedWith(['15003'], ''), ['15003']);
  assert.deepEqual(listedWith([], ''), []);
});
