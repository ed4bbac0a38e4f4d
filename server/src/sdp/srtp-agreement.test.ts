import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CryptoSuite, cryptoSuites, readCrypto } from './crypto-attribute.ts';
import { acceptAnswer, answer, type LocalAudio, makeOffer, parseSession, pcmu, refusalOf } from './offer-answer.ts';
import type { LocalSrtp } from './srtp-agreement.ts';

const octets = (length: number, fill: number) => Buffer.alloc(length, fill).toString('base64');
const theirs = octets(30, 1);
const theirOther = octets(30, 2);
const suites = Object.keys(cryptoSuites) as CryptoSuite[];
const keys = Object.fromEntries(suites.map((suite, at) => [suite, octets(cryptoSuites[suite], 0x80 + at)]));
const ours = (required: boolean) => ({ required, keys }) as LocalSrtp;
const line = (tag: number, suite: CryptoSuite, key: string) => `a=crypto:${tag} ${suite} inline:${key}`;
const first = line(1, 'AES_CM_128_HMAC_SHA1_80', theirs);

describe('a=crypto', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';
  for (const [name, text] of [
    ['the usual', `a=crypto:1 ${suite} inline:${theirs}`],
    ['a life', `a=crypto:1 ${suite} inline:${theirs}|2^31`],
    ['a life in packets', `a=crypto:1 ${suite} inline:${theirs}|1048576`],
    ['other case, more blanks', `A=Crypto: 1  ${suite.toLowerCase()}  INLINE:${theirs}  `],
    ['a window, and what need not be understood', `a=crypto:1 ${suite} inline:${theirs} WSH=128 KDR=0 -x=1`],
  ]) {
    test(`taken: ${name}`, () => assert.deepEqual(readCrypto(text!), { tag: 1, suite, key: theirs }));
  }
  for (const [name, text] of [
    ['an unknown suite', `a=crypto:1 F8_128_HMAC_SHA1_80 inline:${theirs}`],
    ['__proto__', `a=crypto:1 __proto__ inline:${theirs}`],
    ['a key too short', `a=crypto:1 ${suite} inline:${octets(29, 1)}`],
    ['a key too long', `a=crypto:1 ${suite} inline:${octets(31, 1)}`],
    ['that of another suite', `a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:${theirs}`],
    ['no base64', `a=crypto:1 ${suite} inline:${'*'.repeat(40)}`],
    ['a named key (MKI)', `a=crypto:1 ${suite} inline:${theirs}|2^20|1:4`],
    ['a named key without life', `a=crypto:1 ${suite} inline:${theirs}|1:4`],
    ['two keys', `a=crypto:1 ${suite} inline:${theirs};inline:${theirOther}`],
    ['another method', `a=crypto:1 ${suite} uri:https://example.test/key`],
    ['not encrypted', `a=crypto:1 ${suite} inline:${theirs} UNENCRYPTED_SRTP`],
    ['not authenticated', `a=crypto:1 ${suite} inline:${theirs} UNAUTHENTICATED_SRTP`],
    ['keys that change', `a=crypto:1 ${suite} inline:${theirs} KDR=4`],
    ['forward error correction', `a=crypto:1 ${suite} inline:${theirs} FEC_ORDER=FEC_SRTP`],
    ['no tag', `a=crypto:${suite} inline:${theirs}`],
    ['a tag too long', `a=crypto:1234567890 ${suite} inline:${theirs}`],
    ['no key', `a=crypto:1 ${suite}`],
  ]) {
    test(`left alone: ${name}`, () => assert.equal(readCrypto(text!), null));
  }
});

function described(...media: string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];
  return `${[...head, ...media].join('\r\n')}\r\n`;
}

function offered(...media: string[]) {
  const parsed = parseSession(described(...media));
  assert.ok(parsed.ok);
  return parsed;
}

const local = (srtp: LocalSrtp | null): LocalAudio => ({
  address: '192.0.2.9',
  port: 20000,
  rtcpPort: null,
  formats: [pcmu],
  telephoneEvent: null,
  ptime: 20,
  direction: 'sendrecv',
  sessionId: '1',
  sessionVersion: 1,
  srtp,
});

const optional = local(ours(false));
const required = local(ours(true));
const off = local(null);
const lines = (sdp: string) => sdp.match(/^(?:m|a=crypto).*$/gm) ?? [];

function answered(by: LocalAudio, ...media: string[]) {
  const result = answer(offered(...media), by);
  return result.ok ? { lines: lines(result.sdp), srtp: result.negotiated.srtp } : result.warning;
}

describe('answers', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';
  const agreed = { suite, send: keys[suite], receive: theirs };

  test('the first key that can be used, under its tag, in the profile that was offered', () => {
    for (const profile of ['RTP/SAVP', 'RTP/SAVPF', 'RTP/AVP', 'RTP/AVPF']) {
      const unusable = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${theirs}|2^20|1:4`;
      const result = answered(optional, `m=audio 6000 ${profile} 0`, unusable, line(7, suite, theirs), first);
      const ourLine = `a=crypto:7 ${suite} inline:${keys[suite]}`;
      assert.deepEqual(result, { lines: [`m=audio 20000 ${profile} 0`, ourLine], srtp: agreed });
    }
  });

  test('each suite', () => {
    for (const name of suites) {
      const key = octets(cryptoSuites[name], 9);
      const result = answered(required, 'm=audio 6000 RTP/SAVP 0', line(2, name, key));
      assert.ok(typeof result !== 'string');
      assert.deepEqual(result.srtp, { suite: name, send: keys[name], receive: key });
    }
  });

  test('without keys plain RTP, where that will do', () => {
    assert.deepEqual(answered(optional, 'm=audio 6000 RTP/AVP 0'), { lines: ['m=audio 20000 RTP/AVP 0'], srtp: null });
    assert.match(String(answered(required, 'm=audio 6000 RTP/AVP 0')), /^302 .*crypto attribute is needed/);
  });

  test('RTP/SAVP without a key that can be used is refused, whatever is set; so is all of it where SRTP is off', () => {
    for (const by of [optional, required, off]) {
      assert.match(String(answered(by, 'm=audio 6000 RTP/SAVP 0')), /^302 /);
      assert.match(String(answered(by, 'm=audio 6000 RTP/SAVP 0', `${first} UNENCRYPTED_SRTP`)), /^302 .*no usable/);
    }
    assert.match(String(answered(off, 'm=audio 6000 RTP/SAVP 0', first)), /^302 .*RTP\/AVP is spoken here/);
    assert.deepEqual(answered(off, 'm=audio 6000 RTP/AVP 0', first), {
      lines: ['m=audio 20000 RTP/AVP 0'],
      srtp: null,
    });
    assert.match(String(answered(optional, 'm=audio 6000 UDP/TLS/RTP/SAVP 0', first)), /^302 /);
    const parsed = offered('m=audio 6000 RTP/SAVP 0', first);
    assert.equal(refusalOf(parsed, [pcmu], { required: true }), null);
    assert.equal(refusalOf(parsed, [pcmu])?.status, 488);
  });

  test('of several lines the one with keys is taken and the others are refused, port 0', () => {
    const both = ['m=audio 6000 RTP/AVP 0', 'm=audio 6002 RTP/SAVP 0', first] as const;
    const secure = answered(optional, ...both);
    assert.ok(typeof secure !== 'string');
    assert.deepEqual(secure.lines.slice(0, 2), ['m=audio 0 RTP/AVP 0', 'm=audio 20000 RTP/SAVP 0']);
    assert.deepEqual(answered(off, ...both), {
      lines: ['m=audio 20000 RTP/AVP 0', 'm=audio 0 RTP/SAVP 0'],
      srtp: null,
    });
    const dtls = answered(optional, 'm=audio 6000 UDP/TLS/RTP/SAVP 0', 'm=audio 6002 RTP/AVP 0');
    assert.deepEqual(dtls, { lines: ['m=audio 0 UDP/TLS/RTP/SAVP 0', 'm=audio 20000 RTP/AVP 0'], srtp: null });
  });

  test('keys before the first m= line, and more than sixteen of a stream, are nobody’s', () => {
    const head = described('m=audio 6000 RTP/AVP 0').replace('t=0 0', `t=0 0\r\n${first}`);
    const parsed = parseSession(head);
    assert.ok(parsed.ok && parsed.audio?.crypto.length === 0);
    const many = Array.from({ length: 100 }, (_, at) => line(at, suite, theirs));
    assert.equal(offered('m=audio 6000 RTP/SAVP 0', ...many).audio?.crypto.length, 16);
  });
});

describe('offers', () => {
  const offerOf = (by: LocalAudio) => lines(makeOffer(by));
  const accepted = (by: LocalAudio, ...media: string[]) => {
    const result = acceptAnswer(by, described(...media));
    return result.ok ? result.negotiated.srtp : result.reason;
  };

  test('RTP/AVP with keys where plain RTP will do, else RTP/SAVP; each suite once', () => {
    const crypto = suites.map((suite, at) => `a=crypto:${at + 1} ${suite} inline:${keys[suite]}`);
    assert.deepEqual(offerOf(optional), ['m=audio 20000 RTP/AVP 0', ...crypto]);
    assert.deepEqual(offerOf(required), ['m=audio 20000 RTP/SAVP 0', ...crypto]);
    assert.deepEqual(offerOf(off), ['m=audio 20000 RTP/AVP 0']);
  });

  test('the suite of the answer decides which of our keys counts', () => {
    const chosen = line(3, 'AES_CM_128_HMAC_SHA1_32', theirs);
    const agreed = { suite: 'AES_CM_128_HMAC_SHA1_32', send: keys['AES_CM_128_HMAC_SHA1_32'], receive: theirs };
    assert.deepEqual(accepted(required, 'm=audio 6000 RTP/SAVP 0', chosen), agreed);
    assert.deepEqual(accepted(optional, 'm=audio 6000 RTP/AVP 0', chosen), agreed);
  });

  test('an answer without: plain, or nothing', () => {
    assert.equal(accepted(optional, 'm=audio 6000 RTP/AVP 0'), null);
    assert.match(String(accepted(required, 'm=audio 6000 RTP/AVP 0')), /another protocol/);
    assert.match(String(accepted(required, 'm=audio 6000 RTP/SAVP 0')), /another protocol/);
    assert.match(String(accepted(off, 'm=audio 6000 RTP/SAVP 0', first)), /another protocol/);
  });
});
