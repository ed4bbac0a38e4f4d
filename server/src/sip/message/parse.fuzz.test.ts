import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { SipRequest, type SipResponse } from './message.ts';
import { parseMessage } from './parse.ts';
import { createResponse } from './response.ts';
import { serialize } from './serialize.ts';
import { StreamFramer } from './stream-framer.ts';
import { message } from './testing/wire.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_117);

const corpus: Buffer[] = [
  message(
    'INVITE sip:bob%40home:pw@biloxi.example.com:5060;transport=udp;lr?subject=a%20b SIP/2.0'.replace(
      '?subject=a%20b',
      '',
    ),
    [
      'Via: SIP/2.0/UDP pc33.example.com:5066;branch=z9hG4bKnashds8;rport, SIP / 2.0 / TCP [2001:db8::1] ; branch = z9hG4bK2',
      'From: "Alice \\"A\\"" <sip:alice@example.com>;tag=1928301774',
      'To: Bob <sips:bob@biloxi.example.com;user=phone>',
      'Contact: <sip:alice@[2001:db8::9:1]:5062;ob>;q=0.7;expires=3600, "x, y" <sip:b@c>',
      'Route: <sip:p1.example.com;lr>,<sip:p2.example.com;lr>',
      'Record-Route: <sip:p1.example.com;lr>',
      'Max-Forwards: 70',
      'Supported: 100rel, timer',
      'Subject: folded\n\tvalue\n  here',
      'Content-Type: application/sdp',
    ],
    'v=0\r\n',
  ),
  message('REGISTER sip:example.com SIP/2.0', [
    'Contact: *',
    'Expires: 0',
    'Authorization: Digest username="a", realm="b", nonce="c", uri="sip:x", response="d", algorithm=MD5, nc=00000001',
    'l: 0',
  ]),
  message('SIP/2.0 200 OK', [
    'CSeq: 8 INVITE',
    'To: <sip:user@example.com>;tag=a8',
    'm: tel:+1-201-555-0123',
    'Warning: 399 x "y, z"',
  ]),
  message('INVITE sip:+13235550100;npdi;rn=+13235550199@h;x=1;X=2;; SIP/2.0', [
    'Via: ,SIP/2.0/UDP h:;;rport;branch=z9hG4bK{a}==;x=a@b;, nonsense',
    'From: Bell, Alexander <sip:DOMAIN\\\\a@h;>;tag=1;;y=',
    'To: <sip:@h;thinfo="VG8+PoIU=">;;',
    'Call-ID: abc==@h',
    'Contact: nonsense, <sip:a@h;alias=1~2;alias=1~2>;;, <tel:+1-323;ext=1>;q=',
    'Record-Route: <sip:p;lr;lr>,, nonsense',
    'X-Odd Name: x',
  ]),
  message('BYE tel:+12015550123;phone-context=example.com SIP/2.0', [
    'From: Jürgen <sip:j@example.com>;tag=1;x="д"',
    'Reason: Q.850;cause=16;text="bye"',
  ]),
];

/** What a mutation likes to put in. */
const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ',',
  ';',
  '"',
  '\\',
  '<',
  '>',
  '%',
  '%00',
  '%zz',
  '@',
  ':',
  '[',
  ']',
  '=',
  '?',
  '/',
  '999999999999',
  '-1',
  'SIP/2.0',
  'z9hG4bK',
  'Via: ',
  'To: ',
  '\r\n\r\n',
  '\xff',
  'é',
  '*',
].map((text) => Buffer.from(text, 'utf8'));

function mutate(source: Buffer, random: SeededRandom): Buffer {
  let bytes = Buffer.from(source);
  for (let count = 1 + random.int(4); count > 0; count--) {
    const at = random.int(bytes.length + 1);
    const to = Math.min(bytes.length, at + random.int(1 + random.int(40)));
    switch (random.int(6)) {
      case 0:
        if (at < bytes.length) bytes[at] = random.int(256);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), pieces[random.int(pieces.length)]!, bytes.subarray(at)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
        break;
      case 4: {
        const other = corpus[random.int(corpus.length)]!;
        const from = random.int(other.length);
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(from, from + random.int(80)), bytes.subarray(at)]);
        break;
      }
      default:
        bytes = bytes.subarray(0, Math.max(1, at));
    }
    bytes = Buffer.from(bytes);
  }
  return bytes;
}

/** Everything a user could read; a typed getter of an accepted message never throws. */
function readAll(parsed: SipRequest | SipResponse): unknown[] {
  const { vias, from, to, callId, cseq, contacts, contactStar, routes, recordRoutes, maxForwards, expires } = parsed;
  const start = parsed instanceof SipRequest ? [parsed.method, parsed.uri] : [parsed.status, parsed.reason];
  const headers = [...parsed.headers].filter(([name]) => name !== 'Content-Length');
  const typed = [vias, from, to, callId, cseq, contacts, contactStar, routes, recordRoutes, maxForwards, expires];
  return [...start, parsed.branch, parsed.fromTag, parsed.toTag, headers, parsed.body, ...typed];
}

/** What is written into the topmost Via changes nothing else of the request. */
function stampedIsTheSame(request: SipRequest): void {
  const { branch, vias } = request;
  request.stampVia([
    ['rport', '5'],
    ['received', '192.0.2.1'],
  ]);
  const again = parseMessage(serialize(request));
  assert.ok(again.ok, again.ok ? '' : again.reason);
  assert.deepEqual([again.message.branch, again.message.vias.length], [branch, vias.length]);
  const { params, host, port } = again.message.via;
  assert.deepEqual(
    [params.get('rport'), params.get('received'), host, port],
    ['5', '192.0.2.1', vias[0]!.host, vias[0]!.port],
  );
}

test(`fuzz: 130 000 mutated messages, seed ${seed}`, (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  let accepted = 0;
  let answered = 0;
  let slowest = 0;
  for (let i = 0; i < 130_000; i++) {
    const bytes = mutate(corpus[i % corpus.length]!, random);
    const started = performance.now();
    const result = parseMessage(bytes);
    slowest = Math.max(slowest, performance.now() - started);
    const context = () => `mutation ${i} of seed ${seed}: ${JSON.stringify(bytes.toString('latin1'))}`;
    try {
      if (result.ok) {
        accepted++;
        const again = parseMessage(serialize(result.message));
        assert.ok(again.ok, again.ok ? '' : again.reason);
        if (result.message instanceof SipRequest) stampedIsTheSame(result.message.clone());
        // Comparing in depth costs more than parsing: one in eight is enough to find what is not stable.
        if (i % 8 < 4) assert.deepEqual(readAll(again.message), readAll(result.message));
      } else if (result.partial !== null) {
        answered++;
        const answer = createResponse(result.partial, result.status, result.reason, { toTag: 'x' });
        assert.ok(serialize(answer).length > 0);
        assert.doesNotThrow(() => result.partial?.viaOrNull);
      }
    } catch (error) {
      throw new Error(context(), { cause: error });
    }
  }
  t.diagnostic(`${accepted} accepted, ${answered} refused with an answer, slowest ${slowest.toFixed(1)} ms`);
  assert.ok(accepted > 1_000 && answered > 1_000);
});

test(`fuzz: 20 000 mutated streams in random pieces, seed ${seed}`, (t) => {
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed + 1);
  const limits = { head: 2_000, body: 2_000 };
  let messages = 0;
  let broken = 0;
  for (let i = 0; i < 20_000; i++) {
    const first = serialize(parsedCorpus[random.int(parsedCorpus.length)]!);
    const second = serialize(parsedCorpus[random.int(parsedCorpus.length)]!);
    const clean = random.int(4) === 0;
    const whole = Buffer.concat([first, Buffer.from(random.int(2) === 0 ? '' : '\r\n\r\n'), second]);
    const stream = clean ? whole : mutate(whole, random);
    const out: Buffer[] = [];
    let ended = 0;
    const framer = new StreamFramer(limits, {
      onMessage: (bytes) => void out.push(Buffer.from(bytes)),
      onPing: () => {},
      onBroken: () => void ended++,
    });
    for (let at = 0; at < stream.length; ) {
      const size = 1 + random.int(1 + random.int(700));
      framer.push(stream.subarray(at, at + size));
      at += size;
    }
    messages += out.length;
    broken += ended;
    assert.ok(ended <= 1);
    if (clean) assert.deepEqual(Buffer.concat(out), Buffer.concat([first, second]), `stream ${i} of seed ${seed}`);
    for (const bytes of out) parseMessage(bytes);
  }
  t.diagnostic(`${messages} messages, ${broken} broken streams`);
  assert.ok(messages > 10_000 && broken > 1_000);
});

const parsedCorpus = corpus.map((bytes) => {
  const result = parseMessage(bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.message;
});
