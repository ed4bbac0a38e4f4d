/** One odd element does not cost the message: what requests and responses need, and what is read of the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipRequest, type SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { createResponse } from './response.ts';
import { serialize } from './serialize.ts';
import { message } from './testing/wire.ts';
import { formatUri } from './uri.ts';

const options = 'OPTIONS sip:user@example.com SIP/2.0';

function read(startLine: string, lines: readonly string[], body = ''): SipRequest | SipResponse {
  const result = parseMessage(message(startLine, lines, body));
  assert.ok(result.ok, `${JSON.stringify(lines)}: ${result.ok ? '' : result.reason}`);
  return result.message;
}

const isRefused = (startLine: string, lines: readonly string[]) => !parseMessage(message(startLine, lines)).ok;

test('odd elements in any header cost neither a request nor a response', () => {
  const lines = [
    'Contact: ',
    'Contact: ,',
    'Contact: <>',
    'Contact: <sip:a@example.com:99999>',
    'Contact: <sip:a@exa mple.com>',
    'Contact: <sip:a@b',
    'Contact: "a <sip:a@b>',
    'Contact: *, <sip:a@example.com>',
    'Contact: sip:a@b?c=d',
    `Contact: <sip:a@b>${';p=1'.repeat(70)}`,
    'Route: nonsense',
    'Route: <sip:p;lr;lr>,,<>',
    'Record-Route: <sip:p1;lr>, nonsense ,',
    'Record-Route: ',
    'Via: SIP/2.0/UDP h;branch=z9hG4bK1, nonsense',
    'Via: ,SIP/2.0/UDP h;branch=z9hG4bK1;;rport;',
    'Via: SIP/2.0/UDP h:;branch=z9hG4bK==;x=a@b;y=',
    'From: <sip:@example.com>;tag=1',
    'From: <sip:a b@example.com>;tag=1;',
    'From: <nonsense>;tag=1;;x=',
    'From: Bell, Alexander <sip:a@b>;tag=1',
    'From: "A" <sip:a@b>;tag=1;tag=1',
    'To: <sip:%zz@b>',
    'To: <sip:a@b;x="y">;;',
    'Call-ID: abc==|#&$,;@1.2.3.4',
    'Expires: soon',
    'Supported: ,, 100rel ,',
    'Require: ,',
    'X-Odd Name: x',
    'no colon',
    ': no name',
    'P-Asserted-Identity: nonsense',
    'Content-Disposition: ;;;',
    'Reason: ,',
    'Warning: x',
    'Privacy: ;',
    'Timestamp: x',
    'RSeq: x',
    'Retry-After: x',
  ];
  for (const line of lines) {
    for (const startLine of [options, 'SIP/2.0 200 OK']) {
      const parsed = read(startLine, [line]);
      // Whatever a user agent reads, and what it makes of it, cannot fail.
      assert.ok(parsed.via.host === 'h' || parsed.via.host.endsWith('example.net'), line);
      assert.ok(
        [parsed.from, parsed.to, parsed.contacts, parsed.routes, parsed.recordRoutes, parsed.target].length > 0,
      );
      const again = parseMessage(serialize(parsed));
      assert.ok(again.ok, line);
      if (!(parsed instanceof SipRequest)) continue;
      parsed.stampVia([['received', '192.0.2.1']]);
      const answer = parseMessage(serialize(createResponse(parsed, 200, undefined, { toTag: 'ours' })));
      assert.ok(answer.ok, line);
      assert.equal(answer.message.toTag, 'ours', line);
      assert.equal(answer.message.via.params.get('received'), '192.0.2.1', line);
      assert.equal(answer.message.branch, parsed.branch, line);
    }
  }
});

test('of a list what can be read counts', () => {
  const contacts = (...lines: string[]) => read(options, lines).contacts.map(({ uri }) => formatUri(uri));
  assert.deepEqual(contacts('Contact: nonsense, <sip:a@b>;q=1,, <sip:c@d:0>', 'Contact: <sip:e@f>;'), [
    'sip:a@b',
    'sip:e@f',
  ]);
  assert.equal(formatUri(read(options, ['Contact: <mailto:x@y>, <sip:a@b;ob>']).target!), 'sip:a@b;ob');
  assert.equal(read(options, ['Contact: <mailto:x@y>, nonsense']).target, null);
  assert.equal(formatUri(read(options, ['Contact: <tel:+1>']).target!), 'tel:+1');
  assert.deepEqual(
    read(options, ['Record-Route: <sip:p1;lr>, nonsense', 'Record-Route: ;, <sip:p2;lr>']).recordRoutes.length,
    2,
  );
  const { vias } = read('SIP/2.0 200 OK', ['Via: ,SIP/2.0/UDP one, nonsense', 'Via: SIP/2.0/UDP two']);
  assert.deepEqual(
    vias.map(({ host }) => host),
    ['one', '', 'two'],
    'how many there are counts',
  );
});

test('a Via is given back as it came, but for what we were asked to write into it', () => {
  const stamped = (via: string) => {
    const request = read(options, [`Via: ${via}`, 'Via: SIP/2.0/UDP below']) as SipRequest;
    request.stampVia([
      ['rport', '5070'],
      ['received', '192.0.2.1'],
    ]);
    const [first, ...others] = request.headers.getAll('Via');
    assert.deepEqual(others.at(-1), 'SIP/2.0/UDP below');
    return first;
  };
  assert.equal(
    stamped('SIP / 2.0 / UDP h : 5060 ; rport ;branch=z9hG4bK{a}=='),
    'SIP / 2.0 / UDP h : 5060 ;rport=5070;branch=z9hG4bK{a}==;received=192.0.2.1',
  );
  assert.equal(stamped('SIP/2.0/UDP h;received=10.0.0.1;i=1;'), 'SIP/2.0/UDP h;received=192.0.2.1;i=1;rport=5070');
  assert.equal(stamped('SIP/2.0/UDP h ,SIP/2.0/UDP i;rport'), 'SIP/2.0/UDP h;rport=5070;received=192.0.2.1');
});

test('whom nobody has to send to may be named by nonsense', () => {
  const { from, fromTag } = read(options, ['From: "Ann" <sip:a b@c>;tag=1;x']);
  assert.deepEqual([from.displayName, from.uri.scheme, from.uri.user, fromTag], ['Ann', 'other', null, '1']);
  assert.equal(read(options, ['To: <sip:a@b>;tag=']).toTag, null);
  assert.equal(read(options, ['To: <sip:a@b>;tag']).toTag, null);
});

test('a response is not lost for what its handling does not need', () => {
  const ok = 'SIP/2.0 200 OK';
  const kept: [lines: string[], toTag: string | null][] = [
    [['From: "Ann <sip:a@b>;tag=1', 'To: <sip:a@b>;tag=2'], '2'],
    [['To: "Bob <sip:a@b>;tag=2'], '2'],
    [['To: <sip:a@b>;tag=2;tag=3'], '2'],
    [['To: <sip:a@b'], null],
    [['To: <sip:a@b>;tag=2', 'To: <sip:c@d>;tag=3'], '2'],
    [['To: <sip:a@b>;tag=2', 'Max-Forwards: x', 'Max-Forwards: 1'], '2'],
    [['To: <sip:a@b>;tag=2', 'Expires: 1', 'Expires: 2'], '2'],
    [['To: <sip:a@b>;tag=2', 'Content-Type: a/b', 'Content-Type: c/d'], '2'],
    [['To: <sip:a@b>;tag=2', 'Content-Length: x'], '2'],
    [['To: <sip:a@b>;tag=2', 'Call-ID: a b'], '2'],
  ];
  const bare = ['SIP/2.0 200 OK', 'Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'CSeq: 1 INVITE', '', ''].join('\r\n');
  const left = parseMessage(Buffer.from(bare));
  assert.ok(left.ok);
  assert.deepEqual([left.message.callId, left.message.fromTag, left.message.toTag], ['', null, null]);
  for (const [lines, toTag] of kept) assert.equal(read(ok, lines).toTag, toTag, lines.join());
  assert.equal(read(ok, ['Content-Length: x'], 'body').body.toString(), 'body');
});

test('strict is what says which transaction and dialog it is, how long it is, and how far it has come', () => {
  for (const lines of [
    ['Via: '],
    ['Via: nonsense, SIP/2.0/UDP h;branch=z9hG4bK1'],
    ['Via: SIP/2.0/UDP h;branch=z9hG4bK1;branch=z9hG4bK2'],
    ['CSeq: x OPTIONS'],
    ['Subject: a\0b'],
  ]) {
    assert.ok(isRefused(options, lines), lines.join());
    assert.ok(isRefused('SIP/2.0 200 OK', lines), lines.join());
  }
  for (const lines of [
    ['From: <sip:a@b>;tag=1;tag=2'],
    ['From: <sip:a@b>;tag="1'],
    ['To: <sip:a@b;tag=1'],
    ['Call-ID: a', 'Call-ID: a'],
    ['Max-Forwards: x'],
    ['Content-Length: x'],
    ['Content-Type: a/b', 'Content-Type: a/b'],
    ['Expires: 1', 'Expires: 1'],
  ]) {
    assert.ok(isRefused(options, lines), lines.join());
  }
});
