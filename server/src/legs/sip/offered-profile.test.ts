import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSession } from '../../sdp/offer-answer.ts';
import { mediaProfiles } from '../media-profile.ts';
import type { SrtpPolicy } from './leg-srtp.ts';
import { isSpoken, profileOfOffer, profileOfTransport } from './offered-profile.ts';

function offeredUnder(srtp: SrtpPolicy, ...media: string[]) {
  const head = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const parsed = parseSession(`${[...head, ...media.map((line) => `m=${line}`)].join('\r\n')}\r\n`);
  assert.ok(parsed.ok);
  return profileOfOffer(parsed.lines, srtp);
}

const offered = (...media: string[]) => offeredUnder('optional', ...media);

test('the profile of an offer is that of its first audio line that can be spoken here, else of its first', () => {
  assert.equal(offered('audio 6000 RTP/AVP 0'), 'rtp');
  assert.equal(offered('audio 6000 RTP/AVPF 0'), 'rtp');
  assert.equal(offered('audio 6000 RTP/SAVP 0'), 'sdes');
  assert.equal(offered('audio 9 UDP/TLS/RTP/SAVPF 111'), 'dtls');
  assert.equal(offered('audio 6000 RTP/SAVP 0', 'audio 6002 RTP/AVP 0'), 'sdes', 'best effort encryption');
  assert.equal(offeredUnder('off', 'audio 6000 RTP/SAVP 0', 'audio 6002 RTP/AVP 0'), 'rtp');
  assert.equal(offered('audio 6000 RTP/SAVPF 0', 'audio 6002 UDP/TLS/RTP/SAVP 0'), 'sdes');
  assert.equal(offered('audio 0 RTP/AVP 0', 'audio 6002 RTP/SAVP 0'), 'sdes', 'a disabled line counts for nothing');
  assert.equal(offered('video 6000 RTP/SAVPF 96', 'audio 6002 RTP/AVP 0'), 'rtp');
  for (const nothing of [['video 6000 RTP/AVP 34'], ['audio 6000 TCP/MRCPv2 1'], ['audio 0 RTP/AVP 0'], []]) {
    assert.equal(offered(...nothing), null);
  }
});

test('what a phone is offered follows from how it registered', () => {
  const transports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;
  const offered = (srtp: SrtpPolicy) => transports.map((kind) => profileOfTransport(kind, srtp));
  assert.deepEqual(offered('optional'), ['rtp', 'rtp', 'sdes', 'dtls', 'dtls']);
  assert.deepEqual(offered('off'), ['rtp', 'rtp', 'rtp', 'dtls', 'dtls'], 'a phone over TLS rings all the same');
  assert.deepEqual(offered('required'), ['sdes', 'sdes', 'sdes', 'dtls', 'dtls']);
});

test('SRTP by DTLS is what browsers have, and no phone by SIP', () => {
  assert.deepEqual(mediaProfiles.filter(isSpoken), ['rtp', 'sdes']);
});
