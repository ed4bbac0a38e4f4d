import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParsedSession, parseSession } from './session.ts';

const head = ['v=0', 'o=alice 2890844526 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'];

function sdp(...lines: string[]): string {
  return `${[...head, ...lines].join('\r\n')}\r\n`;
}

function parsed(text: string): ParsedSession {
  const result = parseSession(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

test('reads static and dynamic payload types', () => {
  const { audio } = parsed(
    sdp(
      'm=audio 49170 RTP/AVP 0 8 96 97 101',
      'a=rtpmap:8 pcma/8000',
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96 useinbandfec=1',
      'a=rtpmap:101 telephone-event/8000',
      'a=ptime:30',
      'a=maxptime:60',
    ),
  );
  assert.deepEqual(audio?.formats, [
    { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1, fmtp: null },
    { payloadType: 8, name: 'PCMA', clockRate: 8000, channels: 1, fmtp: null },
    { payloadType: 96, name: 'OPUS', clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' },
  ]);
  assert.deepEqual(audio.telephoneEvent, { payloadType: 101, clockRate: 8000 });
  assert.deepEqual([audio.ptime, audio.maxptime], [30, 60]);
  assert.deepEqual([audio.address, audio.port, audio.direction, audio.held], ['192.0.2.1', 49170, 'sendrecv', false]);
  assert.deepEqual(audio.rtcp, { address: '192.0.2.1', port: 49171 });
});

test('an rtpmap wins over the static meaning', () => {
  const { audio } = parsed(sdp('m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 SPEEX/8000'));
  assert.equal(audio?.formats[0]?.name, 'SPEEX');
});

test('telephone-event of 8000 Hz is preferred, all are kept', () => {
  const { audio } = parsed(
    sdp('m=audio 4000 RTP/AVP 0 100 101', 'a=rtpmap:100 telephone-event/48000', 'a=rtpmap:101 telephone-event/8000'),
  );
  assert.equal(audio?.telephoneEvent?.payloadType, 101);
  assert.equal(audio?.telephoneEvents.length, 2);
});

test('the rtcp attribute (RFC 3605), with and without an address, and rtcp-mux', () => {
  const rtcp = (...lines: string[]) => parsed(sdp('m=audio 4000 RTP/AVP 0', ...lines)).audio?.rtcp;
  assert.deepEqual(rtcp('a=rtcp:53020'), { address: '192.0.2.1', port: 53020 });
  assert.deepEqual(rtcp('a=rtcp:53020 IN IP4 126.16.64.4'), { address: '126.16.64.4', port: 53020 });
  assert.deepEqual(rtcp('a=rtcp:53020 IN IP4 239.1.1.1'), { address: '192.0.2.1', port: 53020 });
  const above = { address: '192.0.2.1', port: 4001 };
  assert.deepEqual(rtcp('a=rtcp-mux'), above, 'we do not answer it, so it does not hold');
  assert.deepEqual(rtcp('a=rtcp-mux', 'a=rtcp:4000'), above);
  assert.deepEqual(rtcp('a=rtcp-mux', 'a=rtcp:9000'), { address: '192.0.2.1', port: 9000 });
  assert.deepEqual(rtcp('a=rtcp:4000'), { address: '192.0.2.1', port: 4000 }, 'asked for without an answer');
  assert.deepEqual(rtcp('a=rtcp:99999'), { address: '192.0.2.1', port: 4001 });
});

test('hold in its four forms', () => {
  const held = (...lines: string[]) => parsed(sdp('m=audio 4000 RTP/AVP 0', ...lines)).audio;
  assert.equal(held('a=sendonly')?.held, true);
  assert.equal(held('a=inactive')?.held, true);
  assert.equal(held('a=recvonly')?.held, false);
  assert.equal(held('c=IN IP4 0.0.0.0')?.blackHole, true);
  assert.equal(held('c=IN IP4 0.0.0.0')?.held, true);
  assert.equal(held('c=IN IP6 ::')?.held, true);
  assert.equal(held('c=IN IP4 domain.invalid')?.held, true);
});

test('session level connection and direction hold for media without their own', () => {
  const text = sdp('a=sendonly', 'm=audio 4000 RTP/AVP 0', 'm=audio 4002 RTP/AVP 0', 'a=sendrecv');
  assert.equal(parsed(text).audio?.direction, 'sendonly');
  assert.equal(parsed(sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 192.0.2.9')).audio?.address, '192.0.2.9');
});

test('IPv6 addresses', () => {
  const text = ['v=0', 'o=- 1 1 IN IP6 2001:DB8::1', 's=-', 'c=IN IP6 2001:DB8::1', 't=0 0', 'm=audio 9000 RTP/AVP 8'];
  assert.equal(parsed(text.join('\n')).audio?.address, '2001:db8::1');
});

test('the first audio stream that can be spoken is taken', () => {
  const session = parsed(
    sdp(
      'm=video 5000 RTP/AVP 34',
      'm=audio 0 RTP/AVP 0',
      'm=audio 5004 RTP/SAVP 0',
      'm=audio 5006/2 RTP/AVP 8',
      'm=image 5008 udptl t38',
    ),
  );
  assert.equal(session.mediaCount, 5);
  assert.equal(session.audioIndex, 3);
  assert.equal(session.audio?.port, 5006);
  assert.deepEqual(session.lines[4], { type: 'image', port: 5008, protocol: 'udptl', firstFormat: 't38' });
});

test('what stands in the way of a usable audio stream is named', () => {
  const code = (...lines: string[]) => parsed(sdp(...lines)).warning?.code;
  assert.equal(code(), 304);
  assert.equal(code('m=video 5000 RTP/AVP 34'), 304);
  assert.equal(code('m=audio 5000 RTP/SAVP 0'), 302);
  assert.equal(code('m=audio 5000 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127'), 330);
  assert.equal(code('m=audio 5000 RTP/AVP 0', 'c=IN IP4 media.example.org'), 301);
  assert.equal(code('m=audio 5000 RTP/AVP 0', 'c=IN IP6 ff02::1'), 330);
  assert.equal(code('m=audio 5000 RTP/AVP 0'), undefined);
});

test('malformed and oversized descriptions are refused with a reason', () => {
  const reason = (text: string) => {
    const result = parseSession(text);
    return result.ok ? null : result.reason;
  };
  assert.equal(reason(''), 'no v=0 line');
  assert.equal(reason('hello'), 'no v=0 line');
  assert.equal(reason(sdp('x'.repeat(70_000))), 'session description too long');
  assert.equal(reason(sdp(...new Array(129).fill('m=audio 4000 RTP/AVP 0'))), 'too many m= lines');
});

test('a malformed media line is refused alone, in its place', () => {
  const usual = 'm=audio 4000 RTP/AVP 0';
  for (const [line, answered] of [
    ['m=video $ RTP/AVP 31', 'video RTP/AVP'],
    ['m=video +5 RTP/AVP 31', 'video RTP/AVP'],
    ['m=video 5000/x UDP/TLS 31', 'video UDP/TLS'],
    ['m=audio 40000', 'audio RTP/AVP'],
    ['m=audio RTP/AVP 0', 'audio 0'],
    ['m=', 'application RTP/AVP'],
    ['m= 4000 "RTP" 0', 'application RTP/AVP'],
  ] as const) {
    const { audio, audioIndex, lines } = parsed(sdp(line, usual));
    assert.deepEqual([audio?.port, audioIndex], [4000, 1], line);
    const { type, protocol, port, firstFormat } = lines[0]!;
    assert.deepEqual([`${type} ${protocol}`, port, firstFormat], [answered, null, '0'], line);
  }
  assert.equal(parsed(sdp('m=audio RTP/AVP 0')).warning?.code, 304);
});

test('what does not concern us costs nothing but itself: long lines, many lines, any number of formats, numbers that are no port', () => {
  const usual = ['m=audio 4000 RTP/AVP 0', 'a=sendonly'];
  const odd = (...lines: string[]) =>
    parsed(sdp(...lines)).streams.map((stream) => stream.audio?.port ?? stream.warning);
  assert.deepEqual(odd(`a=${'x'.repeat(5000)}`, ...usual, `a=fmtp:96 ${'x'.repeat(5000)}`), [4000]);
  assert.deepEqual(odd(...usual, ...new Array(1000).fill('a=x')), [4000]);
  assert.deepEqual(odd(...new Array(100).fill('m=video 5000 RTP/AVP 34'), ...usual), [4000]);
  assert.deepEqual(odd('m=audio 70000 RTP/AVP 0', 'm=audio 99999999999999999999 RTP/AVP 0', ...usual), [0, 0, 4000]);
  assert.deepEqual(odd("m=x'*+.`|~ 9 a+b/c 0", 'm=video 0 RTP/AVP', ...usual), [4000]);
  const many = Array.from({ length: 128 }, (_, type) => 127 - type).join(' ');
  const { audio } = parsed(sdp(`m=audio 4000/2 RTP/AVP ${many}`));
  assert.deepEqual(
    audio?.formats.map((format) => format.name),
    ['G729', 'G722', 'PCMA', 'G723', 'GSM', 'PCMU'],
  );
});

test('blanks and strokes that are one too many cost nothing', () => {
  for (const [map, type] of [
    ['a=rtpmap: 96 PCMU/8000', 96],
    ['a=rtpmap:96  PCMU/8000', 96],
    ['a=rtpmap:96\tPCMU/8000/1', 96],
    ['a=rtpmap:96 PCMU/8000/', 96],
    ['a=rtpmap:96 PCMU/8000 ', 96],
  ] as const) {
    const { audio } = parsed(sdp('m=audio 4000 RTP/AVP 96', map));
    assert.deepEqual(
      audio?.formats.map(({ payloadType, name, channels }) => [payloadType, name, channels]),
      [[type, 'PCMU', 1]],
      map,
    );
  }
  assert.equal(parsed(`\r\n${sdp('m=audio 4000 RTP/AVP 0')}`).audio?.port, 4000);
  assert.equal(parsed(sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 192.0.2.7/127')).audio?.address, '192.0.2.7');
  assert.equal(parsed(sdp('m=audio 4000 RTP/AVP 0', 'c=IN IP4 224.2.1.1/127')).warning?.code, 330);
});

test('payload types out of range, twice, or without a meaning are left out', () => {
  const { audio } = parsed(sdp('m=audio 4000 RTP/AVP 0 0 128 200 x 99 8', 'a=rtpmap:99 FOO/0'));
  assert.deepEqual(
    audio?.formats.map((format) => format.payloadType),
    [0, 8],
  );
});
