import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { attributeOf, attributes, isProven, readStun, writeStun } from './stun-message.ts';

/** RFC 5769 §2.1: a Binding request, with the password of all its examples. */
const password = 'VOkJxbRl1RmTxUk/WvJxBt';
const request = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae' +
    '802200105354554e207465737420636c69656e74' +
    '002400046e0001ff' +
    '80290008932ff9b151263b36' +
    '000600096576746a3a68367659202020' +
    '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2' +
    '80280004e57a3bcf',
  'hex',
);

test('the request of RFC 5769 is read, and proven by its own password alone', () => {
  const message = readStun(request)!;
  assert.equal(message.type, 0x0001);
  assert.equal(message.transaction.toString('hex'), 'b7e7a701bc34d686fa87dfae');
  assert.deepEqual(
    message.attributes.map(({ type, value }) => [type, value.toString('hex')]),
    [
      [0x8022, Buffer.from('STUN test client').toString('hex')],
      [0x0024, '6e0001ff'],
      [0x8029, '932ff9b151263b36'],
      [0x0006, Buffer.from('evtj:h6vY').toString('hex')],
    ],
  );
  assert.equal(attributeOf(message, attributes.username)?.toString(), 'evtj:h6vY');
  assert.equal(attributeOf(message, attributes.useCandidate), null);
  assert.ok(isProven(message, password));
  assert.ok(!isProven(message, `${password}.`));
});

test('what is written is read again, signed or not; what is changed anywhere is not proven', () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 100; round++) {
    const written = Array.from({ length: random.int(8) }, () => ({
      type: 0x0040 + random.int(0x7000),
      value: random.bytes(random.int(40)),
    }));
    const transaction = random.bytes(12);
    const message = writeStun(0x0101, transaction, written, round % 2 === 0 ? password : null);
    const read = readStun(message)!;
    assert.deepEqual([read.type, read.transaction, read.attributes], [0x0101, transaction, written]);
    assert.equal(isProven(read, password), round % 2 === 0);
    const at = random.int(message.length - 8);
    message[at]! ^= 1 << random.int(8);
    const changed = readStun(message);
    assert.ok(changed === null || !isProven(changed, password), `byte ${at}`);
  }
});

test('garbage, and what is nearly a message, is none or read as far as it is; it never throws', () => {
  const random = new SeededRandom(4);
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(round % 2 === 0 ? random.bytes(random.int(200)) : request);
    for (let change = 0; change < random.int(4); change++)
      if (bytes.length > 0) bytes[random.int(bytes.length)] = random.int(256);
    const cut = random.int(3) === 0 ? bytes.subarray(0, random.int(bytes.length + 1)) : bytes;
    const read = readStun(cut);
    if (read !== null) isProven(read, password);
  }
  for (let length = 0; length < request.length; length++) assert.equal(readStun(request.subarray(0, length)), null);
  // More attributes than any check has.
  const many = Array.from({ length: 33 }, () => ({ type: 0x8022, value: Buffer.alloc(0) }));
  assert.equal(readStun(writeStun(0x0001, Buffer.alloc(12), many, null)), null);
  // Longer than any is.
  const of = (length: number) =>
    writeStun(0x0001, Buffer.alloc(12), [{ type: 0x8022, value: Buffer.alloc(length) }], null);
  assert.equal(readStun(of(4096 - 32))?.attributes.length, 1);
  assert.equal(readStun(of(4096 - 28)), null);
});
