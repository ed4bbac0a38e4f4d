import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { leastProcessorMs } from '../../base/testing/processor-time.ts';
import { understood } from './bodies.ts';
import { parseMessage } from './parse.ts';
import { message } from './testing/wire.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_120);
const sdp = 'v=0\r\ns=-\r\n';

/** What stands in a body of that type, by somebody who understands SDP alone: its text, null, or `415`. */
function read(type: string | null, body: string | Buffer, ...headers: string[]): string | null {
  const lines = [...(type === null ? [] : [`Content-Type: ${type}`]), ...headers];
  const bytes = Buffer.concat([message('INVITE sip:a@b SIP/2.0', lines), Buffer.from(body)]);
  const parsed = parseMessage(bytes);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.reason);
  const { found, refused } = understood(parsed.message, (one) =>
    one.type === 'application/sdp' ? one.content.toString('utf8') : null,
  );
  return refused ? '415' : found;
}

const part = (type: string, content: string, ...more: string[]) =>
  [`Content-Type: ${type}`, ...more, '', content].join('\r\n');
const wrap = (boundary: string, ...parts: string[]) =>
  `${parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('')}--${boundary}--\r\n`;
const session = part('application/sdp', sdp);
const isup = part('application/isup;version=itu-t92+', '\x01\x11', 'Content-Disposition: signal;handling=optional');
const needed = part('application/x-needed', 'x', 'Content-Disposition: render;handling=required');
const location = part('application/pidf+xml', '<presence/>', 'Content-ID: <x@y>');

test('a single body: understood, to be ignored, or refused', () => {
  const optional = 'Content-Disposition: signal;handling=optional';
  assert.equal(read('application/sdp', sdp), sdp);
  assert.equal(read('Application/SDP ; charset=utf-8', sdp), sdp);
  assert.equal(read(' application / sdp', sdp), sdp, 'SLASH has blanks around it (RFC 3261 §25.1)');
  assert.equal(read('multipart / mixed ; boundary = "b"', wrap('b', session)), sdp);
  assert.equal(read(null, ''), null);
  assert.equal(read('application/isup', 'x'), '415');
  assert.equal(read('application/isup', 'x', optional), null);
  assert.equal(read('application/isup', 'x', 'Content-Disposition: signal ; Handling = "OPTIONAL"'), null);
  assert.equal(read('application/isup', 'x', 'Content-Disposition: signal;handling=required'), '415');
  assert.equal(read('application/isup', 'x', 'Content-Disposition: signal'), '415');
  assert.equal(read('application/sdp', sdp, 'Content-Disposition: session;handling=required'), sdp);
  assert.equal(read('application/sdp', sdp, 'Content-Encoding: identity'), sdp);
  assert.equal(read('application/sdp', sdp, 'Content-Encoding: gzip'), '415');
  assert.equal(read('application/sdp', sdp, 'Content-Encoding: gzip', optional), null);
  assert.equal(read('multipart/mixed', 'x'), '415', 'no boundary');
  assert.equal(read('multipart/mixed;boundary=b', 'x'), '415', 'no parts');
});

test('multipart/mixed: the session description wherever it stands', () => {
  const mixed = 'multipart/mixed;boundary=b';
  assert.equal(read(mixed, wrap('b', session)), sdp);
  assert.equal(read(mixed, wrap('b', session, isup)), sdp);
  assert.equal(read(mixed, wrap('b', isup, session)), sdp);
  assert.equal(read(mixed, wrap('b', location, session, location)), sdp);
  assert.equal(read(mixed, wrap('b', session, needed)), '415');
  assert.equal(read(mixed, wrap('b', needed, session)), '415');
  assert.equal(read(mixed, wrap('b', isup)), null);
  assert.equal(read(mixed, wrap('b', location)), '415', 'nothing said, nothing understood');
  assert.equal(read(mixed, wrap('b', location), 'Content-Disposition: render;handling=optional'), null);
  assert.equal(read(mixed, wrap('b', isup), 'Content-Disposition: session;handling=required'), '415');
  // RFC 2046 §5.1.3: kinds that are not known are mixed.
  assert.equal(read('multipart/related;boundary=b', wrap('b', session, location)), sdp);
});

test('multipart/alternative: the last that is understood', () => {
  const alternative = 'multipart/alternative;boundary=b';
  const better = part('application/sdp', 'v=0 better');
  assert.equal(read(alternative, wrap('b', session, better)), 'v=0 better');
  assert.equal(read(alternative, wrap('b', session, location)), sdp);
  assert.equal(read(alternative, wrap('b', session, needed)), sdp);
  assert.equal(read(alternative, wrap('b', needed, location)), '415');
  assert.equal(read(alternative, wrap('b', needed), 'Content-Disposition: session;handling=optional'), null);
});

test('one inside another, boundaries that begin alike included', () => {
  const inner = (kind: string, boundary: string, ...parts: string[]) =>
    part(`multipart/${kind};boundary=${boundary}`, wrap(boundary, ...parts));
  const mixed = 'multipart/mixed;boundary=b';
  assert.equal(read(mixed, wrap('b', inner('alternative', 'bb', location, session), isup)), sdp);
  assert.equal(read(mixed, wrap('b', isup, inner('mixed', 'b-2', session, location))), sdp);
  assert.equal(
    read('multipart/alternative;boundary=b', wrap('b', session, inner('mixed', 'c', location, needed))),
    sdp,
  );
  let deep = session;
  for (let depth = 0; depth < 100; depth++) deep = inner('mixed', `x${depth}x`, deep);
  assert.equal(read(mixed, wrap('b', deep)), '415', 'no deeper than real ones');
});

test('boundaries, headers and line ends as they are written', () => {
  const mixed = (boundary: string) => `multipart/mixed;boundary=${boundary}`;
  assert.equal(read(mixed('"b"'), wrap('b', session)), sdp);
  assert.equal(read(mixed('"with (all) \'+_,-./:=? in it"'), wrap("with (all) '+_,-./:=? in it", session)), sdp);
  assert.equal(read(mixed('----=_Part_1=='), wrap('----=_Part_1==', session)), sdp);
  assert.equal(read('Multipart/Mixed ; Boundary = b ; x=y;', wrap('b', session)), sdp);
  assert.equal(
    read(mixed('b'), `A preamble\r\n--bb\r\n--b--x\r\n${wrap('b', session)}an epilogue --b\r\n--b\r\n`),
    sdp,
  );
  assert.equal(read(mixed('b'), `--b  \r\n${session}\r\n--b\t\r\n${isup}\r\n--b--`), sdp);
  assert.equal(read(mixed('b'), `--b\r\n${session}`), sdp, 'never closed');
  assert.equal(read(mixed('b'), wrap('b', isup, session).replaceAll('\r\n', '\n')), sdp.replaceAll('\r\n', '\n'));
  assert.equal(read(mixed('b'), wrap('b', `content-type:\r\n  application/sdp\r\n\r\n${sdp}`)), sdp);
  assert.equal(read(mixed('b'), wrap('b', `\r\nplain text`, session)), sdp, 'a part without headers');
  assert.equal(read(mixed('b'), wrap('b', `no header\r\nContent-Type: application/sdp\r\n\r\n${sdp}`)), sdp);
  // An inner delimiter is one at the beginning of a line only.
  const odd = `${sdp}a=x:--b\r\n`;
  assert.equal(read(mixed('b'), wrap('b', part('application/sdp', odd))), odd);
});

test('transfer encodings of mail', () => {
  const encoded = (encoding: string, content: string) =>
    read(
      'multipart/mixed;boundary=b',
      wrap('b', part('application/sdp', content, `Content-Transfer-Encoding: ${encoding}`)),
    );
  for (const encoding of ['binary', '8bit', '7bit', 'Binary ']) assert.equal(encoded(encoding, sdp), sdp);
  assert.equal(encoded('base64', Buffer.from(sdp).toString('base64')), sdp);
  assert.equal(encoded('quoted-printable', 'v=3D0=\r\n=0D=0As=3D-\r\n'), sdp);
  assert.equal(encoded('uuencode', sdp), '415');
});

test(`whatever the body holds: an answer, soon, seed ${seed}`, (t) => {
  const random = new SeededRandom(seed);
  const pieces = [
    '--b',
    '--bb',
    '--b--',
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    'Content-Type: ',
    'multipart/mixed;boundary=',
    'b',
    '"b"',
    ';',
    'x',
    '\0',
  ].concat([
    'application/sdp',
    sdp,
    'Content-Disposition: x;handling=',
    'required',
    'optional',
    '-',
    ' ',
    session,
    isup,
  ]);
  let found = 0;
  for (let round = 0; round < 20_000; round++) {
    let body = '';
    for (let count = random.int(40); count > 0; count--) body += pieces[random.int(pieces.length)];
    const kind = random.int(2) === 0 ? 'mixed' : 'alternative';
    if (read(`multipart/${kind};boundary=b`, body) !== '415') found++;
  }
  t.diagnostic(`${found} understood or ignored`);
  for (const filling of [
    '--b\r\n',
    '\r\n--b',
    '--b',
    '\n',
    '--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n',
    'a: b\r\n',
  ]) {
    const body = filling.repeat(Math.floor(60_000 / filling.length));
    const least = leastProcessorMs(() => void read('multipart/mixed;boundary=b', body), 100);
    assert.ok(least < 100, `${JSON.stringify(filling)}: ${least} ms`);
  }
});
