/** No input may cost more than linear time: 60 KB of anything hostile, in any header, in less than 10 ms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leastProcessorMs } from '../../base/testing/processor-time.ts';
import { defaultParseLimits, type ParseLimits, parseMessage } from './parse.ts';
import { StreamFramer } from './stream-framer.ts';
import { message } from './testing/wire.ts';

const unlimited: ParseLimits = { head: Number.MAX_SAFE_INTEGER, headers: 1e9, uri: 1e9, body: 1e9 };
const names = [
  'Via',
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Route',
  'Record-Route',
  'Max-Forwards',
  'Content-Length',
  'Expires',
  'Content-Type',
  'Require',
  'Supported',
  'Authorization',
  'Warning',
  'Subject',
  'X-Unknown',
];
const beginnings = [
  '',
  '<',
  '"',
  'a <',
  '<sip:',
  'sip:',
  '"a" <sip:a@b>;',
  '<sip:a@b>;x=',
  '<sip:a@b;',
  'SIP/2.0/UDP ',
  'SIP/2.0/UDP a;',
  'SIP/',
  '1 ',
];
const fillings = [
  ' ',
  '\t',
  '"',
  '\\',
  '\\"',
  ',',
  ', ',
  ' ,',
  ';',
  '; ',
  ';a',
  ';a=',
  ';a=b',
  ';a="b"',
  '<',
  '>',
  '<>',
  '<,',
  '[',
  '[:',
  '%',
  '%41',
  '@',
  ':',
  '?',
  '&a=b',
  '=',
  '/',
  'a',
  'a ',
  '""',
  '"",',
  '<a>,',
  'sip:a@b,',
  '1',
  '\r\n ',
  '\r\n\t,',
  '\r\n a;',
  '\0',
  'é',
];

function time(bytes: Buffer, limits: ParseLimits, enough: number): number {
  return leastProcessorMs(() => {
    const result = parseMessage(bytes, limits);
    if (result.ok) for (const name of names) result.message.headers.getAll(name);
  }, enough);
}

function hostile(name: string, beginning: string, filling: string, size: number): Buffer {
  const value = beginning + filling.repeat(Math.ceil(size / filling.length));
  const head = message('OPTIONS sip:user@example.com SIP/2.0', [`${name}: x`]).toString();
  return Buffer.from(head.replace(`${name}: x`, `${name}: ${value}`), 'utf8');
}

for (const [title, limits] of [
  ['the limits', defaultParseLimits],
  ['the limits lifted', unlimited],
] as const) {
  test(`60 KB of hostile text in any header, with ${title}, takes less than 10 ms`, (t) => {
    let slowest = 0;
    let what = '';
    for (const name of names) {
      for (const [index, filling] of fillings.entries()) {
        for (const beginning of [
          beginnings[index % beginnings.length]!,
          beginnings[(index * 5 + 3) % beginnings.length]!,
        ]) {
          const taken = time(hostile(name, beginning, filling, 60_000), limits, 5);
          if (taken > slowest) {
            slowest = taken;
            what = `${name}: ${beginning}${JSON.stringify(filling)}…`;
          }
        }
      }
    }
    t.diagnostic(`slowest ${slowest.toFixed(2)} ms: ${what}`);
    assert.ok(slowest < 10, `${what} took ${slowest} ms`);
  });
}

test('every beginning with every filling in the headers that are read, without limits, stays below 10 ms', () => {
  for (const name of ['Via', 'To', 'Contact']) {
    for (const beginning of beginnings) {
      for (const filling of fillings) {
        const taken = time(hostile(name, beginning, filling, 60_000), unlimited, 5);
        assert.ok(taken < 10, `${name}: ${beginning}${JSON.stringify(filling)}… took ${taken} ms`);
      }
    }
  }
});

test('hostile heads: start lines, lines without colons, thousands of lines', () => {
  const head = message('OPTIONS sip:user@example.com SIP/2.0', []).toString();
  const fill = (text: string) => text.repeat(Math.ceil(60_000 / text.length));
  const heads = [
    ...fillings.map((filling) => `OPTIONS sip:${fill(filling)} SIP/2.0\r\n\r\n`),
    ...fillings.map((filling) => fill(filling)),
    ...[
      'a\r\n',
      ' \r\n',
      ':\r\n',
      'a:\r\n',
      'a:b\r\n',
      '\r',
      '\n',
      '\r\r\n',
      '\n\r',
      'Via: a\r\n',
      'm: <sip:a@b>\r\n',
      'l: 1\r\n',
      'a\n',
    ].map((line) => head.replace('\r\n\r\n', `\r\n${fill(line)}\r\n\r\n`)),
  ];
  for (const text of heads) {
    for (const limits of [defaultParseLimits, unlimited]) {
      const taken = time(Buffer.from(text, 'utf8'), limits, 5);
      assert.ok(taken < 10, `${JSON.stringify(text.slice(0, 60))}… took ${taken} ms`);
    }
  }
});

test('ten times as much takes about ten times as long', () => {
  for (const [name, beginning, filling] of [
    ['From', '<', ' '],
    ['Contact', '"', '\\"'],
    ['Contact', '', '<sip:a@b>,'],
    ['Subject', 'x', '\r\n y'],
    ['To', '<sip:a@b>', ';a'],
    ['Via', 'SIP/2.0/UDP a', ';a=b'],
  ] as const) {
    const taken = time(hostile(name, beginning, filling, 600_000), unlimited, 30);
    assert.ok(taken < 100, `${name} took ${taken} ms`);
  }
});

test('a stream that never ends a head or a line is cut at its limit, in linear time', () => {
  const fillings = ['a', '\r\n', '\r\na: b', '\r', 'Content-Length: 1\r\n'];
  const streams = [1, 64, 1400].flatMap((size) => fillings.map((filling) => ({ size, filling })));
  for (const { size, filling } of streams) {
    const chunk = Buffer.from(filling.repeat(Math.ceil(size / filling.length)));
    const taken = leastProcessorMs(() => {
      let broken = 0;
      const framer = new StreamFramer(
        { head: 32_768, body: 65_536 },
        { onMessage() {}, onPing() {}, onBroken: () => void broken++ },
      );
      framer.push(Buffer.from('x'));
      for (let sent = 0; sent < 60_000; sent += chunk.length) framer.push(chunk);
      assert.ok(broken <= 1);
    }, 50);
    assert.ok(taken < 50, `${JSON.stringify(filling)} by ${chunk.length}: ${taken} ms`);
  }
});
