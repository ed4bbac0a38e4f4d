import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acceptAnswer,
  answer,
  type LocalAudio,
  makeOffer,
  type Negotiated,
  opus,
  type ParsedSession,
  parseSession,
  pcma,
  pcmu,
  sameDescription,
} from './offer-answer.ts';

const local: LocalAudio = {
  address: '198.51.100.7',
  port: 20000,
  rtcpPort: 20001,
  formats: [pcmu, pcma],
  telephoneEvent: 101,
  ptime: 20,
  direction: 'sendrecv',
  sessionId: '4711',
  sessionVersion: 1,
};

function offer(...lines: string[]): ParsedSession {
  const text = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines].join('\r\n');
  const result = parseSession(`${text}\r\n`);
  assert.ok(result.ok);
  return result;
}

function agreed(session: ParsedSession, ours = local): { sdp: string; negotiated: Negotiated } {
  const result = answer(session, ours);
  assert.ok(result.ok, JSON.stringify(result));
  return result;
}

test('an answer, to the letter', () => {
  const { sdp } = agreed(
    offer('m=audio 6000 RTP/AVP 18 8 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=fmtp:96 0-16', 'a=ptime:30'),
  );
  assert.equal(
    sdp,
    [
      'v=0',
      'o=partyline 4711 1 IN IP4 198.51.100.7',
      's=partyline',
      'c=IN IP4 198.51.100.7',
      't=0 0',
      'm=audio 20000 RTP/AVP 8 0 96',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:96 telephone-event/8000',
      'a=fmtp:96 0-15',
      'a=ptime:30',
      'a=sendrecv',
      '',
    ].join('\r\n'),
  );
});

test('what was agreed by an answer', () => {
  const { negotiated } = agreed(offer('m=audio 6000 RTP/AVP 0 8 100', 'a=rtpmap:100 telephone-event/8000'));
  assert.equal(negotiated.send.format.name, 'PCMU');
  assert.equal(negotiated.send.ptime, 20);
  assert.deepEqual(
    negotiated.receive.map((format) => format.payloadType),
    [0, 8],
  );
  const event = { payloadType: 100, clockRate: 8000 };
  assert.deepEqual(negotiated.telephoneEvents, { send: event, receive: [event] });
  assert.deepEqual(negotiated.remote, {
    address: '192.0.2.1',
    port: 6000,
    rtcp: { address: '192.0.2.1', port: 6001 },
  });
  assert.equal(negotiated.remoteHeld, false);
});

test('digits in the clock and the numbering of the offer, whichever of them the phone uses', () => {
  const lines = ['a=rtpmap:110 telephone-event/48000', 'a=rtpmap:97 telephone-event/16000'];
  const wide = agreed(offer('m=audio 6000 RTP/AVP 110 0 97', ...lines));
  assert.match(wide.sdp, /^m=audio \d+ RTP\/AVP 0 110\r$/m);
  assert.match(wide.sdp, /^a=rtpmap:110 telephone-event\/48000\r$/m);
  const [e110, e97] = [
    { payloadType: 110, clockRate: 48_000 },
    { payloadType: 97, clockRate: 16_000 },
  ];
  assert.deepEqual(wide.negotiated.telephoneEvents, { send: e110, receive: [e110, e97] });

  const both = agreed(offer('m=audio 6000 RTP/AVP 0 110 96', lines[0]!, 'a=rtpmap:96 telephone-event/8000'));
  assert.match(both.sdp, /^m=audio \d+ RTP\/AVP 0 96\r$/m);
  const e96 = { payloadType: 96, clockRate: 8000 };
  assert.deepEqual(both.negotiated.telephoneEvents, { send: e96, receive: [e96, e110] });
});

test('every other m= line is refused in its place', () => {
  const { sdp } = agreed(
    offer(
      'm=video 5000 RTP/AVP 34 35',
      'm=audio 5002 RTP/AVP 0',
      'm=audio 5004 RTP/AVP 8',
      'm=application 5006 UDP/DTLS/SCTP webrtc-datachannel',
    ),
  );
  assert.deepEqual(sdp.match(/^m=.*$/gm), [
    'm=video 0 RTP/AVP 34',
    'm=audio 20000 RTP/AVP 0',
    'm=audio 0 RTP/AVP 8',
    'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
  ]);
});

test('in a running session the sound may be disabled, on whichever line it stood or stands; not to be a fax instead', () => {
  const lines = (audioIndex: number, ...described: string[]) => {
    const before = offer('m=audio 5002 RTP/AVP 0', 'm=audio 5004 RTP/AVP 8');
    const result = answer(offer(...described), local, { lines: before.lines, audioIndex });
    return result.ok ? [result.negotiated.remote, result.sdp.match(/^m=\w+ \d+/gm)] : result.status;
  };
  assert.deepEqual(lines(0, 'm=audio 0 RTP/AVP 0', 'm=video 5000 RTP/AVP 34'), [null, ['m=audio 0', 'm=video 0']]);
  assert.deepEqual(lines(1, 'm=audio 0 RTP/AVP 0', 'm=video 5000 RTP/AVP 34'), [null, ['m=audio 0', 'm=video 0']]);
  assert.deepEqual(lines(0, 'm=video 0 RTP/AVP 34', 'm=audio 0 RTP/AVP 0'), [null, ['m=video 0', 'm=audio 0']]);
  assert.equal(lines(0, 'm=audio 0 RTP/AVP 0', 'm=image 5000 udptl t38'), 488);
  assert.equal(lines(0, 'm=audio x RTP/AVP 0'), 488, 'a malformed line disables nothing');
  assert.equal(lines(0, 'm=video 5000 RTP/AVP 34'), 488);
});

test('directions answered', () => {
  const direction = (line: string, wanted: LocalAudio['direction'] = 'sendrecv') => {
    const { negotiated, sdp } = agreed(offer('m=audio 5000 RTP/AVP 0', line), { ...local, direction: wanted });
    assert.match(sdp, new RegExp(`a=${negotiated.direction}`));
    return `${negotiated.direction} ${negotiated.remoteHeld ? 'held' : 'live'}`;
  };
  assert.equal(direction('a=sendrecv'), 'sendrecv live');
  assert.equal(direction('a=sendonly'), 'recvonly held');
  assert.equal(direction('a=recvonly'), 'sendonly live');
  assert.equal(direction('a=inactive'), 'inactive held');
  assert.equal(direction('c=IN IP4 0.0.0.0'), 'recvonly held');
  assert.equal(direction('a=sendrecv', 'sendonly'), 'sendonly live');
  assert.equal(direction('a=sendonly', 'sendonly'), 'inactive held');
  assert.equal(direction('a=recvonly', 'recvonly'), 'inactive live');
});

test('hold by 0.0.0.0 gives no address to send to', () => {
  const { negotiated } = agreed(offer('m=audio 5000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'));
  assert.equal(negotiated.remote, null);
});

test('488 names what is missing', () => {
  const warning = (session: ParsedSession, ours = local) => {
    const result = answer(session, ours);
    assert.ok(!result.ok);
    assert.equal(result.status, 488);
    return result.warning;
  };
  assert.equal(
    warning(offer('m=audio 5000 RTP/AVP 18 96', 'a=rtpmap:96 opus/48000/2')),
    '305 Incompatible media format: PCMU and PCMA are spoken here',
  );
  assert.match(warning(offer('m=video 5000 RTP/AVP 34')), /^304 Media type not available/);
  assert.match(warning(offer('m=audio 0 RTP/AVP 0')), /^304 /);
  assert.match(warning(offer('m=audio 5000 RTP/SAVP 0')), /^302 /);
  assert.match(warning(offer('m=audio 5000 RTP/AVP 0', 'c=IN IP6 2001:db8::1')), /^301 /);
});

test('packet length: what is asked for, in tens from 10 to 200, within the maximum', () => {
  const ptime = (...lines: string[]) => agreed(offer('m=audio 5000 RTP/AVP 0', ...lines)).negotiated.send.ptime;
  assert.equal(ptime(), 20);
  assert.equal(ptime('a=ptime:10'), 10);
  assert.equal(ptime('a=ptime:40'), 40);
  assert.equal(ptime('a=ptime:25'), 20);
  assert.equal(ptime('a=ptime:90'), 90);
  assert.equal(ptime('a=ptime:200'), 200);
  assert.equal(ptime('a=ptime:1000'), 200);
  assert.equal(ptime('a=ptime:200', 'a=maxptime:60'), 60);
  assert.equal(ptime('a=maxptime:300'), 20);
  assert.equal(ptime('a=ptime:5'), 10);
  assert.equal(ptime('a=maxptime:10'), 10);
  assert.equal(ptime('a=ptime:bogus'), 20);
});

test('an IPv6 answer, with an rtcp port that is not the next', () => {
  const text = 'v=0\r\no=- 1 1 IN IP6 ::1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 9000 RTP/AVP 8\r\n';
  const parsed = parseSession(text);
  assert.ok(parsed.ok);
  const { sdp } = agreed(parsed, { ...local, address: '2001:db8::7', rtcpPort: 30000 });
  assert.match(sdp, /^o=partyline 4711 1 IN IP6 2001:db8::7\r$/m);
  assert.match(sdp, /^c=IN IP6 2001:db8::7\r$/m);
  assert.match(sdp, /^a=rtcp:30000\r$/m);
});

test('no telephone-event offered, none answered', () => {
  const { sdp, negotiated } = agreed(offer('m=audio 5000 RTP/AVP 0'));
  assert.deepEqual(negotiated.telephoneEvents, { send: null, receive: [] });
  assert.doesNotMatch(sdp, /telephone-event/);
});

test('late offer: our offer, their answer', () => {
  const sdp = makeOffer(local);
  assert.match(sdp, /^m=audio 20000 RTP\/AVP 0 8 101\r$/m);
  const theirs = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
  const result = acceptAnswer(
    local,
    `${theirs}m=audio 7000 RTP/AVP 8 110\r\na=rtpmap:110 telephone-event/8000\r\na=ptime:20\r\n`,
  );
  assert.ok(result.ok);
  assert.equal(result.negotiated.send.format.name, 'PCMA');
  assert.deepEqual(
    result.negotiated.receive.map((format) => format.name),
    ['PCMU', 'PCMA'],
  );
  const [event110, event101] = [110, 101].map((payloadType) => ({ payloadType, clockRate: 8000 }));
  assert.deepEqual(result.negotiated.telephoneEvents, { send: event110, receive: [event110, event101] });

  const reason = (media: string) => {
    const refused = acceptAnswer(local, theirs + media);
    return refused.ok ? null : refused.reason;
  };
  assert.match(reason('m=audio 0 RTP/AVP 0\r\n') ?? '', /refuses/);
  assert.match(reason('') ?? '', /refuses/);
  assert.match(reason('m=audio 7000 RTP/AVP 18\r\n') ?? '', /no format/);
  assert.match(reason('m=audio 7000 RTP/AVP 0\r\nc=IN IP6 ::1\r\n') ?? '', /family/);
});

test('our own hold is no hold of theirs', () => {
  const text = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 7000 RTP/AVP 0\r\n';
  const held = (direction: LocalAudio['direction'], theirs: string) => {
    const result = acceptAnswer({ ...local, direction }, `${text}a=${theirs}\r\n`);
    assert.ok(result.ok);
    return result.negotiated.remoteHeld;
  };
  assert.equal(held('inactive', 'inactive'), false);
  assert.equal(held('sendrecv', 'inactive'), true);
  assert.equal(held('sendrecv', 'sendonly'), true);
});

test('a later offer of ours keeps the m= lines of the session', () => {
  const { negotiated } = agreed(offer('m=video 5000 RTP/AVP 34', 'm=audio 5002 RTP/AVP 0'));
  const again = makeOffer({ ...local, sessionVersion: 2 }, negotiated.shape);
  assert.deepEqual(again.match(/^m=.*$/gm), ['m=video 0 RTP/AVP 34', 'm=audio 20000 RTP/AVP 0 8 101']);
});

test('only a change asks for a new version', () => {
  const first = makeOffer(local);
  assert.ok(sameDescription(first, makeOffer({ ...local, sessionVersion: 2 })));
  assert.ok(!sameDescription(first, makeOffer({ ...local, direction: 'inactive' })));
});

test("Opus: offered as RFC 7587 has it, answered under the peer's number with our parameters, in packets that it can have", () => {
  const ours = { ...local, formats: [opus, pcmu] };
  const lines = makeOffer(ours).split('\r\n');
  assert.ok(lines.includes('m=audio 20000 RTP/AVP 111 0 101'));
  assert.ok(lines.includes('a=rtpmap:111 opus/48000/2'));
  assert.ok(lines.includes('a=fmtp:111 useinbandfec=1'));
  const theirs = (...more: string[]) =>
    offer(
      'm=audio 6000 RTP/AVP 96 0 97 101',
      ...['a=rtpmap:96 Opus/48000/2', 'a=fmtp:96 stereo=1;maxaveragebitrate=20000'],
      ...['a=rtpmap:97 telephone-event/48000', 'a=rtpmap:101 telephone-event/8000'],
      ...more,
    );
  const { sdp, negotiated } = agreed(theirs(), ours);
  assert.match(sdp, /a=rtpmap:96 opus\/48000\/2\r\n/);
  assert.match(sdp, /a=fmtp:96 useinbandfec=1\r\n/);
  assert.doesNotMatch(sdp, /stereo|maxaveragebitrate/);
  assert.deepEqual(negotiated.telephoneEvents.send, { payloadType: 97, clockRate: 48_000 });
  for (const [asked, ptime] of [
    [10, 10],
    [30, 20],
    [50, 40],
    [120, 60],
  ] as const) {
    const { send } = agreed(theirs(`a=ptime:${asked}`), ours).negotiated;
    assert.deepEqual([send.format.name, send.ptime], ['OPUS', ptime], `${asked} ms`);
  }
  assert.equal(agreed(theirs('a=ptime:30'), { ...ours, formats: [pcmu] }).negotiated.send.ptime, 30);
  const accepted = acceptAnswer(ours, makeOffer({ ...ours, port: 6000, ptime: 30 }));
  assert.ok(accepted.ok);
  assert.equal(accepted.negotiated.send.ptime, 20);
  assert.equal(
    answer(offer('m=audio 6000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2'), local).ok,
    false,
    'where it is not spoken',
  );
});
