import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RtpHeader, rtpHeaderLength, writeRtpHeader } from './rtp-header.ts';
import { isTransportFeedback, numbered } from './transport-feedback.ts';

test('a numbered packet is the same packet, with its number in an extension', () => {
  const packet = Buffer.from(new Uint8Array(rtpHeaderLength + 3).fill(7));
  writeRtpHeader(packet, 0, true, 111, 4711, 960, 99);
  const out = numbered(packet, 3, 0xabcd);
  const header = new RtpHeader();
  assert.ok(header.read(out));
  assert.deepEqual(
    [header.marker, header.payloadType, header.sequence, header.timestamp, header.ssrc],
    [true, 111, 4711, 960, 99],
  );
  assert.equal(header.profile, 0xbede);
  assert.equal(out.subarray(header.extensionStart, header.extensionEnd).toString('hex'), '31abcd00');
  assert.equal(out.subarray(header.payloadStart, header.payloadEnd).toString('hex'), '070707');
  assert.equal(packet[0], 0x80, 'the packet itself serves others too');
});

test('feedback is told from reports', () => {
  const feedback = Buffer.from('afcd0005fa17fa1705ed0abc000100011451b60020016f01', 'hex');
  assert.ok(isTransportFeedback(feedback));
  const report = Buffer.from('81c90007fa17fa17bcd8639300000000000078d6000000460000000000000000', 'hex');
  assert.ok(!isTransportFeedback(report));
  assert.ok(!isTransportFeedback(feedback.subarray(0, 12)));
  assert.ok(!isTransportFeedback(Buffer.alloc(0)));
});
