import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallerId } from '../../call/model/device.ts';
import type { Redirection } from '../../call/model/redirection.ts';
import { SipRequest } from '../../sip/message/message.ts';
import { parseMessage } from '../../sip/message/parse.ts';
import { message } from '../../sip/message/testing/wire.ts';
import { parseUri } from '../../sip/message/uri.ts';
import { redirectionHeaders, redirectionsIn } from './redirecting-numbers.ts';

function inviteWith(lines: readonly string[]): SipRequest {
  const head = [
    'Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1',
    'Max-Forwards: 70',
    'From: <sip:1@x>;tag=1',
    'To: <sip:2@x>',
    'Call-ID: 1',
    'CSeq: 1 INVITE',
    'Contact: <sip:198.51.100.7>',
  ];
  const limits = { head: 256 * 1024, headers: 1000, uri: 8192, body: 1024 };
  const parsed = parseMessage(message('INVITE sip:2@x SIP/2.0', [...head, ...lines]), limits);
  assert.ok(parsed.ok && parsed.message instanceof SipRequest, JSON.stringify(parsed));
  return parsed.message;
}

const external = ({ number, name }: CallerId) => ({ kind: 'external', number, name }) as const;
const read = (...lines: string[]) =>
  redirectionsIn({ request: inviteWith(lines) }, external).map(({ by, reason }) =>
    by === null ? `? ${reason}` : `${by.number}${by.name === '' ? '' : ` "${by.name}"`} ${reason}`,
  );

test('Diversion is read newest first, with its reasons, several in one line or in several (RFC 5806)', () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], []],
    [['Diversion: <sip:101@x>;reason=user-busy'], ['101 busy']],
    [
      ['Diversion: <sip:102@x>;reason=no-answer, "A, B" <tel:+1-555-0101>;reason=unconditional;counter=1'],
      ['+15550101 "A, B" unconditional', '102 noAnswer'],
    ],
    [
      ['Diversion: <sip:102@x>;reason="no-answer"', 'Diversion: <sip:101@x;user=phone>;REASON=Deflection'],
      ['101 deflected', '102 noAnswer'],
    ],
    [
      ['Diversion: <sip:101@x>;reason=away;privacy=off;screen=yes', 'Diversion: <sip:100@x>;reason=own-word'],
      ['100 unknown', '101 unconditional'],
    ],
    [['Diversion: <sip:102@x>;counter=3;reason=do-not-disturb'], ['? unknown', '? unknown', '102 busy']],
    // What cannot be read costs only itself.
    [['Diversion: <sip:101@x', 'Diversion: <sip:102@x>'], ['102 unknown']],
    [['Diversion: <sip:101@x>;counter=abc'], ['101 unknown']],
  ];
  for (const [lines, told] of cases) assert.deepEqual(read(...lines), told, lines.join('\n'));
});

test('History-Info: who a later entry was made from, by cause or mp (RFC 7044, RFC 4458)', () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['History-Info: <sip:101@x>;index=1'], []],
    [['History-Info: <sip:101@x>;index=1, <sip:102@x;cause=302>;index=1.1;mp=1'], ['101 unconditional']],
    [
      [
        'History-Info: <sip:101@x>;index=1, <sip:102@x;cause=486>;index=1.1',
        'History-Info: <sip:103@x;cause=408>;index=1.1.1;mp=1.1',
      ],
      ['101 busy', '102 noAnswer'],
    ],
    // A proxy on the way that only found the contact (rc) has sent nothing on.
    [
      ['History-Info: <sip:101@x>;index=1, <sip:101@10.0.0.9>;index=1.1;rc=1, <sip:102@x>;index=1.2;mp=1'],
      ['101 unknown'],
    ],
    [['History-Info: <sip:101@x>;index=1, <sip:102@x;cause=302>;index=1.1;mp=9.9'], []],
    [['History-Info: <sip:101@x;cause=302>;index=1;mp=1'], []],
  ];
  for (const [lines, told] of cases) assert.deepEqual(read(...lines), told, lines.join('\n'));
  const both = [
    'Diversion: <sip:101@x>;reason=user-busy',
    'History-Info: <sip:101@x>;index=1, <sip:102@x;cause=486>;index=1.1;mp=1',
  ];
  assert.deepEqual(read(...both), ['101 busy']);
});

test('who wants to stay unknown is, and counts all the same (RFC 3323, 5806 and 7044)', () => {
  const one = 'Diversion: "A" <sip:101@x>;reason=user-busy';
  for (const line of [`${one};privacy=full`, `${one};privacy=uri`, `${one};privacy="full"`])
    assert.deepEqual(read(line), ['? busy']);
  assert.deepEqual(read(`${one};privacy=name`), ['101 busy']);
  for (const privacy of ['history', 'id;history', 'header', 'session', 'id; critical ;HISTORY'])
    assert.deepEqual(read(one, `Privacy: ${privacy}`), ['? busy']);
  // The caller's own wish is about the caller.
  for (const privacy of ['id', 'none']) assert.deepEqual(read(one, `Privacy: ${privacy}`), ['101 "A" busy']);
  const hidden = 'History-Info: <sip:101@x?Privacy=history>;index=1, <sip:102@x;cause=302>;index=1.1;mp=1';
  assert.deepEqual(read(hidden), ['? unconditional']);
  assert.deepEqual(
    read('History-Info: <sip:anonymous@anonymous.invalid>;index=1, <sip:1@x;cause=302>;index=1.1;mp=1'),
    ['? unconditional'],
  );
});

test('hostile histories are bounded: the first and the latest are kept, and nothing is shown that cannot be seen', () => {
  const many = Array.from({ length: 300 }, (_, at) => `Diversion: <sip:${1000 - at}@x>;counter=99`);
  const kept = read(...many);
  assert.equal(kept.length, 5);
  assert.equal(kept.at(-1), '1000 unknown');
  assert.deepEqual(read('Diversion: <sip:5@x>;counter=1e9').length, 5);
  const [long] = redirectionsIn(
    { request: inviteWith([`Diversion: "${'n'.repeat(500)}" <sip:${'1'.repeat(500)}@x>`]) },
    external,
  );
  assert.ok(long?.by?.kind === 'external' && long.by.number.length <= 40 && long.by.name.length <= 64);
});

test('what is sent says it both ways, and is read as it was; who is not to be shown is not', () => {
  const redirections: readonly Redirection[] = [
    { by: external({ number: '101', name: 'Alice "A"' }), reason: 'busy' },
    { by: null, reason: 'unconditional' },
    { by: external({ number: '103', name: '' }), reason: 'noAnswer' },
  ];
  const target = parseUri('sip:104@10.0.0.9;transport=tcp')!;
  const plain = (device: Parameters<Parameters<typeof redirectionHeaders>[3]>[0]) => device;
  const headers = redirectionHeaders(redirections, target, 'x.test', plain);
  assert.deepEqual(headers, [
    [
      'Diversion',
      '<sip:103@x.test>;reason=no-answer;counter=1;privacy=off, ' +
        '<sip:anonymous@anonymous.invalid>;reason=unconditional;counter=1;privacy=full, ' +
        '"Alice \\"A\\"" <sip:101@x.test>;reason=user-busy;counter=1;privacy=off',
    ],
    [
      'History-Info',
      '"Alice \\"A\\"" <sip:101@x.test>;index=1, <sip:anonymous@anonymous.invalid;cause=486>;index=1.1;mp=1, ' +
        '<sip:103@x.test;cause=302>;index=1.1.1;mp=1.1, <sip:104@10.0.0.9;cause=408>;index=1.1.1.1;mp=1.1.1',
    ],
  ]);
  const told = ['101 "Alice "A"" busy', '? unconditional', '103 noAnswer'];
  for (const [name, value] of headers) assert.deepEqual(read(`${name}: ${value}`), told);
  const anonymous = redirectionHeaders(redirections.slice(2), target, 'x.test', () => ({ name: 'X', number: '' }));
  assert.doesNotMatch(anonymous.join(), /103|X/);
  assert.deepEqual(redirectionHeaders([], target, 'x.test', plain), []);
});
