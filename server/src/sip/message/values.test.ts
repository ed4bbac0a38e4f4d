import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { Headers } from './headers.ts';
import { SipRequest } from './message.ts';
import { formatNameAddr, parseNameAddr, withTag } from './name-addr.ts';
import { formatParams, parseParams, withParam } from './params.ts';
import { parseMessage } from './parse.ts';
import { createResponse } from './response.ts';
import { serialize } from './serialize.ts';
import { message } from './testing/wire.ts';
import { formatUri, parseUri, sameUri, sipUri } from './uri.ts';
import { parseVia } from './via.ts';

test('URIs come out as they went in', () => {
  for (const text of [
    'sip:alice@example.com',
    'sip:alice:pw@example.com:5061;transport=tcp;lr?subject=a%20b&priority=urgent',
    'sips:%D1%8F@[2001:db8::1]:5061',
    'sip:%FF%FEx@example.com',
    'sip:0003*211@192.0.2.1;user=phone',
    'sip:example.com',
    'tel:+1-201-555-0123;phone-context=example.com',
    'urn:service:sos',
  ]) {
    const uri = parseUri(text);
    assert.ok(uri !== null, text);
    assert.equal(formatUri(uri), text);
  }
  assert.equal(parseUri('sip:J%C3%BCrgen@example.com')?.user, 'Jürgen');
  assert.equal(formatUri(parseUri('sip:a%2Ab@h')!), 'sip:a*b@h');
  assert.equal(formatUri(parseUri('sip:12#3@h')!), 'sip:12%233@h');
});

test('what is no URI is null', () => {
  for (const text of [
    '',
    'sip',
    'sip:',
    ':a',
    'sip:@',
    'sip:a@',
    'sip:a b@h',
    'sip:a<b@h',
    'sip:a@h:65536',
    'sip:a@h:0',
    'sip:a@h:x',
    'sip:a@h x',
    'sip:a@h,b',
  ]) {
    assert.equal(parseUri(text), null, text);
  }
  for (const text of [
    `sip:a@h${';b'.repeat(65)}`,
    `sip:a@h?${'b&'.repeat(65)}`,
    'sip:%4@h',
    'sip:%zz@h',
    'sip:a@h@i',
    'tel:',
    'tel:x',
    'http:',
    '1a:b',
    'a:b c',
  ]) {
    assert.equal(parseUri(text), null, text);
  }
});

test('URIs that the grammar does not allow and peers send: what is odd is kept for them', () => {
  const table: [text: string, written: string, params?: string][] = [
    ['sip:@h', 'sip:@h'],
    ['sip:a@h:', 'sip:a@h'],
    ['sip:a@h;', 'sip:a@h'],
    ['sip:a@h;;b;;', 'sip:a@h;b', 'b'],
    ['sip:a@h:;b', 'sip:a@h;b', 'b'],
    ['sip:a@h;b=', 'sip:a@h;b=', 'b='],
    ['sip:a@h;=b', 'sip:a@h;=b', ''],
    ['sip:a@h;b;B', 'sip:a@h;b;B', 'b'],
    ['sip:a@h;alias=1~2~3;alias=1~2~3;ob', 'sip:a@h;alias=1~2~3;ob;alias=1~2~3', 'alias=1~2~3 ob'],
    ['sip:a@h;transport=udp;transport=tcp', 'sip:a@h;transport=udp;transport=tcp', 'transport=udp'],
    ['sip:a@h;thinfo="VG8+PoIU=";ob', 'sip:a@h;ob;thinfo="VG8+PoIU="', 'ob'],
    ['sip:a@h;thinfo=VG8+PoIU==', 'sip:a@h;thinfo=VG8+PoIU==', ''],
    ['sip:a@h;b=%zz;c', 'sip:a@h;c;b=%zz', 'c'],
    ['sip:a@h;b={x|y}', 'sip:a@h;b={x|y}', ''],
    ['sip:a@h;b=ü;c d;e', 'sip:a@h;e', 'e'],
    ['sip:a@h?', 'sip:a@h'],
    ['sip:a@h?b', 'sip:a@h?b='],
    ['sip:a@h?b=%zz&c=d&', 'sip:a@h?c=d'],
    ['sip:DOMAIN\\jane@h', 'sip:DOMAIN%5Cjane@h'],
    ['sip:{1|2}^@h', 'sip:%7B1%7C2%7D%5E@h'],
    ['sip:Jürgen%20B@h', 'sip:J%C3%BCrgen%20B@h'],
    ['sip:\u{1f4de}@h', 'sip:%F0%9F%93%9E@h'],
    ['tel:+1;a;A=2', 'tel:+1;a;A=2', 'a'],
  ];
  for (const [text, written, params = ''] of table) {
    const uri = parseUri(text);
    assert.ok(uri !== null, text);
    assert.equal(formatUri(uri), written);
    const shown = [...uri.params].map(([name, value]) => (value === null ? name : `${name}=${value}`)).join(' ');
    assert.equal(shown, params, text);
    assert.deepEqual(parseUri(written), uri, 'read again it is the same');
  }
});

test('URIs are compared by RFC 3261 §19.1.4', () => {
  const same = (a: string, b: string) => sameUri(parseUri(a)!, parseUri(b)!);
  assert.ok(same('sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'));
  assert.ok(same('sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'));
  assert.ok(same('sip:carol@chicago.com;newparam=5', 'sip:carol@chicago.com;security=on'));
  assert.ok(same('sip:a@b.com?subject=x&priority=urgent', 'sip:a@b.com?priority=urgent&subject=x'));
  assert.ok(!same('SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'));
  assert.ok(!same('sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'));
  assert.ok(!same('sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'));
  assert.ok(!same('sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'));
  assert.ok(!same('sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next'));
  assert.ok(!same('sip:a@b', 'sips:a@b'));
});

test('name-addrs: display names, brackets, parameters', () => {
  const round = (text: string) => formatNameAddr(parseNameAddr(text)!);
  assert.equal(round('sip:a@b;tag=x'), '<sip:a@b>;tag=x');
  assert.equal(round('<sip:a@b;p>;tag=x'), '<sip:a@b;p>;tag=x');
  assert.equal(round('Bob <sip:a@b>'), 'Bob <sip:a@b>');
  assert.equal(round('Bob Smith <sip:a@b>'), '"Bob Smith" <sip:a@b>');
  assert.equal(round('"a \\"b\\" \\\\" <sip:a@b>'), '"a \\"b\\" \\\\" <sip:a@b>');
  assert.equal(round('<sip:a@b>;+sip.instance="<urn:uuid:1>"'), '<sip:a@b>;+sip.instance="<urn:uuid:1>"');
  assert.equal(parseNameAddr('sip:a@b;x="<y>"')?.params.get('x'), '<y>');
  assert.equal(parseNameAddr('"" <sip:a@b>')?.displayName, '');
  for (const text of ['', '<sip:a@b', 'sip:a@b>', '"a <sip:a@b>', '<sip:a@b> x', '<>', 'a <>', '<sip:a@b>;x="y']) {
    assert.equal(parseNameAddr(text), null, text);
  }
});

test('display names that ought to stand in quotes', () => {
  const read = (text: string) => {
    const { displayName, uri, params } = parseNameAddr(text)!;
    return [displayName, formatUri(uri), params.get('tag') ?? null];
  };
  const table: [text: string, name: string][] = [
    ['Bell, Alexander', 'Bell, Alexander'],
    ['a: b', 'a: b'],
    ['Smith; John', 'Smith; John'],
    ['Dwayne "The Rock" Johnson', 'Dwayne "The Rock" Johnson'],
    ['"Ann" (Sales)', 'Ann (Sales)'],
    ['ann@example.com', 'ann@example.com'],
    ['\\o/', '\\o/'],
    ['Jürgen', 'Jürgen'],
  ];
  for (const [text, name] of table) assert.deepEqual(read(`${text} <sip:a@b>;tag=1`), [name, 'sip:a@b', '1'], text);
  assert.deepEqual(read('"Ann" sip:a@b;tag=1'), ['Ann', 'sip:a@b', '1']);
  assert.deepEqual(read('sip:a@b;x="<sip:c@d>";tag=1'), [null, 'sip:a@b', '1']);
});

test('a tag is added where there is none, or none but in name', () => {
  assert.equal(withTag('<sip:a@b>', 't'), '<sip:a@b>;tag=t');
  assert.equal(withTag('<sip:a@b>;', 't'), '<sip:a@b>;tag=t');
  assert.equal(withTag('<sip:a@b;tag=x> ; y ;; ', 't'), '<sip:a@b;tag=x> ; y;tag=t');
  assert.equal(withTag('"a;tag=x" <sip:a@b>;tag=', 't'), '"a;tag=x" <sip:a@b>;tag=t');
  assert.equal(withTag('<sip:a@b>;tag;x', 't'), '<sip:a@b>;tag=t;x');
  assert.equal(withTag('sip:a@b;x', 't'), 'sip:a@b;x;tag=t');
  for (const has of ['<sip:a@b>;tag=x', '<sip:a@b>;;TAG = x', 'sip:a@b;tag=x;tag=x'])
    assert.equal(withTag(has, 't'), has);
});

test('parameters: what the grammar does not allow and peers send', () => {
  const read = (text: string) => {
    const params = parseParams(text, 0);
    return params === null
      ? null
      : [...params].map(([name, value]) => (value === null ? name : `${name}=${value}`)).join(' ');
  };
  const table: [text: string, read: string | null][] = [
    ['', ''],
    ['  ', ''],
    [';', ''],
    [' ; ; ;a ; ', 'a'],
    [';a=1;;b;', 'a=1 b'],
    [';a;A=2;a=3', 'a'],
    [';a=1;a=1', 'a=1'],
    [';a=', 'a='],
    [';a=;b', 'a= b'],
    [';a="";b=" x;y "', 'a= b= x;y '],
    [';=1;b', 'b'],
    [';a=b=c==', 'a=b=c=='],
    [';a=x@y/{z},', 'a=x@y/{z},'],
    [';a@b=1;c', 'c'],
    [';a b c=1;d', 'a d'],
    [';a=1 2 3;d', 'a=1 d'],
    [';a="x" y;d', 'a=x d'],
    [';a=\x01;d', 'd'],
    [';tag=x;tag=x', 'tag=x'],
    [';tag=x;TAG=y', null],
    [';branch=x;branch', null],
    [';tag=x y', null],
    [';a="b', null],
    ['a', null],
    [' a;b', null],
    [',', null],
  ];
  for (const [text, expected] of table) assert.equal(read(text), expected, JSON.stringify(text));
  const many = Array.from({ length: 64 }, (_, i) => `;p${i}`).join('');
  assert.equal(parseParams(`${many};p1;;`, 0)?.size, 64);
  assert.equal(parseParams(`${many};p64`, 0), null);
});

test('a parameter is written where it stood, or last, and nothing else is touched', () => {
  const via = (text: string, name = 'rport', value = '5') => withParam(`h${text}`, 1, name, value).slice(1);
  assert.equal(via(''), ';rport=5');
  assert.equal(via(';'), ';rport=5');
  assert.equal(via(';rport;branch=a=='), ';rport=5;branch=a==');
  assert.equal(via(' ; branch="x;y" ; RPORT = 1 ;z'), ' ; branch="x;y" ;rport=5;z');
  assert.equal(via(';a;;'), ';a;rport=5');
  assert.equal(via(';a@b;c'), ';a@b;c;rport=5');
  assert.equal(via(';c;a@b ; ;'), ';c;a@b;rport=5', 'what is odd stays');
  assert.equal(via(';rport;rport'), ';rport=5;rport');
});

test('Vias are read tidied', () => {
  const { transport, host, port, params } = parseVia('sip / 2.0 / tcp h : 5061 ;rport; branch = x ')!;
  assert.deepEqual([transport, host, port, formatParams(params)], ['TCP', 'h', 5061, ';rport;branch=x']);
  for (const text of [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0/ h',
    'HTTP/1.1/TCP h',
    'SIP/2.0/UDP h x',
    'SIP/2.0/UDPh',
  ]) {
    assert.equal(parseVia(text), null, text);
  }
});

test('headers: order, case, compact names, lists', () => {
  const headers = new Headers();
  headers.append('v', 'one, two');
  headers.append('x-Custom', 'a,b');
  headers.append('VIA', 'three');
  headers.prepend('Via', 'zero');
  assert.deepEqual(
    [...headers],
    [
      ['Via', 'zero'],
      ['Via', 'one, two'],
      ['x-Custom', 'a,b'],
      ['Via', 'three'],
    ],
  );
  assert.deepEqual(headers.getAll('via'), ['zero', 'one', 'two', 'three']);
  assert.deepEqual(headers.getAll('X-CUSTOM'), ['a,b']);
  headers.remove('X-custom');
  const copy = headers.clone();
  headers.set('Via', 'only');
  assert.deepEqual(headers.getAll('Via'), ['only']);
  assert.equal(copy.count('Via'), 3);
  copy.remove('Via');
  assert.equal(copy.has('v'), false);
  headers.set('Via', 'a "x,y" <u,v>, b');
  headers.replaceFirst('Via', 'new');
  assert.equal(headers.get('Via'), 'new, b');
  assert.equal(headers.get('Subject'), null);
});

test('nothing that is written can hold a second line', () => {
  const headers = new Headers();
  for (const bad of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\0']) {
    for (const write of ['set', 'append', 'prepend', 'replaceFirst'] as const) {
      assert.throws(() => headers[write]('Subject', bad), AppError);
    }
  }
  assert.throws(() => headers.set('Sub ject', 'a'), AppError);
  assert.throws(() => headers.set('', 'a'), AppError);
  assert.throws(() => serialize(new SipRequest('A B', sipUri('a', 'b'))), AppError);
  assert.throws(() => serialize(new SipRequest('A', sipUri('a', 'b c\r\n'))), AppError);
  assert.equal(formatUri(sipUri('a\r\n', 'b')), 'sip:a%0D%0A@b');
  const response = createResponse(new SipRequest('A', sipUri(null, 'b')), 200, 'OK\r\nX: y');
  assert.throws(() => serialize(response), AppError);
});

test('typed getters follow the headers', () => {
  const parsed = parseMessage(message('INVITE sip:a@b SIP/2.0', []));
  assert.ok(parsed.ok);
  const request = parsed.message as SipRequest;
  assert.equal(request.toTag, null);
  request.headers.set('To', '<sip:x@y>;tag=2');
  assert.equal(request.toTag, '2');
  request.stampVia([['received', '192.0.2.1']]);
  assert.equal(request.via.params.get('received'), '192.0.2.1');
  assert.equal(request.clone().via.params.get('received'), '192.0.2.1');
  request.headers.remove('From');
  assert.throws(() => request.from, AppError);
});

test('text that is no UTF-8 is read as ISO 8859-1 and written as UTF-8', () => {
  const bytes = message('OPTIONS sip:a@b SIP/2.0', ['Subject: J?rgen']);
  bytes[bytes.indexOf('?')] = 0xfc;
  const parsed = parseMessage(bytes);
  assert.ok(parsed.ok);
  assert.equal(parsed.message.headers.get('Subject'), 'Jürgen');
  assert.ok(serialize(parsed.message).includes('Subject: Jürgen'));
});

test('a response has what RFC 3261 §8.2.6 asks for', () => {
  const parsed = parseMessage(
    message('INVITE sip:a@b SIP/2.0', [
      'Via: SIP/2.0/UDP one;branch=z9hG4bK1, SIP/2.0/UDP two',
      'Via: SIP/2.0/UDP three',
      'Timestamp: 54',
    ]),
  );
  assert.ok(parsed.ok);
  const request = parsed.message as SipRequest;
  const ringing = createResponse(request, 180, undefined, { toTag: 't', headers: [['Contact', '<sip:us>']] });
  assert.deepEqual(
    ringing.vias.map((via) => via.host),
    ['one', 'two', 'three'],
  );
  assert.deepEqual([ringing.reason, ringing.toTag, ringing.fromTag], ['Ringing', 't', '242etr']);
  assert.deepEqual([ringing.callId, ringing.cseq], [request.callId, request.cseq]);
  const trying = createResponse(request, 100, undefined, { toTag: 't' });
  assert.deepEqual([trying.toTag, trying.headers.get('Timestamp')], [null, '54']);
  request.headers.set('To', '<sip:a@b>;tag=theirs');
  assert.equal(createResponse(request, 200, undefined, { toTag: 't' }).toTag, 'theirs');
  const withBody = createResponse(request, 200, undefined, { body: 'v=0\r\nü' });
  assert.match(serialize(withBody).toString(), /Content-Type: application\/sdp\r\nContent-Length: 7\r\n\r\nv=0\r\nü$/);
});
