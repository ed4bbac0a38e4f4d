import assert from 'node:assert/strict';
import { test } from 'node:test';
import { looksLikeRtcp, RtpHeader, writeRtpHeader } from './rtp-header.ts';

const plain = Buffer.from('80e0123489abcdefdeadbeef0102', 'hex');

function read(packet: Buffer): RtpHeader | null {
  const header = new RtpHeader();
  return header.read(packet) ? header : null;
}

test('reads a plain header', () => {
  const header = read(plain)!;
  assert.equal(header.marker, true);
  assert.equal(header.payloadType, 0x60);
  assert.equal(header.sequence, 0x1234);
  assert.equal(header.timestamp >>> 0, 0x89abcdef);
  assert.equal(header.ssrc >>> 0, 0xdeadbeef);
  assert.deepEqual([header.payloadStart, header.payloadEnd], [12, 14]);
});

test('leaves CSRC, extension and padding out of the payload', () => {
  // V=2 P=1 X=1 CC=1, one CSRC, an extension of one word, payload aa, padding of 3 bytes.
  const packet = Buffer.from(`b100000100000002000000030000000${'4bede000100112233aa000003'}`, 'hex');
  const header = read(packet)!;
  assert.deepEqual(packet.subarray(header.payloadStart, header.payloadEnd), Buffer.from('aa', 'hex'));
});

test('refuses what is no whole RTP packet', () => {
  assert.equal(read(Buffer.alloc(0)), null);
  assert.equal(read(plain.subarray(0, 11)), null);
  assert.equal(read(Buffer.from(`40${plain.toString('hex').slice(2)}`, 'hex')), null, 'version 1');
  assert.equal(read(Buffer.from(`8f${plain.toString('hex').slice(2)}`, 'hex')), null, '15 CSRC that are not there');
  assert.equal(read(Buffer.from(`90${plain.toString('hex').slice(2)}`, 'hex')), null, 'extension beyond the end');
  assert.equal(read(Buffer.from(`a0${plain.toString('hex').slice(2, -2)}00`, 'hex')), null, 'padding of nothing');
  assert.equal(
    read(Buffer.from(`a0${plain.toString('hex').slice(2, -2)}09`, 'hex')),
    null,
    'more padding than payload',
  );
});

test('writes what it reads', () => {
  const out = Buffer.alloc(16, 0xff);
  writeRtpHeader(out, 2, true, 0x60, 0x1234, 0x89abcdef, 0xdeadbeef);
  assert.equal(out.toString('hex'), `ffff${plain.toString('hex').slice(0, 24)}ffff`);
});

test('tells RTCP on the RTP port from RTP', () => {
  assert.equal(looksLikeRtcp(Buffer.from('80c8000600000001', 'hex')), true);
  assert.equal(looksLikeRtcp(plain), false);
  assert.equal(looksLikeRtcp(Buffer.from('80c8', 'hex')), false);
});
