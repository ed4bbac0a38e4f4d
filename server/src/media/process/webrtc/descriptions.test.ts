import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WebRtcRequest } from '../../channel/commands.ts';
import { offerText, valuesOf } from './descriptions.ts';

const request = {
  mid: '0',
  iceUfrag: 'abcd',
  icePwd: '0123456789012345678901',
  fingerprint: { algorithm: 'sha-256', value: 'AA:BB' },
  setup: 'actpass',
  direction: 'sendrecv',
  ssrcs: [7],
  formats: [{ payloadType: 111, codec: 'OPUS', clockRate: 48_000 }],
} as unknown as WebRtcRequest;

test('who leaves it to us is spoken to first, who does not has its way', () => {
  const told = (setup: WebRtcRequest['setup']) => /^a=setup:(.+?)\r$/m.exec(offerText({ ...request, setup }))?.[1];
  assert.deepEqual([told('actpass'), told('active'), told('passive')], ['passive', 'active', 'passive']);
});

test('of what the library answers all is taken or nothing', () => {
  const answer = [
    'a=ice-ufrag:u',
    'a=ice-pwd:p',
    'a=fingerprint:sha-256 AA:BB',
    'a=setup:passive',
    'a=candidate:1 1 UDP 1 127.0.0.1 4000 typ host',
    '',
  ];
  assert.deepEqual(valuesOf(answer.join('\r\n')), {
    iceUfrag: 'u',
    icePwd: 'p',
    fingerprint: { algorithm: 'sha-256', value: 'AA:BB' },
    setup: 'passive',
    candidates: ['1 1 UDP 1 127.0.0.1 4000 typ host'],
  });
  for (let missing = 0; missing < 4; missing++) {
    assert.equal(valuesOf(answer.filter((_, at) => at !== missing).join('\r\n')), null);
  }
  assert.equal(valuesOf(answer.join('\r\n').replace('passive', 'actpass')), null);
});
