import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioLevel } from './audio-level.ts';
import { RtpHeader } from './rtp-header.ts';

const plain = '80 6f 0001 00000002 00000003'.replaceAll(' ', '');

/** The level in element 3 of a packet with this extension, hex; payload aabb. */
function level(extension: string, id = 3): number | 'no RTP' {
  const packet = Buffer.from(`90${plain.slice(2)}${extension.replaceAll(' ', '')}aabb`, 'hex');
  const header = new RtpHeader();
  if (!header.read(packet)) return 'no RTP';
  assert.equal(packet.subarray(header.payloadStart, header.payloadEnd).toString('hex'), 'aabb');
  return audioLevel(packet, header, id);
}

test('the level of a packet, as Chromium sends it and as RFC 8285 lets it be sent', () => {
  assert.equal(level('bede 0001 30 a2 0000'), 0x22, 'voice, -34 dBov');
  assert.equal(level('bede 0001 30 7f 0000'), 127, 'silence');
  assert.equal(level('bede 0002 10 05 51 aabb 30 80 00'), 0, 'behind others');
  assert.equal(level('bede 0002 00 00 30 11 0000 0000'), 0x11, 'behind padding');
  assert.equal(level('bede 0001 31 1234 00'), 0x12, 'longer than it need be');
  assert.equal(level('1000 0001 03 01 a2 00'), 0x22, 'elements of two bytes');
  assert.equal(level('100f 0002 07 00 00 05 01 09 03 00'), -1, 'with nothing in it');
});

test('where there is none', () => {
  assert.equal(level('bede 0000'), -1);
  assert.equal(level('bede 0001 20 22 0000'), -1, 'another');
  assert.equal(level('bede 0001 f0 30 22 00'), -1, 'ended before');
  assert.equal(level('bede 0001 00 00 00 30'), -1, 'beyond the end');
  assert.equal(level('bede 0001 2f 00 30 22'), -1, 'hidden in another that is cut off');
  assert.equal(level('1000 0001 00 00 00 03'), -1);
  assert.equal(level('1000 0001 03 09 22 00'), -1);
  assert.equal(level('abcd 0001 30 22 0000'), -1, 'an extension of another kind');
  assert.equal(level('bede 00ff 30 22 0000'), 'no RTP');
  const header = new RtpHeader();
  const packet = Buffer.from(`${plain}3022`, 'hex');
  assert.ok(header.read(packet));
  assert.equal(audioLevel(packet, header, 3), -1, 'no extension');
});
