import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { DigitReceiver } from './digit-receiver.ts';
import { ReceptionStatistics } from './reception-statistics.ts';
import { buildReport, type RtcpListener, readRtcp } from './rtcp.ts';
import { RtpHeader, writeRtpHeader } from './rtp-header.ts';
import { SymmetricLatch } from './symmetric-latch.ts';
import { TelephoneEvent } from './telephone-event.ts';

const mutations = 50_000;
const seed = Number(process.env['FUZZ_SEED'] ?? (Math.random() * 0xffff_ffff) >>> 0);

/** A few bytes changed, cut, doubled or added. */
function mutate(packet: Buffer, random: SeededRandom): Buffer {
  let out = Buffer.from(packet);
  for (let changes = 1 + random.int(4); changes > 0; changes--) {
    const at = random.int(out.length + 1);
    switch (random.int(5)) {
      case 0:
        out = out.subarray(0, at);
        break;
      case 1:
        out = Buffer.concat([out.subarray(0, at), random.bytes(1 + random.int(8)), out.subarray(at)]);
        break;
      case 2:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at >> 1)]);
        break;
      default:
        if (at < out.length)
          out[at] = [0, 0xff, 0x80, random.int(256), out[at]! ^ (1 << random.int(8))][random.int(5)]!;
    }
  }
  return out;
}

function rtpSeeds(random: SeededRandom): Buffer[] {
  const plain = Buffer.alloc(172, 0xff);
  writeRtpHeader(plain, 0, false, 0, random.int(65_536), random.int(1 << 30), random.int(1 << 30));
  const extended = Buffer.concat([
    Buffer.from('b2e0000100000002000000030000000400000005bede0001aabbccdd', 'hex'),
    Buffer.alloc(20, 4),
  ]);
  const event = Buffer.from('80e512340000100000000001058a0320', 'hex');
  return [plain, extended, event];
}

const ignore: RtcpListener = { onSenderReport() {}, onReceptionBlock() {}, onBye() {} };

test(`RTP header, latch and statistics: ${mutations} mutations, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  const seeds = rtpSeeds(random);
  const header = new RtpHeader();
  const statistics = new ReceptionStatistics();
  const latch = new SymmetricLatch();
  latch.expect({ address: '192.0.2.1', port: 4000 });
  let read = 0;
  for (let i = 0; i < mutations; i++) {
    const packet = mutate(seeds[random.int(seeds.length)]!, random);
    if (!header.read(packet)) continue;
    read++;
    assert.ok(header.payloadStart >= 12 && header.payloadStart <= header.payloadEnd);
    assert.ok(header.payloadEnd <= packet.length);
    latch.judge('192.0.2.1', 4000 + random.int(2), header.ssrc, header.sequence, header.timestamp, i);
    statistics.update(header.sequence, header.timestamp, i * 160);
    const report = i % 64 === 0 ? statistics.report() : null;
    if (report !== null) assert.ok(report.fractionLost >= 0 && report.fractionLost <= 255);
    assert.ok(Number.isFinite(statistics.jitter) && statistics.lost >= 0);
  }
  assert.ok(read > mutations / 10, `${read}`);
});

test(`RTCP: ${mutations} mutations, seed ${seed}`, () => {
  const random = new SeededRandom(seed + 1);
  const block = {
    ssrc: 7,
    fractionLost: 1,
    cumulativeLost: 2,
    extendedHighestSequence: 3,
    jitter: 4,
    lastSenderReport: 5,
    delaySinceLastSenderReport: 6,
  };
  const sender = { now: 1_800_000_000_000, rtpTimestamp: 1, packetCount: 2, octetCount: 3 };
  const seeds = [buildReport(1, 'someone@host', sender, block, true), buildReport(1, 'x', null, block, false)];
  let read = 0;
  for (let i = 0; i < mutations; i++) {
    if (readRtcp(mutate(Buffer.from(seeds[random.int(2)]!), random), ignore)) read++;
  }
  assert.ok(read > 1000 && read < mutations, `${read}`);
});

test(`telephone-event: ${mutations} mutations, seed ${seed}`, () => {
  const random = new SeededRandom(seed + 2);
  const event = new TelephoneEvent();
  let digits = 0;
  const receiver = new DigitReceiver(8000, (digit, durationMs) => {
    digits++;
    assert.match(digit, /^[0-9*#A-D]$/);
    assert.ok(durationMs >= 0 && Number.isFinite(durationMs));
  });
  const good = Buffer.from('058a0320', 'hex');
  for (let i = 0; i < mutations; i++) {
    const payload = mutate(good, random);
    if (!event.read(payload, 0, payload.length)) continue;
    const sequence = random.int(4) === 0 ? random.int(1 << 16) : i & 0xffff;
    const timestamp = random.int(4) === 0 ? random.int(1 << 30) : i * 80;
    receiver.receive(event, sequence, timestamp, random.int(4) === 0, i * 20);
    if (random.int(8) === 0) receiver.expire(i * 20 + 200);
  }
  assert.ok(digits > 100, `${digits}`);
});
