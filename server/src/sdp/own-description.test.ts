import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, write } from 'sdp-transform';
import { describe, type LocalAudio, opus } from './own-description.ts';
import type { AudioFormat } from './session.ts';

const pcmu: AudioFormat = { payloadType: 0, name: 'PCMU', clockRate: 8000, channels: 1, fmtp: null };
const local: LocalAudio = {
  address: '192.0.2.1',
  port: 20_000,
  rtcpPort: null,
  formats: [pcmu],
  telephoneEvent: 101,
  ptime: 20,
  direction: 'sendrecv',
  sessionId: '12345678901234567890',
  sessionVersion: 3,
};
const audio = { type: 'audio', port: 4000, protocol: 'RTP/AVP', firstFormat: '0' };
const video = { type: 'video', port: 4002, protocol: 'RTP/AVPF', firstFormat: '96' };
const key = { tag: 1, suite: 'AES_CM_128_HMAC_SHA1_80', key: 'A'.repeat(40) } as const;

test('a description has its lines in the order of RFC 8866', () => {
  const lines = [
    'v=0',
    'o=partyline 12345678901234567890 3 IN IP4 192.0.2.1',
    's=partyline',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=video 0 RTP/AVPF 96',
    'm=audio 20000 RTP/SAVP 0 111 101',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:111 opus/48000/2',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:111 useinbandfec=1',
    'a=fmtp:101 0-15',
    'a=rtcp:20003',
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key.key}`,
    'a=ptime:20',
    'a=recvonly',
  ];
  const shape = { lines: [video, { ...audio, protocol: 'RTP/SAVP' }], audioIndex: 1 };
  const described = { ...local, formats: [pcmu, opus], rtcpPort: 20_003, direction: 'recvonly' as const };
  assert.equal(describe(described, shape, [key]), `${lines.join('\r\n')}\r\n`);
});

test('whatever is described, the library writes the same of what it reads there', () => {
  for (const address of ['192.0.2.1', '2001:db8::1'])
    for (const formats of [[pcmu], [opus, pcmu], [pcmu, opus]])
      for (const telephoneEvent of [null, 101])
        for (const rtcpPort of [null, 20_001, 30_000])
          for (const audioIndex of [-1, 0, 1])
            for (const crypto of [[], [key, { ...key, tag: 2 }]]) {
              const shape = { lines: [audio, { ...audio, protocol: 'RTP/SAVP' }, video], audioIndex };
              const text = describe({ ...local, address, formats, telephoneEvent, rtcpPort }, shape, crypto);
              assert.equal(write(parse(text)), text);
            }
});
