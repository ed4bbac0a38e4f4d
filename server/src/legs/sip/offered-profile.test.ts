import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSession } from '../../sdp/offer-answer.ts';
import { mediaProfiles, profileRefusal } from '../media-profile.ts';
import { profileOfOffer, profileOfTransport } from './offered-profile.ts';

function offered(...media: string[]) {
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const parsed = parseSession(`${[...head, ...media.map((line) => `m=${line}`)].join('\r\n')}\r\n`);
  assert.ok(parsed.ok);
  return profileOfOffer(parsed.lines);
}

test('the profile of an offer is that of its first audio line that can be spoken here, else of its first', () => {
  assert.equal(offered('audio 6000 RTP/AVP 0'), 'rtp');
  assert.equal(offered('audio 6000 RTP/AVPF 0'), 'rtp');
  assert.equal(offered('audio 6000 RTP/SAVP 0'), 'sdes');
  assert.equal(offered('audio 9 UDP/TLS/RTP/SAVPF 111'), 'dtls');
  assert.equal(offered('audio 6000 RTP/SAVP 0', 'audio 6002 RTP/AVP 0'), 'rtp', 'best effort encryption');
  assert.equal(offered('audio 6000 RTP/SAVPF 0', 'audio 6002 UDP/TLS/RTP/SAVP 0'), 'sdes');
  assert.equal(offered('audio 0 RTP/AVP 0', 'audio 6002 RTP/SAVP 0'), 'sdes', 'a disabled line counts for nothing');
  assert.equal(offered('video 6000 RTP/SAVPF 96', 'audio 6002 RTP/AVP 0'), 'rtp');
  for (const nothing of [['video 6000 RTP/AVP 34'], ['audio 6000 TCP/MRCPv2 1'], ['audio 0 RTP/AVP 0'], []]) {
    assert.equal(offered(...nothing), null);
  }
});

test('what a phone is offered follows from how it registered', () => {
  const transports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;
  const offered = (sdes: boolean) =>
    transports.map((kind) => profileOfTransport(kind, (one) => one !== 'sdes' || sdes));
  assert.deepEqual(offered(true), ['rtp', 'rtp', 'sdes', 'dtls', 'dtls']);
  assert.deepEqual(offered(false), ['rtp', 'rtp', 'rtp', 'dtls', 'dtls'], 'a phone over TLS rings all the same');
});

test('a profile that is not spoken yet is refused as media that is not acceptable', () => {
  const refusals = mediaProfiles.map((profile) => profileRefusal(profile));
  assert.deepEqual(
    refusals.map((refusal) => refusal?.code ?? null),
    [null, 'notAcceptableMedia', 'notAcceptableMedia'],
  );
  assert.equal(refusals[1]!.status, 488);
  assert.deepEqual(refusals[2]!.details, { profile: 'dtls' });
});
