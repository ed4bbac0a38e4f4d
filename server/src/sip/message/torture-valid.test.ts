/**
 * RFC 4475 §3.1.1: messages that are odd and well-formed. The vectors are our own, each with what its section is about.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest, type SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { serialize } from './serialize.ts';
import { message, wire } from './testing/wire.ts';

function parse(bytes: Buffer): SipRequest | SipResponse {
  const result = parseMessage(bytes);
  assert.ok(result.ok, result.ok ? '' : result.reason);
  return result.message;
}

/** The request, which must come out the same when it is written and read again. */
function request(bytes: Buffer): SipRequest {
  const parsed = parse(bytes) as SipRequest;
  assert.ok(parsed instanceof SipRequest);
  const again = parse(serialize(parsed)) as SipRequest;
  assert.deepEqual(
    [...again.headers].slice(0, -1),
    [...parsed.headers].filter(([name]) => name !== 'Content-Length'),
  );
  assert.deepEqual(again.uri, parsed.uri);
  assert.equal(again.method, parsed.method);
  assert.deepEqual(again.body, parsed.body);
  return parsed;
}

const sdp = 'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n';

test('3.1.1.1 wsinv: folding and blanks everywhere, mixed long and compact names', () => {
  const head = String.raw`INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0
TO :
 sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n
from   : "J Rosenberg \\\""       <sip:jdrosen@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: wsinv.ndaksdj@192.0.2.1
Content-Length   : ${sdp.length}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    192.0.2.2;branch=390skdjuw
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
v:  SIP  / 2.0  / TCP     spindle.example.com   ;
  branch  =   z9hG4bK9ikj8  ,
 SIP  /    2.0   / UDP  192.168.255.111   ; branch=
 z9hG4bK30239
m:"Quoted string \"\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

`;
  const invite = request(Buffer.concat([wire(head), Buffer.from(sdp)]));
  assert.deepEqual([...invite.uri.params], [['unknownparam', null]]);
  assert.equal(invite.to.uri.user, 'vivekg');
  assert.equal(invite.toTag, '1918181833n');
  assert.equal(invite.from.displayName, 'J Rosenberg \\"');
  assert.equal(invite.fromTag, '98asjd8');
  assert.equal(invite.maxForwards, 68);
  assert.deepEqual(invite.cseq, { number: 9, method: 'INVITE' });
  assert.deepEqual(
    invite.vias.map((via) => [via.transport, via.host, via.params.get('branch')]),
    [
      ['UDP', '192.0.2.2', '390skdjuw'],
      ['TCP', 'spindle.example.com', 'z9hG4bK9ikj8'],
      ['UDP', '192.168.255.111', 'z9hG4bK30239'],
    ],
  );
  assert.equal(invite.headers.get('Subject'), '');
  assert.equal(invite.headers.get('newfangledheader'), 'newfangled value continued newfangled value');
  assert.equal(invite.headers.get('UnknownHeaderWithUnusualValue'), ';;,,;;,;');
  assert.deepEqual(
    [...invite.routes[0]!.uri.params],
    [
      ['lr', null],
      ['unknownwith', 'value'],
      ['unknown-no-value', null],
    ],
  );
  const contact = invite.contacts[0]!;
  assert.equal(contact.displayName, 'Quoted string ""');
  assert.deepEqual(
    [...contact.params],
    [
      ['newparam', 'newvalue'],
      ['secondparam', null],
      ['q', '0.33'],
    ],
  );
  assert.equal(invite.body.toString(), sdp);
});

test('3.1.1.2 intmeth: every character the grammar allows, a quoted NUL included', () => {
  const method = "!interesting-Method0123456789_*+`.%indeed'~";
  const user = "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*";
  const odd = request(
    message(`${method} sip:${user}:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0`, [
      "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
      `To: "BEL:\\\x07 NUL:\\\0 DEL:\\\x7f" <sip:${user}@example.com>`,
      "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
      'Call-ID: intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
      `CSeq: 139122385 ${method}`,
      'Max-Forwards: 255',
      "extensionHeader-!.%*+_`'~:\u{feff}大停電",
      'Content-Length: 0',
    ]),
  );
  assert.equal(odd.method, method);
  assert.equal(odd.uri.user, user);
  assert.equal(odd.uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  assert.equal(odd.branch, "z9hG4bK-.!%66*_+`'~");
  assert.equal(odd.to.displayName, 'BEL:\x07 NUL:\u{fffd} DEL:\x7f');
  assert.ok(odd.headers.get('To')?.includes('\\\0'));
  assert.equal(odd.from.displayName, "token1~` token2'+_ token3*%!.-");
  assert.equal(odd.from.params.get("fromparam''~+*_!.-%"), 'работающий');
  assert.equal(odd.fromTag, "_token~1'+`*%!-.");
  assert.equal(odd.callId, 'intmeth.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{');
  assert.equal(odd.headers.get("extensionheader-!.%*+_`'~"), '\u{feff}大停電');
});

test('3.1.1.3 esc01: escapes in URIs are undone once', () => {
  const invite = request(
    message('INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0', [
      'To: sip:%75se%72@example.com',
      'From: <sip:I%20have%20spaces@example.net>;tag=938',
      'Contact:\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>',
    ]),
  );
  assert.equal(invite.uri.user, 'sips:user@example.com');
  assert.equal(invite.to.uri.user, 'user');
  assert.equal(invite.from.uri.user, 'I have spaces');
  const { uri } = invite.contacts[0]!;
  assert.equal(uri.user, 'caller');
  assert.deepEqual(
    [...uri.params],
    [
      ['lr', null],
      ['name', 'value%41'],
    ],
  );
});

test('3.1.1.4 escnull: an escaped NUL does not end the user part', () => {
  const register = request(
    message('REGISTER sip:example.com SIP/2.0', [
      'To: sip:null-%00-null@example.com',
      'From: sip:null-%00-null@example.com;tag=839923423',
      'Contact: <sip:%00@host5.example.com>',
      'Contact: <sip:%00%00@host5.example.com>',
      'L:0',
    ]),
  );
  assert.equal(register.to.uri.user, 'null-\0-null');
  assert.deepEqual(
    register.contacts.map((contact) => contact.uri.user),
    ['\0', '\0\0'],
  );
});

test('3.1.1.5 esc02: % is no escape in a method, a display name or a header name', () => {
  const odd = request(
    message('RE%47IST%45R sip:registrar.example.com SIP/2.0', [
      'To: "%Z%45" <sip:resource@example.com>',
      'From: "%Z%45" <sip:resource@example.com>;tag=f232jadfj23',
      'Contact: <sip:alias1@host1.example.com>',
      'C%6Fntact: <sip:alias2@host2.example.com>',
      'Contact: <sip:alias3@host3.example.com>',
    ]),
  );
  assert.equal(odd.method, 'RE%47IST%45R');
  assert.equal(odd.to.displayName, '%Z%45');
  assert.deepEqual(
    odd.contacts.map((contact) => contact.uri.user),
    ['alias1', 'alias3'],
  );
});

test('3.1.1.6 lwsdisp: no blank between display name and <', () => {
  const options = request(
    message('OPTIONS sip:user@example.com SIP/2.0', ['From: caller<sip:caller@example.com>;tag=323']),
  );
  assert.equal(options.from.displayName, 'caller');
  assert.equal(options.fromTag, '323');
});

test('3.1.1.7 longreq: long values everywhere', () => {
  const long = (text: string, count: number) => text.repeat(count);
  const lines = [
    `To: "I have a user name of ${long('extreme', 10)} proportion"<sip:user@example.com:6000;unknownparam1=very${long('long', 20)}value;longparam${long('name', 25)}=shortvalue;very${long('long', 25)}ParameterNameWithNoValue>`,
    `F: sip:${long('amazinglylongcallername', 5)}@example.net;tag=12${long('982', 50)}424;unknownheaderparam${long('name', 20)}=unknowheaderparam${long('value', 15)};unknownValueless${long('paramname', 10)}`,
    `Call-ID: longreq.one${long('really', 20)}longcallid`,
    `Unknown-${long('Long', 20)}-Name: unknown-${long('long', 20)}-value; unknown-${long('long', 20)}-parameter-name = unknown-${long('long', 20)}-parameter-value`,
    ...Array.from({ length: 34 }, (_, i) => `Via: SIP/2.0/TCP sip${33 - i}.example.com`),
    `V: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very${long('long', 50)}branchvalue`,
    `Contact: <sip:${long('amazinglylongcallername', 5)}@host5.example.net>`,
    'Max-Forwards: 70',
  ];
  const invite = request(message('INVITE sip:user@example.com SIP/2.0', lines));
  assert.equal(invite.vias.length, 35);
  assert.equal(invite.to.uri.params.get(`longparam${long('name', 25)}`), 'shortvalue');
  assert.equal(invite.fromTag, `12${long('982', 50)}424`);
});

test('3.1.1.8 dblreq: what follows Content-Length in a datagram is ignored', () => {
  const second = message('INVITE sip:joe@example.com SIP/2.0', ['CSeq: 8 INVITE', 'Content-Length: 0']);
  const register = request(Buffer.concat([message('REGISTER sip:example.com SIP/2.0', ['Content-Length: 0']), second]));
  assert.equal(register.method, 'REGISTER');
  assert.equal(register.body.length, 0);
});

test('3.1.1.9 semiuri: a semicolon in the user part is no parameter', () => {
  const options = request(
    message('OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0', ['Accept: application/sdp']),
  );
  assert.equal(options.uri.user, 'user;par=u@example.net');
  assert.equal(options.uri.params.size, 0);
});

test('3.1.1.10 transports: known and unknown transports in Via', () => {
  const names = ['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'];
  const lines = names.map((name, i) => `Via: SIP/2.0/${name} t${i}.example.com;branch=z9hG4bKkdjuw${i}`);
  const options = request(message('OPTIONS sip:user@example.com SIP/2.0', lines));
  assert.deepEqual(
    options.vias.map((via) => via.transport),
    names,
  );
});

test('3.1.1.11 mpart01: a multipart body with bytes of every value is passed on as it is', () => {
  const binary = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const body = Buffer.concat([
    Buffer.from('--7a9cbec0\r\nContent-Type: text/plain\r\n\r\nHi\r\n--7a9cbec0\r\n\r\n'),
    binary,
  ]);
  const head = message('MESSAGE sip:kumiko@example.org SIP/2.0', [
    'Content-Type: multipart/mixed;boundary=7a9cbec0',
    `Content-Length: ${body.length}`,
  ]);
  assert.deepEqual(request(Buffer.concat([head, body])).body, body);
});

test('3.1.1.12 unreason: a reason phrase in UTF-8 with an escape in it', () => {
  const response = parse(message('SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое', ['CSeq: 35 INVITE']));
  assert.equal((response as SipResponse).reason, '= 2**3 * 5**2 но сто девяносто девять - простое');
  assert.ok(serialize(response).includes('простое'));
});

test('3.1.1.13 noreason: an empty reason phrase', () => {
  for (const line of ['SIP/2.0 100 ', 'SIP/2.0 100']) {
    const response = parse(message(line, ['CSeq: 35 INVITE'])) as SipResponse;
    assert.equal(response.status, 100);
    assert.equal(response.reason, '');
  }
});
