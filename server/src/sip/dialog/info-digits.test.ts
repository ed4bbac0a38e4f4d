import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaTypeOf } from '../message/bodies.ts';
import { readInfoDigit, tellsKeys } from './info-digits.ts';

const types = [
  'application/dtmf-relay',
  'Application/DTMF-Relay; charset=us-ascii',
  'application/dtmf',
  'audio/telephone-event',
  'application/telephone-event',
  'application/vnd.nortelnetworks.digits',
  'application/dtmf-info',
  'text/plain;charset=UTF-8',
];
const read = (type: string, body: string) => readInfoDigit(mediaTypeOf(type), Buffer.from(body, 'latin1'));

test('a key is read from whatever phones send, under each of the types', () => {
  const bodies: [body: string, digit: string, durationMs: number][] = [
    ['Signal=5\r\nDuration=250\r\n', '5', 250],
    ['Signal=5\r\nDuration=250', '5', 250],
    ['Signal= 5 \nDuration = 100 ms\n', '5', 100],
    ['signal=5', '5', 160],
    ['SIGNAL : 5\r\nDURATION : 80', '5', 80],
    ['Duration=100\r\nSignal=*\r\n', '*', 100],
    ['Signal="#"\r\nDuration="90"', '#', 90],
    ['Signal=10', '*', 160],
    ['Signal=11\nDuration=1', '#', 40],
    ['Signal=12', 'A', 160],
    ['Signal=15\r\nDuration=', 'D', 160],
    ['Signal=c\r\nDuration=0\r\n', 'C', 160],
    ['Signal=5\r\nDuration=99999\r\n', '5', 6000],
    ['Signal=5\r\nDuration=soon\r\n', '5', 160],
    ['d=5', '5', 160],
    ['D = 5\r\n', '5', 160],
    ['digit=5\r\nduration=200', '5', 200],
    ['p=Digit-Collection\r\ny=Digits\r\nd=5\r\na=', '5', 160],
    ['p=Digit-Collection y=Digits d=5', '5', 160],
    ['Signal=5;Duration=250', '5', 250],
    ['Signal=5; Duration=250;', '5', 250],
    ['Signal=*, Duration=250', '*', 250],
    ['5', '5', 160],
    [' 5\r\n\r\n', '5', 160],
    ['5\0', '5', 160],
    ['#', '#', 160],
    ['*\r\n', '*', 160],
    ['11', '#', 160],
    ['b', 'B', 160],
  ];
  for (const type of types) {
    for (const [body, digit, durationMs] of bodies) {
      assert.deepEqual(read(type, body), { digit, durationMs }, `${type}: ${JSON.stringify(body)}`);
    }
  }
});

test('what is no key is none', () => {
  const bodies = [
    '',
    'Signal=',
    'Signal=16',
    'Signal=flash',
    'Signal=!',
    'Signal=55',
    'Duration=100',
    '99',
    '123',
    'E',
    '=5',
  ];
  for (const type of types) {
    for (const body of [...bodies, 'Signal=5'.padEnd(500), `\xff\xfe5`]) {
      assert.equal(read(type, body), null, `${type}: ${JSON.stringify(body)}`);
    }
  }
  assert.equal(read('application/sdp', '5'), null);
  assert.equal(read('', '5'), null);
});

test('the bytes of a telephone-event', () => {
  assert.deepEqual(read('audio/telephone-event', '\x0b\x8a\x03\x20'), { digit: '#', durationMs: 100 });
  assert.deepEqual(read('audio/telephone-event', 'd=5\n'), { digit: '5', durationMs: 160 });
  assert.equal(read('audio/telephone-event', '\x10\x8a\x03\x20'), null);
  assert.equal(read('application/dtmf-relay', '\x0b\x8a\x03\x20'), null);
});

test('which types are for keys alone', () => {
  assert.deepEqual(
    types.map((type) => tellsKeys(mediaTypeOf(type))),
    [true, true, true, true, true, true, true, false],
  );
});
