import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest } from './message.ts';
import { parseMessage } from './parse.ts';
import { referToOf } from './refer-to.ts';
import { numberOrName } from './telephone-subscriber.ts';
import { message } from './testing/wire.ts';

function read(...values: string[]) {
  const lines = values.map((value) => `Refer-To: ${value}`);
  const parsed = parseMessage(message('REFER sip:b@10.0.0.2 SIP/2.0', ['CSeq: 2 REFER', ...lines]));
  assert.ok(parsed.ok, values.join());
  return referToOf(parsed.message as SipRequest);
}

const named = (value: string) => {
  const to = read(value);
  return typeof to === 'string' ? to : numberOrName(to.uri);
};

test('a number, as phones write it', () => {
  assert.equal(named('<sip:15001@example.test>'), '15001');
  assert.equal(named('sip:15001@example.test'), '15001');
  assert.equal(named('"Jane" <sip:0003*15001@example.test;transport=tcp>;x=y'), '0003*15001');
  assert.equal(named('<tel:+1-323-555-0100;phone-context=x>'), '+13235550100');
  assert.equal(named('<sip:+1.323.555.0100;npdi;rn=+1@example.test;user=phone>'), '+13235550100');
  assert.equal(named('<sip:211%2A3@example.test>'), '211*3');
  assert.equal(named('<sips:15001@example.test;method=INVITE>'), '15001');
  const short = parseMessage(message('REFER sip:b@10.0.0.2 SIP/2.0', ['CSeq: 2 REFER', 'r: <sip:7@x.test>']));
  assert.ok(short.ok);
  assert.equal(typeof referToOf(short.message as SipRequest), 'object', 'the short name');
});

test('of the headers that the URI wants, only Replaces counts', () => {
  const to = read(
    '<sip:15001@example.test?Subject=x&Replaces=12345%40192.0.2.1%3Bto-tag%3D7743%3Bfrom-tag%3D64-72%3Bearly-only&Route=%3Csip:evil%3E>',
  );
  assert.ok(typeof to !== 'string');
  assert.deepEqual(to.replaces, { callId: '12345@192.0.2.1', toTag: '7743', fromTag: '64-72', earlyOnly: true });
  const bare = read('<sip:1@x.test;a=b?Replaces=a@b;from-tag=2;to-tag=1>');
  assert.ok(typeof bare !== 'string');
  assert.deepEqual(bare.replaces, { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false }, 'without escapes');
  const lower = read('<sip:1@x.test?replaces=a%3bfrom-tag%3d2%3bto-tag%3d1>');
  assert.ok(typeof lower !== 'string');
  assert.deepEqual(lower.replaces, { callId: 'a', toTag: '1', fromTag: '2', earlyOnly: false });
});

test('what stands beside the URI is none of its headers', () => {
  for (const text of [
    '"Who?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2" <sip:15001@x.test>',
    '<sip:15001@x.test>;why="?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2"',
    '"a&replaces=" <sip:15001@x.test?Subject=y>',
  ]) {
    const to = read(text);
    assert.ok(typeof to !== 'string', text);
    assert.deepEqual([to.replaces, numberOrName(to.uri)], [null, '15001'], text);
  }
});

test('what cannot be read, or could be read in two ways', () => {
  const replaces = (text: string) => `<sip:1@x.test?Replaces=${encodeURIComponent(text)}>`;
  const hostile = [
    '',
    '<>',
    'nobody',
    '<sip:>',
    '<sip:1@x.test',
    'sip:1@x.test?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2',
    '<sip:1@x.test?Replaces=>',
    replaces('a'),
    replaces('a;to-tag=1'),
    replaces('a;from-tag=1'),
    replaces('a;to-tag=;from-tag=2'),
    replaces(';to-tag=1;from-tag=2'),
    '<sip:1@x.test?Replaces=%ff%3Bto-tag%3D1%3Bfrom-tag%3D2>',
    '<sip:1@x.test?Replaces=a%3>',
    replaces('a b;to-tag=1;from-tag=2'),
    replaces('a\r\nVia: x;to-tag=1;from-tag=2'),
    replaces('a;to-tag=1;to-tag=2;from-tag=3'),
    replaces('a;to-tag=1;from-tag=2;From-Tag=3'),
    replaces(`${'a'.repeat(700)};to-tag=1;from-tag=2`),
    `<sip:1@x.test?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2>`,
    `<sip:1@x.test?${'a=b&'.repeat(100)}c=d>`,
    `<sip:${'1'.repeat(3000)}@x.test>`,
  ];
  for (const text of hostile) assert.equal(read(text), 'unreadable', text.slice(0, 80));
  assert.equal(read('<sip:1@x.test>', '<sip:2@x.test>'), 'unreadable');
  assert.equal(read(), 'unreadable');
  for (const text of [
    '<http://x.test/>',
    '<mailto:a@x.test>',
    '<sip:1@x.test;method=BYE>',
    '<sip:1@x.test;method=REFER>',
  ]) {
    assert.equal(read(text), 'noCall', text);
  }
});
