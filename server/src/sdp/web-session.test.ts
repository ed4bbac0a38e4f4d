import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'sdp-transform';
import { readWebOffer, type WebAnswer, writeWebAnswer } from './web-session.ts';

const fingerprint = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':');

/** As Chromium offers a microphone. */
const chromium = `v=0
o=- 1125666223235912056 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS ef1c898d
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 192.0.2.7 51234 typ host generation 0 network-cost 999
a=candidate:2 1 udp 2113937151 b1a2c3d4-aaaa-bbbb-cccc-000000000000.local 51235 typ host generation 0
a=ice-ufrag:/guD
a=ice-pwd:mx2iip2AfWxue4eO0VT5mFML
a=ice-options:trickle
a=fingerprint:sha-256 ${fingerprint}
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=msid:ef1c898d aa51ffda
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:1145818412 cname:Mo0jdcKtFxmr+tXd
`.replaceAll('\n', '\r\n');

const video = `m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=rtpmap:96 VP8/90000
`.replaceAll('\n', '\r\n');

function offerOf(text: string) {
  const read = readWebOffer(text);
  assert.ok(read.ok, read.ok ? '' : read.detail);
  return read.offer;
}

const ours: WebAnswer = {
  iceUfrag: 'abcd',
  icePwd: 'abcdefghijklmnopqrstuv',
  fingerprint: { algorithm: 'sha-256', value: fingerprint },
  setup: 'active',
  candidates: ['1 1 UDP 2122317823 127.0.0.1 40000 typ host'],
  format: { payloadType: 0, codec: 'PCMU', clockRate: 8000 },
  telephoneEvent: { payloadType: 126, clockRate: 8000 },
  ssrc: 42,
  cname: 'leg',
  sessionId: '7',
};

test('an offer of a browser becomes values', () => {
  const offer = offerOf(chromium);
  assert.equal(offer.mid, '0');
  assert.equal(offer.iceUfrag, '/guD');
  assert.deepEqual(offer.fingerprint, { algorithm: 'sha-256', value: fingerprint });
  assert.equal(offer.setup, 'actpass');
  assert.deepEqual(
    offer.formats.map(({ codec, payloadType }) => `${codec} ${payloadType}`),
    ['OPUS 111', 'RED 63', 'G722 9', 'PCMU 0', 'PCMA 8', 'CN 13'],
  );
  assert.deepEqual(
    offer.telephoneEvents.map(({ payloadType, clockRate }) => [payloadType, clockRate]),
    [
      [110, 48000],
      [126, 8000],
    ],
  );
  assert.deepEqual(offer.ssrcs, [1145818412]);
  assert.equal(offer.audioLevel, 1);
});

test('formats are read as those of phones: each once, G.711 without a name, and nothing that is none', () => {
  const formats = (line: string, ...attributes: string[]) => {
    const head = chromium.slice(0, chromium.indexOf('a=rtpmap')).replace(/SAVPF .*/, `SAVPF ${line}`);
    const offer = offerOf([head.trimEnd(), ...attributes, ''].join('\r\n'));
    return offer.formats.map(({ payloadType, codec, clockRate }) => `${payloadType} ${codec}/${clockRate}`);
  };
  assert.deepEqual(formats('0 8 0'), ['0 PCMU/8000', '8 PCMA/8000']);
  assert.deepEqual(formats('111  8', 'a=rtpmap:111 opus/48000/2'), ['111 OPUS/48000', '8 PCMA/8000']);
  assert.deepEqual(formats('111 128 96 x 8', 'a=rtpmap:111 opus/4800000000', 'a=rtpmap:96 PCMU/0'), ['8 PCMA/8000']);
});

test('the answer takes the sound, and refuses what else is offered in its place', () => {
  for (const text of [chromium, chromium + video, chromium.replace(/m=audio/, `${video}m=audio`)]) {
    const offer = offerOf(text);
    const answer = parse(writeWebAnswer(offer, ours));
    assert.deepEqual(
      answer.media.map(({ type, port, mid }) => [type, port, String(mid)]),
      parse(text).media.map(({ type, mid }) => [type, type === 'audio' ? 9 : 0, String(mid)]),
    );
    const sound = answer.media.find(({ type }) => type === 'audio')!;
    assert.equal(sound.payloads, '0 126');
    assert.equal(sound.setup, 'active');
    assert.equal(sound.rtcpMux, 'rtcp-mux');
    assert.equal(sound.direction, 'sendrecv');
    assert.equal(sound.candidates?.length, 1);
    assert.equal(answer.groups?.[0]?.mids, 0);
  }
  const listener = offerOf(chromium.replace('a=sendrecv', 'a=recvonly'));
  assert.equal(parse(writeWebAnswer(listener, ours)).media[0]?.direction, 'sendonly');
});

test('what the grammar allows in a media line costs nothing, and what is odd in one costs that line alone', () => {
  const answered = (text: string) =>
    writeWebAnswer(offerOf(text), ours)
      .split('\r\n')
      .filter((line) => line.startsWith('m='));
  const sound = 'm=audio 9 UDP/TLS/RTP/SAVPF 0 126';
  assert.deepEqual(answered(chromium.replace('m=audio 9', 'm=audio 9/2')), [sound], 'a count of ports');
  const rows: [string, string][] = [
    ['m=foo 9/3 BAR/BAZ x y *', 'm=foo 0 BAR/BAZ x'],
    ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'm=application 0 UDP/DTLS/SCTP webrtc-datachannel'],
    ['m=video', 'm=video 0 RTP/AVP 0'],
    ['m=', 'm=application 0 RTP/AVP 0'],
    ['m=audio x UDP/TLS/RTP/SAVPF 0', 'm=audio 0 UDP/TLS/RTP/SAVPF 0'],
    ['m=audio 0 UDP/TLS/RTP/SAVPF 0', 'm=audio 0 UDP/TLS/RTP/SAVPF 0'],
    ['m=audio 40000 RTP/AVP 0 8\r\nc=IN IP4 192.0.2.1\r\na=mid:7', 'm=audio 0 RTP/AVP 0'],
    ['m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:8', 'm=audio 0 UDP/TLS/RTP/SAVPF 0'],
  ];
  for (const [line, refused] of rows) {
    assert.deepEqual(answered(chromium.replace('m=audio', `${line}\r\nm=audio`)), [refused, sound], line);
    assert.deepEqual(answered(`${chromium}${line}\r\n`), [sound, refused], line);
  }
  const bundled = chromium.replace('m=audio 9', 'm=audio 0').replace('a=rtcp-mux', 'a=bundle-only\r\na=rtcp-mux');
  assert.deepEqual(answered(bundled), [sound], 'port 0 of what is to be had in the bundle alone (RFC 9143 §6)');
});

test('of several fingerprints, of the line or of the session, the first that can be used', () => {
  const line = `a=fingerprint:sha-256 ${fingerprint}\r\n`;
  const taken = (...lines: string[]) => offerOf(chromium.replace(line, lines.join(''))).fingerprint;
  const expected = { algorithm: 'sha-256', value: fingerprint };
  const others = ['a=fingerprint:sha3-256 00\r\n', 'a=fingerprint:sha-1 AB:CD\r\n', 'a=fingerprint:\r\n'];
  for (const other of others) {
    assert.deepEqual(taken(other, line), expected, other);
    assert.deepEqual(taken(line, other), expected, other);
  }
  const ofSession = chromium.replace(line, '').replace('t=0 0\r\n', `t=0 0\r\n${others[0]}${line}`);
  assert.deepEqual(offerOf(ofSession).fingerprint, expected);
});

test('what cannot be used is refused in words', () => {
  const rows: [string, string, RegExp][] = [
    ['', 'badOffer', /v=0/],
    ['hello', 'badOffer', /v=0/],
    [`v=0\r\n${'a=x\r\n'.repeat(30_000)}`, 'badOffer', /too long/],
    ['v=0\r\ns=-\r\n', 'noAudio', /No sound/],
    [`v=0\r\n${video}`, 'noAudio', /No sound/],
    [chromium.replace('m=audio 9', 'm=audio 0'), 'noAudio', /No sound/],
    [chromium.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP'), 'badOffer', /RTP\/AVP/],
    [chromium.replace('a=mid:0\r\n', ''), 'badOffer', /mid/],
    [chromium.replace('a=rtcp-mux\r\n', ''), 'badOffer', /rtcp-mux/],
    [chromium.replace(/a=ice-pwd.*\r\n/, ''), 'badOffer', /ice-pwd/],
    [chromium.replace(/a=ice-ufrag.*\r\n/, 'a=ice-ufrag:a b\r\n'), 'badOffer', /ice-ufrag/],
    [chromium.replace(/a=fingerprint.*\r\n/, ''), 'badOffer', /fingerprint/],
    [chromium.replace(/sha-256/, 'md5'), 'badOffer', /fingerprint/],
    [chromium.replace('a=setup:actpass', 'a=setup:holdconn'), 'badOffer', /setup/],
    [chromium + video.repeat(40), 'badOffer', /media lines/],
  ];
  for (const [text, code, detail] of rows) {
    const read = readWebOffer(text);
    assert.ok(!read.ok, text.slice(0, 200));
    assert.equal(read.code, code);
    assert.match(read.detail, detail);
  }
});

test('nothing of an offer can put lines into the answer', () => {
  for (const evil of ['a=mid:0\ra=evil', 'a=mid:0 evil', `a=mid:${'x'.repeat(65)}`]) {
    const read = readWebOffer(chromium.replace('a=mid:0', evil));
    if (read.ok) assert.doesNotMatch(writeWebAnswer(read.offer, ours), /evil/);
  }
});

test('one that only listens is asked for reports where it offers them for what is spoken, and nobody else', () => {
  const uri = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
  const opus: WebAnswer = { ...ours, format: { payloadType: 111, codec: 'OPUS', clockRate: 48_000 } };
  const asked = (direction: string, extension: string, feedback: string, answer = opus) => {
    const lines = `a=${direction}\r\na=extmap:${extension} ${uri}\r\na=rtcp-fb:${feedback}`;
    const text = writeWebAnswer(offerOf(chromium.replace('a=sendrecv', lines)), answer);
    return [/a=rtcp-fb:.*/.exec(text)?.[0] ?? null, new RegExp(`a=extmap:(\\d+) ${uri}`).exec(text)?.[1] ?? null];
  };
  assert.deepEqual(asked('recvonly', '3', '111 transport-cc'), ['a=rtcp-fb:111 transport-cc', '3']);
  assert.deepEqual(asked('recvonly', '14', '* transport-cc'), ['a=rtcp-fb:111 transport-cc', '14']);
  assert.deepEqual(asked('sendrecv', '3', '111 transport-cc'), [null, null]);
  assert.deepEqual(asked('recvonly', '3', '111 nack'), [null, null]);
  assert.deepEqual(asked('recvonly', '3', '111 transport-cc', ours), [null, null], 'it speaks G.711');
  assert.deepEqual(asked('recvonly', '15', '111 transport-cc'), [null, null], 'no number of one byte');
});
