import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { leastProcessorMs } from '../base/testing/processor-time.ts';
import { answer, type LocalAudio, parseSession, pcma, pcmu } from './offer-answer.ts';

const local: LocalAudio = {
  address: '198.51.100.7',
  port: 20000,
  rtcpPort: null,
  formats: [pcmu, pcma],
  telephoneEvent: 101,
  ptime: 20,
  direction: 'sendrecv',
  sessionId: '1',
  sessionVersion: 1,
};

const key = Buffer.alloc(30, 7).toString('base64');
const longKey = Buffer.alloc(46, 7).toString('base64');
const keys = {
  AES_CM_128_HMAC_SHA1_80: key,
  AES_256_CM_HMAC_SHA1_80: longKey,
  AES_CM_128_HMAC_SHA1_32: key,
  AES_256_CM_HMAC_SHA1_32: longKey,
};
const secured = [false, true].map((required) => ({ ...local, srtp: { required, keys } }));

const corpus = [
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^31 WSH=64\r\na=crypto:2 AES_256_CM_HMAC_SHA1_32 inline:${longKey}\r\n`,
  'v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n',
  'v=0\r\no=- 1 2 IN IP6 ::1\r\ns=call\r\nc=IN IP6 ::1\r\nt=0 0\r\na=sendonly\r\nm=audio 9000/2 RTP/AVPF 96 8 0 101\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1; stereo=0\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=maxptime:60\r\na=rtcp:9005 IN IP6 ::1\r\na=rtcp-mux\r\n',
  'v=0\r\no=alice 1 1 IN IP4 a.example\r\ns= \r\nb=AS:64\r\nt=0 0\r\nm=video 5000 RTP/AVP 34\r\nc=IN IP4 0.0.0.0\r\nm=audio 5002 RTP/SAVP 0 3 4 18\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1u|2^20|1:32\r\nm=audio 5004 RTP/AVP 8\r\na=inactive\r\na=candidate:0 1 UDP 2113667327 203.0.113.1 54400 typ host\r\na=ssrc:1 cname:x\r\na=group:BUNDLE a b\r\n',
];

const scraps = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '/',
  ':',
  '=',
  '65536',
  '-1',
  '1e9',
  '__proto__',
  'a=',
  'm=audio ',
  'c=IN ',
];
const more = ['a=rtpmap:', 'a=fmtp:0 ', '999999999999', 'NaN', '\u00e9', '\ud800', 'a=simulcast:send ', 'IP4', '%s%d'];

test('50 000 mutated descriptions: nothing throws, nothing is slow, every answer is well-formed', () => {
  const seed = 20_261_121;
  const random = new SeededRandom(seed);
  const pieces = [...scraps, ...more];
  let accepted = 0;
  let answered = 0;
  let secure = 0;
  let slowest = 0;
  for (let round = 0; round < 50_000; round++) {
    const text = mutate(corpus[random.int(corpus.length)]!, random, pieces);
    const started = performance.now();
    const result = parseSession(text);
    if (result.ok) {
      accepted++;
      const reply = answer(result, [local, ...secured][random.int(3)]!);
      if (reply.ok) {
        answered++;
        const again = parseSession(reply.sdp);
        assert.ok(again.ok, `seed ${seed}, round ${round}: our answer does not parse:\n${reply.sdp}`);
        assert.equal(again.mediaCount, result.mediaCount, `seed ${seed}, round ${round}`);
        if (reply.negotiated.srtp !== null) {
          secure++;
          const { receive, suite } = reply.negotiated.srtp;
          assert.equal(receive.length, keys[suite].length);
          assert.ok(again.audio!.crypto.length === 1, `seed ${seed}, round ${round}`);
        } else assert.ok(!again.audio?.secureProfile, `seed ${seed}, round ${round}: no keys in\n${reply.sdp}`);
        assert.ok(reply.negotiated.send.ptime >= 10 && reply.negotiated.send.ptime <= 200);
      } else {
        assert.match(reply.warning, /^3\d\d [\w :;,.'/-]+$/);
      }
    }
    slowest = Math.max(slowest, performance.now() - started);
  }
  console.log(`seed ${seed}: ${accepted} accepted, ${answered} answered, slowest ${slowest.toFixed(1)} ms`);
  assert.ok(
    accepted > 5_000 && answered > 1_000 && secure > 500,
    'the mutations still reach the code behind the first checks',
  );
});

function mutate(text: string, random: SeededRandom, pieces: readonly string[]): string {
  let out = text;
  for (let count = 1 + random.int(4); count > 0; count--) {
    const at = random.int(out.length + 1);
    const span = random.int(12);
    switch (random.int(5)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + span);
        break;
      case 1:
        out = out.slice(0, at) + pieces[random.int(pieces.length)]! + out.slice(at);
        break;
      case 2:
        out = out.slice(0, at) + String.fromCharCode(random.int(256)) + out.slice(at + 1);
        break;
      case 3:
        out = out.slice(0, at) + out.slice(at, at + span).repeat(random.int(40)) + out.slice(at + span);
        break;
      default: {
        const lines = out.split('\r\n');
        const from = random.int(lines.length);
        lines.splice(random.int(lines.length), 0, lines[from]!);
        out = lines.join('\r\n');
      }
    }
  }
  return out;
}

test('long runs of one thing are refused or read quickly', () => {
  const base = corpus[0]!;
  for (const filler of [
    ' ',
    'a=',
    'm=audio ',
    'x',
    '"',
    ';',
    '\r\n',
    'a=x\r\n',
    'a=rtpmap:0 ',
    '1 ',
    'a=crypto:1 ',
    `a=crypto:1 X inline:${'='.repeat(900)} \r\n`,
  ]) {
    const text = base + filler.repeat(Math.ceil(60_000 / filler.length));
    const least = leastProcessorMs(() => {
      parseSession(text);
      parseSession(text.slice(0, 65_536));
    }, 50);
    assert.ok(least < 50, `${JSON.stringify(filler)}: ${least} ms`);
  }
});
