/** RFC 5118: IPv6 in SIP, one test a section. The vectors are our own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest } from './message.ts';
import { parseMessage } from './parse.ts';
import { serialize } from './serialize.ts';
import { message } from './testing/wire.ts';

function accepted(bytes: Buffer): SipRequest {
  const result = parseMessage(bytes);
  assert.ok(result.ok, result.ok ? '' : result.reason);
  const again = parseMessage(serialize(result.message));
  assert.ok(again.ok);
  return again.message as SipRequest;
}

test('4.1 an IPv6 reference in the Request-URI, Via and Contact', () => {
  const request = accepted(
    message('REGISTER sip:[2001:db8::10] SIP/2.0', [
      'Via: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111',
      'Contact: "Caller" <sip:caller@[2001:db8::1]>',
    ]),
  );
  assert.equal(request.uri.host, '[2001:db8::10]');
  assert.equal(request.via.host, '[2001:db8::9:1]');
  assert.equal(request.contacts[0]!.uri.host, '[2001:db8::1]');
});

test('4.2 an address without brackets is malformed', () => {
  const result = parseMessage(message('REGISTER sip:2001:db8::10 SIP/2.0', []));
  assert.ok(!result.ok && result.status === 400);
});

test('4.3 inside the brackets 5070 is part of the address, 4.4 outside it is the port', () => {
  const inside = accepted(message('REGISTER sip:[2001:db8::10:5070] SIP/2.0', [])).uri;
  assert.deepEqual([inside.host, inside.port], ['[2001:db8::10:5070]', null]);
  const outside = accepted(message('REGISTER sip:[2001:db8::10]:5070 SIP/2.0', [])).uri;
  assert.deepEqual([outside.host, outside.port], ['[2001:db8::10]', 5070]);
});

test('4.5 received= with and without brackets', () => {
  for (const received of ['[2001:db8::9:255]', '2001:db8::9:255']) {
    const via = `Via: SIP/2.0/UDP [2001:db8::9:1];received=${received};branch=z9hG4bKas3-111`;
    assert.equal(accepted(message('BYE sip:user@example.com SIP/2.0', [via])).via.params.get('received'), received);
  }
});

test('4.6, 4.8 IPv6 in a session description is none of the parser’s business', () => {
  const body =
    'v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 2001:db8::20\r\nt=0 0\r\n';
  assert.equal(
    accepted(message('INVITE sip:user@[2001:db8::10] SIP/2.0', [`l: ${body.length}`], body)).body.toString(),
    body,
  );
});

test('4.7 IPv4, IPv6 and names side by side', () => {
  const request = accepted(
    message('BYE sip:user@host.example.net SIP/2.0', [
      'Via: SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144',
      'Via: SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200',
    ]),
  );
  assert.deepEqual(
    request.vias.map((via) => [via.host, via.port]),
    [
      ['[2001:db8::9:1]', 6050],
      ['192.0.2.1', null],
      ['[2001:db8::9:255]', null],
    ],
  );
});

test('4.9 IPv4 mapped into IPv6', () => {
  const request = accepted(
    message('INVITE sip:user@example.com SIP/2.0', [
      'Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19',
      'Contact: "T. desk phone" <sip:ted@[::ffff:192.0.2.2]>',
    ]),
  );
  assert.equal(request.via.host, '[::ffff:192.0.2.10]');
  assert.equal(request.contacts[0]!.uri.host, '[::ffff:192.0.2.2]');
});

test('4.10 the third colon of the old grammar is tolerated before an IPv4 address and not written again', () => {
  for (const host of ['[2001:db8:::192.0.2.1]', '[2001:db8::192.0.2.1]']) {
    assert.equal(accepted(message(`OPTIONS sip:user@${host} SIP/2.0`, [])).uri.host, '[2001:db8::192.0.2.1]');
  }
  for (const host of [
    '[2001:db8:::1]',
    '[::::192.0.2.1]',
    '[2001::db8:::192.0.2.1]',
    '[fe80::1%eth0]',
    '[2001:db8::1',
    '[]',
  ]) {
    assert.ok(!parseMessage(message(`OPTIONS sip:user@${host} SIP/2.0`, [])).ok, host);
  }
});
