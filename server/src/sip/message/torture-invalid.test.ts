/**
 * RFC 4475 §3.1.2 to §3.4: messages that are malformed, or well-formed and hard to handle. The vectors are our own.
 * What only a user agent can judge (§3.3: 405, 415, 420, 488…) is seen here as far as the parser goes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest, SipResponse } from './message.ts';
import { type ParseFailure, parseMessage } from './parse.ts';
import { createResponse } from './response.ts';
import { serialize } from './serialize.ts';
import { message } from './testing/wire.ts';

/** The failure; `answered` says whether the peer can be told. */
function refused(bytes: Buffer, status = 400, answered = true): ParseFailure {
  const result = parseMessage(bytes);
  assert.ok(!result.ok, 'accepted');
  assert.equal(result.status, status, result.reason);
  assert.equal(result.partial !== null, answered);
  if (result.partial !== null) {
    const answer = createResponse(result.partial, result.status, result.reason, { toTag: 'x' });
    assert.match(serialize(answer).toString('latin1'), new RegExp(`^SIP/2.0 ${status} `));
  }
  return result;
}

function accepted(bytes: Buffer): SipRequest {
  const result = parseMessage(bytes);
  assert.ok(result.ok, result.ok ? '' : result.reason);
  return result.message as SipRequest;
}

const invite = 'INVITE sip:user@example.com SIP/2.0';
const options = 'OPTIONS sip:user@example.com SIP/2.0';

test('3.1.2.1 badinv01: separators without anything between are passed over where what stays is clear', () => {
  const { vias } = accepted(message(invite, ['Via: SIP/2.0/UDP 192.0.2.15;;,;,,']));
  assert.deepEqual([vias.length, vias[0]!.host], [2, '192.0.2.15'], 'the semicolon between commas is an element');
  assert.equal(accepted(message(invite, ['Contact: "Joe" <sip:joe@example.org>;;;;'])).contacts[0]!.uri.user, 'joe');
  const { to } = accepted(message(invite, ['To: sip:j.user@example.com;;,;,,']));
  assert.deepEqual([to.uri.user, to.params.size], ['j.user', 0]);
});

test('3.1.2.2 clerr: Content-Length is more than there is', () => {
  refused(message(invite, ['Content-Length: 9999'], 'v=0\r\n'));
});

test('3.1.2.3 ncl: Content-Length is negative', () => {
  refused(message(invite, ['Content-Length: -999'], 'v=0\r\n'));
});

test('3.1.2.4 scalar02: numbers beyond their range in a request', () => {
  refused(message('REGISTER sip:example.com SIP/2.0', ['CSeq: 36893488147419103232 REGISTER']));
  refused(message('REGISTER sip:example.com SIP/2.0', ['Max-Forwards: 300']));
  const lasting = message('REGISTER sip:example.com SIP/2.0', [
    'Expires: 10000000000000000000000000000000000000000',
    'Contact: <sip:user@host129.example.com>;expires=280297596632815',
  ]);
  assert.equal(accepted(lasting).expires, 0xffff_ffff);
});

test('3.1.2.5 scalarlg: numbers beyond their range in a response', () => {
  const lines = ['CSeq: 9292394834772304023312 OPTIONS', 'Retry-After: 949302838503028349304023988'];
  refused(message('SIP/2.0 503 Service Unavailable', lines), 400, false);
});

test('3.1.2.6 quotbal: a quote that never closes', () => {
  refused(message(invite, ['To: "Mr. J. User <sip:j.user@example.com>']));
});

test('3.1.2.7 ltgtruri: brackets around the Request-URI', () => {
  refused(message('INVITE <sip:user@example.com> SIP/2.0', []));
});

test('3.1.2.8 lwsruri: a blank in the Request-URI', () => {
  refused(message('INVITE sip:user@example.com; lr SIP/2.0', []));
});

test('3.1.2.9 lwsstart: two blanks in the request line', () => {
  refused(message('INVITE  sip:user@example.com  SIP/2.0', []));
});

test('3.1.2.10 trws: blanks after the request line', () => {
  refused(message('OPTIONS sip:remote-target@example.com SIP/2.0  ', []));
});

test('3.1.2.11 escruri: headers in the Request-URI', () => {
  refused(message('INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0', []));
});

test('3.1.2.12 baddate: a Date that is not in GMT is left to those who read it', () => {
  accepted(message(invite, ['Date: Fri, 01 Jan 2010 16:00:00 EST']));
});

test('3.1.2.13 regbadct: a Contact with ? and without brackets is none, which is for the registrar to refuse', () => {
  const line = 'Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E';
  assert.deepEqual(accepted(message('REGISTER sip:example.com SIP/2.0', [line])).contacts, []);
});

test('3.1.2.14 badaspec: blanks inside the brackets are forgiven', () => {
  const lines = ['To: "Watson, Thomas" < sip:t.watson@example.org >'];
  assert.equal(accepted(message(options, lines)).to.uri.user, 't.watson');
});

test('3.1.2.15 baddn: a comma in a display name without quotes is one where there can be no list', () => {
  const { from } = accepted(message(options, ['From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43']));
  assert.deepEqual([from.displayName, from.uri.user, from.params.get('tag')], ['Bell, Alexander', 'a.g.bell', '43']);
});

test('3.1.2.16 badvers: another version of SIP', () => {
  refused(
    message('OPTIONS sip:t.watson@example.org SIP/7.0', ['Via: SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw']),
    505,
  );
});

test('3.1.2.17 mismatch01, 3.1.2.18 mismatch02: CSeq names another method', () => {
  refused(message(options, ['CSeq: 8 INVITE']));
  refused(message('NEWMETHOD sip:user@example.com SIP/2.0', ['CSeq: 8 INVITE']));
});

test('3.1.2.19 bigcode: a status code beyond its range', () => {
  refused(message('SIP/2.0 4294967301 better not break the receiver', ['CSeq: 353494 INVITE']), 400, false);
  for (const line of [
    'SIP/2.0 2',
    'SIP/2.0 20',
    'SIP/2.0 099 x',
    'SIP/2.0 700 x',
    'SIP/2.0 2000 x',
    'SIP/2.0 200 \x13',
  ]) {
    refused(message(line, []), 400, false);
  }
});

test('3.2.1 badbranch: a branch that is only the cookie counts as none', () => {
  const request = accepted(message(options, ['Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK']));
  assert.equal(request.branch, null);
});

test('3.3.1 insuf: without the headers a response is made of there is none', () => {
  const bytes = message(invite, [])
    .toString()
    .replace(/(Call-ID|From|To): .*\r\n/g, '');
  refused(Buffer.from(bytes), 400, false);
});

test('3.3.2 unkscm, 3.3.3 novelsc: a Request-URI of another scheme', () => {
  refused(message('OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0', []), 416);
  refused(message('OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0', []), 416);
});

test('3.3.4 unksm2: other schemes in To, From and Contact are well-formed', () => {
  const request = accepted(
    message('REGISTER sip:example.com SIP/2.0', [
      'To: isbn:2983792873',
      'From: <http://www.example.com>;tag=3234233',
      'Contact: <name:John_Smith>',
    ]),
  );
  assert.deepEqual(
    [request.to.uri, request.from.uri, request.contacts[0]!.uri].map((uri) => [uri.scheme, uri.host, uri.user]),
    [
      ['other', 'isbn:2983792873', null],
      ['other', 'http://www.example.com', null],
      ['other', 'name:John_Smith', null],
    ],
  );
});

test('3.3.5 bext01: unknown extensions are listed for the user agent', () => {
  const request = accepted(message(options, ['Require: nothingSupportsThis, nothingSupportsThisEither']));
  assert.deepEqual(request.headers.getAll('Require'), ['nothingSupportsThis', 'nothingSupportsThisEither']);
});

test('3.3.6 invut: an unknown body is passed on with its type', () => {
  const body = '<audio>\r\n <pcmu port="443"/>\r\n</audio>\r\n';
  const request = accepted(message(invite, ['Content-Type: application/unknownformat', `l: ${body.length}`], body));
  assert.equal(request.headers.get('c'), 'application/unknownformat');
  assert.equal(request.body.toString(), body);
});

test('3.3.7 regaut01: an unknown authorization scheme is kept as it is', () => {
  const value = 'NoOneKnowsThisScheme opaque-data=here';
  assert.equal(
    accepted(message('REGISTER sip:example.com SIP/2.0', [`Authorization: ${value}`])).headers.get('Authorization'),
    value,
  );
});

test('3.3.8 multi01: two of what may stand once', () => {
  for (const line of [
    'CSeq: 5 INVITE\nCSeq: 59 INVITE',
    'Call-ID: a@b\nCall-ID: c@d',
    'From: <sip:a@example.com>;tag=1\nFrom: <sip:b@example.com>;tag=2',
    'To: <sip:a@example.com>\nTo: <sip:b@example.com>',
    'Max-Forwards: 70\nMax-Forwards: 5',
  ]) {
    refused(message(invite, [line]));
  }
});

test('3.3.9 mcl01: two Content-Lengths', () => {
  refused(message(options, ['Content-Length: 13', 'Content-Length: 5'], 'There are two'));
});

test('3.3.10 bcast: a broadcast address in a second Via of a response is only text', () => {
  const lines = [
    'Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923',
    'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23',
  ];
  const result = parseMessage(message('SIP/2.0 200 OK', lines));
  assert.ok(result.ok);
  assert.equal((result.message as SipResponse).vias.length, 2);
});

test('3.3.11 zeromf: Max-Forwards 0', () => {
  assert.equal(accepted(message(options, ['Max-Forwards: 0'])).maxForwards, 0);
});

test('3.3.12 cparam01, 3.3.13 cparam02: a parameter outside the brackets is the header’s, inside the URI’s', () => {
  const contact = (text: string) =>
    accepted(message('REGISTER sip:example.com SIP/2.0', [`Contact: ${text}`])).contacts[0]!;
  const outside = contact('sip:+19725552222@gw1.example.net;unknownparam');
  assert.deepEqual([outside.params.size, outside.uri.params.size], [1, 0]);
  const inside = contact('<sip:+19725552222@gw1.example.net;unknownparam>');
  assert.deepEqual([inside.params.size, inside.uri.params.size], [0, 1]);
});

test('3.3.14 regescrt: an escaped header in a Contact URI', () => {
  const line = 'Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>';
  const { uri } = accepted(message('REGISTER sip:example.com SIP/2.0', [line])).contacts[0]!;
  assert.deepEqual([...uri.headers], [['Route', '<sip:sip.example.com>']]);
});

test('3.3.15 sdp01: an Accept that excludes SDP is there to be read', () => {
  assert.deepEqual(accepted(message(invite, ['Accept: text/nobodyKnowsThis'])).headers.getAll('Accept'), [
    'text/nobodyKnowsThis',
  ]);
});

test('3.4.1 inv2543: no branch, no tag, no Max-Forwards', () => {
  const request = accepted(
    message('INVITE sip:UserB@example.com SIP/2.0', [
      'Via: SIP/2.0/UDP iftgw.example.com',
      'From: <sip:+13035551111@ift.client.example.net;user=phone>',
      'Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>',
      'To: sip:+16505552222@ss1.example.net;user=phone',
      'Call-ID: inv2543.1717@ift.client.example.com',
    ]),
  );
  assert.deepEqual([request.branch, request.fromTag, request.maxForwards], [null, null, null]);
  assert.equal(request.to.params.get('user'), 'phone');
  assert.equal(request.recordRoutes[0]!.uri.params.get('maddr'), 'ss1.example.com');
});

test('beyond the RFC: what no reader may see differently', () => {
  // Two ways to end a line would let a proxy and us see different headers.
  refused(Buffer.from(message(options, ['Subject: a']).toString().replace('Subject: a\r\n', 'Subject: a\nX: b\r\n')));
  refused(Buffer.from(message(options, ['Subject: a']).toString().replace('Subject: a\r\n', 'Subject: a\rX: b\r\n')));
  refused(message(options, ['Subject: a\0b']));
  refused(message(options, ['To: <sip:user@example.com>;tag=a;tag=b']));
  refused(message(options, ['Via: SIP/2.0/UDP host:70000;branch=z9hG4bK1']));
  refused(message(options, ['From: <sip:user@example.com>;tag=a b']));
  refused(message(options, ['Via: SIP/2.0/UDP host;branch=z9hG4bK1;branch=z9hG4bK2']));
  refused(message(options, [`From: <sip:a@b>;tag=1${Array.from({ length: 65 }, (_, i) => `;p${i}`).join('')}`]));
  refused(message(options, [`Via: ${'SIP/2.0/UDP h,'.repeat(201)}`]));
  refused(message(options, ['Content-Length: x']));
  refused(message(options, ['Max-Forwards: x']));
  refused(message(options, ['Call-ID: a b']));
  refused(message(options, ['From: <sip:a@b;tag=1']));
  refused(
    message(
      options,
      Array.from({ length: 201 }, () => 'X: y'),
    ),
  );
  refused(message(options, [`X: ${'y'.repeat(40_000)}`]), 513);
  refused(message(`OPTIONS sip:${'a'.repeat(9_000)}@example.com SIP/2.0`, []), 414);
  refused(message(options, ['Content-Length: 65537'], 'x'.repeat(65_537)), 413);
  refused(message('ACK sip:user@example.com SIP/2.0', ['Max-Forwards: x']), 400, false);
  refused(Buffer.from('OPTIONS sip:user@example.com SIP/2.0\r\n'), 400, false);
  refused(Buffer.alloc(0), 400, false);
  refused(Buffer.from('\r\n\r\n'), 400, false);
});
