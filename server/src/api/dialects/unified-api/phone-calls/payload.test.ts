import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNumbers } from './payload.ts';

test('a number that JSON does not hold exactly is none: another one would be dialled', () => {
  for (const exact of [3235742879, 9007199254740991]) {
    assert.deepEqual(readNumbers(exact, 'pc_destination_invalid'), [String(exact)]);
  }
  // As they come out of the parser.
  for (const text of ['9007199254740993', '49301234567890123456', '3235742879.5', '-3235742879', '1e300']) {
    assert.throws(
      () => readNumbers([JSON.parse(text)], 'pc_destination_invalid'),
      { code: 'pc_destination_invalid' },
      text,
    );
  }
});
