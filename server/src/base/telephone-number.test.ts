import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from './random.ts';
import { plainNumber, readTelephoneNumber, writtenNumber } from './telephone-number.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_118);

test('a number, its separators left out, and what follows it', () => {
  const table: [text: string, number: string, parameters?: string][] = [
    ['+13235550100', '+13235550100'],
    ['+1-323-555-0100', '+13235550100'],
    ['+1 (323) 555.0100', '+13235550100'],
    [' (323) 555-0100 ', '3235550100'],
    ['(+49)30', '+4930'],
    ['0003*211*3', '0003*211*3'],
    ['211#', '211#'],
    ['*1', '*1'],
    ['1', '1'],
    ['+13235550100;npdi', '+13235550100', ';npdi'],
    ['+1-323-555-0100;ext=7;x', '+13235550100', ';ext=7;x'],
    ['911;phone-context=+1', '911', ';phone-context=+1'],
    ['911;', '911', ';'],
    ['1;a@b<"', '1', ';a@b<"'],
  ];
  for (const [text, number, parameters = ''] of table) {
    assert.deepEqual(readTelephoneNumber(text), { number, parameters }, text);
  }
  for (const text of [
    '',
    '+',
    '-',
    ';npdi',
    '+;npdi',
    'jane',
    '12a',
    '1+2',
    '++1',
    '+-+1',
    '１２',
    '1,2',
    '1\n',
    '1\0',
  ]) {
    assert.equal(readTelephoneNumber(text), null, JSON.stringify(text));
    assert.equal(plainNumber(text), text);
  }
  assert.equal(readTelephoneNumber('a1-B', true)?.number, 'A1B');
  assert.equal(readTelephoneNumber('g1', true), null);
});

test(`every number of the grammar comes out as its digits, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  const pick = <T>(choices: readonly T[]): T => choices[random.int(choices.length)]!;
  for (let round = 0; round < 20_000; round++) {
    const global = random.int(2) === 0;
    const hexadecimal = !global && random.int(2) === 0;
    const digits = [...(global ? '0123456789' : hexadecimal ? '0123456789abcdefABCDEF*#' : '0123456789*#')];
    let text = global ? '+' : '';
    let number = text;
    for (let count = 1 + random.int(15); count > 0; count--) {
      while (random.int(3) === 0) text += pick([...'-.()']);
      const digit = pick(digits);
      text += digit;
      number += digit;
    }
    while (random.int(3) === 0) text += pick([...'-.()']);
    const parameters = pick(['', ';npdi', ';rn=+1-323;npdi', ';ext=1-2', ';verstat=TN-Validation-Passed', ';']);
    const expected = { number: hexadecimal ? number.toUpperCase() : number, parameters };
    assert.deepEqual(readTelephoneNumber(text + parameters, hexadecimal), expected, text);
  }
});

test(`whatever the text: a number of digits alone, or nothing; reading it again changes nothing, seed ${seed}`, () => {
  const random = new SeededRandom(seed + 1);
  const pieces = [...'0123456789+-.() *#;=abcxyzABCXYZ@%"<>\\\0\r\né', '\u{1f4de}', '١', '\u200b', ';npdi', '+1'];
  for (let round = 0; round < 50_000; round++) {
    let text = '';
    for (let count = random.int(12); count > 0; count--) text += pieces[random.int(pieces.length)];
    for (const hexadecimal of [false, true]) {
      const read = readTelephoneNumber(text, hexadecimal);
      if (read === null) continue;
      assert.match(read.number, hexadecimal ? /^\+?[0-9A-F*#]+$/ : /^\+?[0-9*#]+$/, JSON.stringify(text));
      assert.ok(text.endsWith(read.parameters) && (read.parameters === '' || read.parameters.startsWith(';')));
      assert.deepEqual(readTelephoneNumber(read.number, hexadecimal), { number: read.number, parameters: '' });
    }
  }
});

test('a number as somebody writes it to have it dialled', () => {
  for (const text of [
    '+12025550142',
    '+1 (202) 555-0142',
    ' +1.202.555.0142 ',
    'tel:+12025550142',
    'TEL:+1-202-555-0142',
    'tel:%2B1-202-555-0142;npdi',
    'tel:+1(202)555-0142;ext=7',
  ]) {
    assert.equal(writtenNumber(text), '+12025550142', text);
  }
  assert.equal(writtenNumber('tel:0003*211%23'), '0003*211#');
  assert.equal(writtenNumber('tel:911;phone-context=+1'), '911');
  for (const text of ['', 'tel:', 'tel:jane', 'tel:%zz', 'tel:%E0%A4%A', 'jane', 'sip:101@x', `${'1'.repeat(256)}`]) {
    assert.equal(writtenNumber(text), null, text);
  }
});

test('a number as it is copied from pages and address books', () => {
  const copied = [
    '+49\u00a030\u00a01234567', // blanks that do not break
    '+49\u202f30\u20091234567', // narrow and thin ones
    '+49\t30\t1234567',
    '\u202a+49 30 1234567\u202c', // as Windows copies a contact
    '\u200e+49 30 1234567',
    '+49\u200b30\u00ad1234567',
    '\ufeff+49301234567',
    '+49\u201130\u20131234567', // dashes
    '+49\u221230\u20141234567',
    '+49 30/1234567',
    'tel:+49\u201130\u00a01234567',
    'tel:+49-30-1234567;ext=7',
  ];
  for (const text of copied) assert.equal(writtenNumber(text), '+49301234567', JSON.stringify(text));
  for (const text of ['\u202a\u202c', '\u2011', '/', '+49\u00b2', '\uff10\uff11', '1\n2', '1,2', '1–jane']) {
    assert.equal(writtenNumber(text), null, JSON.stringify(text));
  }
});
