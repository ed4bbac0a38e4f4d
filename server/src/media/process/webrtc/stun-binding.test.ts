import assert from 'node:assert/strict';
import { test } from 'node:test';
import { consentCheck, isProvenAnswer } from './stun-binding.ts';

/** RFC 5769 §2.2: a Binding success response, with the password of all its examples. */
const password = 'VOkJxbRl1RmTxUk/WvJxBt';
const response = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae' +
    '8022000b7465737420766563746f7220' +
    '002000080001a147e112a643' +
    '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7' +
    '80280004c07d4c96',
  'hex',
);

test('the answer of RFC 5769 is proven, and by its own password alone', () => {
  assert.equal(isProvenAnswer(response, password), true);
  assert.equal(isProvenAnswer(response, `${password}.`), false);
  for (let at = 0; at < response.length - 8; at++) {
    const changed = Buffer.from(response);
    changed[at]! ^= 1;
    // Its length is what the proof says it is, not what it says itself.
    if (at !== 2 && at !== 3) assert.equal(isProvenAnswer(changed, password), false, `byte ${at}`);
  }
});

test('what is cut off, or says wrong lengths, is no answer and does no harm', () => {
  for (let length = 0; length < response.length - 8; length++) {
    assert.equal(isProvenAnswer(response.subarray(0, length), password), false, `${length} bytes`);
  }
  for (let at = 20; at < response.length - 12; at++) {
    const wrong = Buffer.from(response);
    wrong.fill(0xff, at, at + 4);
    assert.equal(isProvenAnswer(wrong, password), false);
  }
});

test('a check has name, priority, role, integrity and fingerprint, each where RFC 8445 wants them', () => {
  const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
  const check = consentCheck(transaction, 'evtj:h6vY', password);
  assert.equal(
    check.subarray(0, 60).toString('hex'),
    '000100442112a442b7e7a701bc34d686fa87dfae' +
      '000600096576746a3a68367659000000' +
      '002400046effffff' +
      '80290008ffffffffffffffff' +
      '00080014',
  );
  assert.equal(check.subarray(-8, -4).toString('hex'), '80280004');
  // As an answer, which is proven in the same way.
  const answer = Buffer.from(check);
  answer.writeUInt16BE(0x0101, 0);
  assert.equal(isProvenAnswer(answer, password), false, 'the type is proven too');
});
