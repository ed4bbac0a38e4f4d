import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { parseSession, pcmu } from '../../sdp/offer-answer.ts';
import { RawPhone } from '../testing/raw-phone.ts';
import { withExchange } from '../testing/virtual-exchange.ts';
import { LegDescription, legConfiguration } from './leg-description.ts';
import { type SrtpPolicy, type SrtpTerms, srtpTerms } from './leg-srtp.ts';

const suite = 'AES_CM_128_HMAC_SHA1_80';
const key = (fill: number) => Buffer.alloc(30, fill).toString('base64');
const crypto = (fill: number, tag = 1) => `a=crypto:${tag} ${suite} inline:${key(fill)}`;
const [plain, secure] = ['m=audio 6000 RTP/AVP 0', 'm=audio 6000 RTP/SAVP 0'];

function text(...lines: string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return `${[...head, ...lines].join('\r\n')}\r\n`;
}

function leg(terms: SrtpTerms): LegDescription {
  const media = { address: '192.0.2.9', port: 20000, rtcpPort: 20001 };
  return new LegDescription(media, new SeededRandom(1), new Set() as never, [pcmu], terms);
}

const optional = { taken: 'optional', offered: 'optional' } as const;

/** Our line in the answer; null: it was refused. */
function answered(description: LegDescription, ...lines: string[]): string | null {
  const parsed = parseSession(text(...lines));
  assert.ok(parsed.ok);
  const result = description.answer(parsed);
  return result.ok ? (/^a=crypto.*$/m.exec(result.sdp)?.[0] ?? '') : null;
}

test('what is offered and taken, by what is set', () => {
  const terms = (policy: SrtpPolicy) =>
    [srtpTerms(policy, 'sdes', false), srtpTerms(policy, 'rtp', false), srtpTerms(policy, 'rtp', true)].map(
      ({ taken, offered }) => `${taken} ${offered}`,
    );
  assert.deepEqual(terms('off'), ['off off', 'off off', 'off off']);
  assert.deepEqual(terms('optional'), ['optional optional', 'optional off', 'optional off']);
  assert.deepEqual(terms('required'), ['required required', 'required off', 'optional off']);
});

describe('in a session that stands', () => {
  const standing = (...lines: string[]) => {
    const description = leg(optional);
    const line = answered(description, ...lines);
    description.stand();
    return { description, line };
  };

  test('the same key again: ours stays, whatever else changes, and the media process is told the same', () => {
    const { description, line } = standing(secure, crypto(1));
    const told = () => {
      const { remote } = legConfiguration(description.negotiated!, null);
      return remote !== null && 'srtp' in remote ? remote.srtp : null;
    };
    const before = told();
    assert.equal(before?.receive, key(1));
    assert.equal(line, `a=crypto:1 ${suite} inline:${before?.send}`);
    assert.equal(answered(description, secure, crypto(1), 'a=sendonly'), line);
    assert.equal(description.held, true);
    assert.equal(answered(description, secure.replace('6000', '7000'), crypto(1)), line);
    assert.deepEqual([description.held, told()], [false, before]);
    assert.equal(answered(description, secure.replace('6000', '0'), crypto(1)), '', 'port 0');
    assert.equal(answered(description, secure, crypto(1)), line, 'and back');
  });

  test('another key of theirs: another of ours', () => {
    const { description, line } = standing(secure, crypto(1));
    const next = answered(description, secure, crypto(2));
    assert.ok(next !== null && next !== line);
    assert.equal(answered(description, secure, crypto(2)), next);
    const other = `a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:${key(2)}`;
    const last = answered(description, secure, other);
    assert.match(last ?? '', /^a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:/);
  });

  test('what has keys does not go on without: refused, and what was agreed holds', () => {
    for (const lines of [
      [secure, crypto(1)],
      [plain, crypto(1)],
    ] as const) {
      const { description } = standing(...lines);
      assert.equal(answered(description, plain), null);
      assert.equal(answered(description, lines[0].replace('6000', '0')), '');
      assert.equal(answered(description, plain), null, 'nor after it was disabled');
      const offer = description.offer();
      assert.equal(description.accept(text(plain)), null);
      assert.ok(offer.includes(lines[0].replace('6000', '20000')), offer);
    }
  });

  test('plain sound may get keys later', () => {
    const { description, line } = standing(plain);
    assert.equal(line, '');
    assert.match(answered(description, secure, crypto(1)) ?? '', /^a=crypto:1/);
  });

  test('each offer of ours has keys of its own, which count once they are answered', () => {
    const { description } = standing(secure, crypto(1));
    const [first, second] = [description.offer(), description.offer()];
    const keyOf = (sdp: string) => /^a=crypto:1 \S+ inline:(.*)$/m.exec(sdp)?.[1];
    assert.notEqual(keyOf(first), keyOf(second));
    assert.equal(description.negotiated?.srtp?.receive, key(1));
    assert.ok(description.accept(text(secure, crypto(3))));
    assert.deepEqual(description.negotiated?.srtp, { suite, send: keyOf(second), receive: key(3) });
  });
});

describe('an offer of ours', () => {
  const firstLine = (sdp: string) => /^m=.*$/m.exec(sdp)?.[0];

  test('leaves the choice, and when it is refused asks for nothing else, once', () => {
    const description = leg(optional);
    assert.equal(firstLine(description.offer()), 'm=audio 20000 RTP/AVP 0 101');
    assert.equal(description.insist(), true);
    assert.equal(firstLine(description.offer()), 'm=audio 20000 RTP/SAVP 0 101');
    assert.equal(description.accept(text(plain)), null);
    assert.equal(description.insist(), false);
    for (const offered of ['off', 'required'] as const) {
      assert.equal(leg({ taken: 'optional', offered }).insist(), false, offered);
    }
  });

  test('of several that answer early the last counts, with keys or without', () => {
    const description = leg(optional);
    description.offer();
    assert.equal(description.accept(text(plain, crypto(1)))?.srtp?.receive, key(1));
    assert.equal(description.accept(text(plain, crypto(2)))?.srtp?.receive, key(2));
    assert.equal(description.accept(text(plain))?.srtp, null);
  });
});

describe('an INVITE over UDP', { concurrency: true }, () => {
  const at = (lines: readonly string[]) => text(...lines).replaceAll('192.0.2.1', '127.0.0.1');
  const dtls = 'm=audio 40000 UDP/TLS/RTP/SAVP 0';
  const table: readonly [SrtpPolicy, string, readonly string[], RegExp][] = [
    ['optional', 'keys', [secure, crypto(1, 5)], /^SIP\/2\.0 200 .*m=audio \d+ RTP\/SAVP 0\r\n.*a=crypto:5 /s],
    ['optional', 'no usable key', [secure, `${crypto(1)}|2^20|1:4`], /^SIP\/2\.0 488 .*Warning: 302 .*no usable/s],
    ['optional', 'keys by DTLS', [dtls, 'a=fingerprint:sha-1 00'], /^SIP\/2\.0 488 .*Warning: 302 /s],
    [
      'optional',
      'either',
      [dtls, plain],
      /^SIP\/2\.0 200 .*m=audio 0 UDP\/TLS\/RTP\/SAVP 0\r\n.*m=audio \d+ RTP\/AVP 0/s,
    ],
    ['off', 'keys', [secure, crypto(1)], /^SIP\/2\.0 488 .*Warning: 302 .*RTP\/AVP is spoken here/s],
    ['required', 'no keys', [plain], /^SIP\/2\.0 488 .*Warning: 302 .*is needed/s],
    ['required', 'keys', [secure, crypto(1)], /^SIP\/2\.0 200 /],
    ['required', 'no description', [], /^SIP\/2\.0 200 .*m=audio \d+ RTP\/SAVP 0/s],
  ];
  for (const [srtp, name, lines, expected] of table) {
    test(`srtp: ${srtp}, ${name}`, () =>
      withExchange({ srtp }, async (exchange) => {
        const phone = await RawPhone.open(exchange.sip);
        phone.send('INVITE', 1, lines.length === 0 ? '' : at(lines));
        const final = await phone.final('INVITE', 1);
        assert.match(final, expected);
        phone.send('ACK', 1, lines.length === 0 ? at([secure, crypto(1)]) : '');
        if (!final.includes(' 200 ')) return phone.close();
        if (srtp === 'optional' && lines[0] === secure) {
          const legIds = exchange.runtime
            .snapshot()
            .flatMap((call) => [...call.connections.values()].map((one) => one.legId));
          assert.deepEqual(
            legIds.map((legId) => exchange.legs.isEncrypted(legId)),
            [false],
            'its keys can be read',
          );
          phone.send('INVITE', 2, at([plain]));
          assert.match(await phone.final('INVITE', 2), /^SIP\/2\.0 488 /, 'it goes on with keys');
          phone.send('ACK', 2, '');
        }
        phone.send('BYE', 3, '');
        assert.match(await phone.final('BYE', 3), /^SIP\/2\.0 200 /);
        phone.close();
        await exchange.nothingIsLeft();
      }));
  }
});
