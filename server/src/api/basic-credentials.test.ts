import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicCredentials } from './basic-credentials.ts';

function read(text: string, encoding: 'utf8' | 'latin1' = 'utf8') {
  const found = basicCredentials(`Basic ${Buffer.from(text, encoding).toString('base64')}`);
  return found === null ? null : [found.login, found.password.reveal()];
}

test('the login ends at the first colon; the password may have more, and be empty', () => {
  assert.deepEqual(read('ann:s3cret'), ['ann', 's3cret']);
  assert.deepEqual(read('ann:a:b:'), ['ann', 'a:b:']);
  assert.deepEqual(read('ann:'), ['ann', '']);
  assert.equal(read('ann'), null);
});

test('a password is read as it was written, in UTF-8 or, as pages do with btoa, in ISO 8859-1', () => {
  assert.deepEqual(read('jörg:größe€'), ['jörg', 'größe€']);
  assert.deepEqual(read('jörg:größe', 'latin1'), ['jörg', 'größe']);
});
