import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { buildReport, middleNtp, ntpOf, type RtcpListener, readRtcp } from './rtcp.ts';
import { rtcpIntervalMs } from './rtcp-interval.ts';

class Heard implements RtcpListener {
  readonly lines: string[] = [];
  onSenderReport(...numbers: number[]): void {
    this.lines.push(`SR ${numbers.map((n) => n.toString(16)).join(' ')}`);
  }
  onReceptionBlock(...numbers: number[]): void {
    this.lines.push(`block ${numbers.map((n) => n.toString(16)).join(' ')}`);
  }
  onBye(ssrc: number): void {
    this.lines.push(`BYE ${ssrc.toString(16)}`);
  }
}

function read(packet: Uint8Array): { ok: boolean; lines: string[] } {
  const heard = new Heard();
  return { ok: readRtcp(packet, heard), lines: heard.lines };
}

/** A sender report with one block, SDES and BYE, as bytes. */
const literal = Buffer.from(
  [
    '81c8000c 00000a0a aabbccdd 11223344 00001000 00000064 00003e80', // SR: length 12 words
    '00000b0b 40000005 00010203 00000017 ccdd1122 00008000', // block about 0b0b: lost 1/4, 5 in all
    '81ca0003 00000a0a 01036131 62000000', // SDES CNAME "a1b"
    '81cb0001 00000a0a', // BYE
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

test('reads a compound packet', () => {
  const { ok, lines } = read(literal);
  assert.equal(ok, true);
  assert.deepEqual(lines, ['SR a0a ccdd1122 1000', 'block a0a b0b 40 17 ccdd1122 8000', 'BYE a0a']);
});

test('skips packet types it does not use', () => {
  const feedback = Buffer.from('81cd000200000001000000020000000f', 'hex').subarray(0, 12);
  assert.deepEqual(read(Buffer.concat([feedback, literal])).lines.length, 3);
});

test('refuses what is malformed, and throws nothing', () => {
  assert.equal(read(Buffer.alloc(0)).ok, false);
  assert.equal(read(literal.subarray(0, 20)).ok, false);
  assert.equal(read(Buffer.from('81c8ffff00000000', 'hex')).ok, false);
  // Says two blocks, holds one.
  const lying = Buffer.from(literal);
  lying[0] = 0x82;
  assert.equal(read(lying).ok, false);
});

test('what it builds it reads, and ends at 4 bytes', () => {
  const block = {
    ssrc: 0xb0b,
    fractionLost: 12,
    cumulativeLost: -3,
    extendedHighestSequence: 0x0001_0203,
    jitter: 23,
    lastSenderReport: 0xccdd1122,
    delaySinceLastSenderReport: 0x8000,
  };
  const now = Date.UTC(2026, 0, 1) + 500;
  const sender = { now, rtpTimestamp: 0x1000, packetCount: 100, octetCount: 16_000 };
  const report = buildReport(0xa0a, 'cname@host', sender, block, true);
  assert.equal(report.length % 4, 0);
  assert.deepEqual(read(report).lines, [
    `SR a0a ${middleNtp(now).toString(16)} 1000`,
    'block a0a b0b c 17 ccdd1122 8000',
    'BYE a0a',
  ]);
  const quiet = buildReport(0xa0a, 'c', null, null, false);
  assert.equal(quiet[1], 201);
  assert.deepEqual(read(quiet), { ok: true, lines: [] });
});

test('the count of lost packets has 24 bits with a sign, where duplicates make it negative as well', () => {
  const written = (cumulativeLost: number) => {
    const figures = { fractionLost: 0xab, extendedHighestSequence: 0, jitter: 0 };
    const about = { ssrc: 1, lastSenderReport: 0, delaySinceLastSenderReport: 0 };
    const report = buildReport(2, 'c', null, { ...about, ...figures, cumulativeLost }, false);
    return Buffer.from(report).toString('hex', 12, 16);
  };
  const lost = [0, 5, -1, -3, 0x7f_ffff, -0x7f_ffff, -0x80_0000];
  const expected = ['ab000000', 'ab000005', 'abffffff', 'abfffffd', 'ab7fffff', 'ab800001', 'ab800001'];
  assert.deepEqual(lost.map(written), expected);
});

test('NTP time has the epoch of 1900', () => {
  assert.deepEqual(ntpOf(500), { seconds: 2_208_988_800, fraction: 0x8000_0000 });
});

test('the interval is spread and centred on five seconds, the first on half that', () => {
  const random = new SeededRandom(3550);
  const draw = (first: boolean) => Array.from({ length: 2000 }, () => rtcpIntervalMs(random, first));
  for (const [first, base] of [
    [false, 5000],
    [true, 2500],
  ] as const) {
    const values = draw(first);
    assert.ok(Math.min(...values) >= (0.5 * base) / 1.21828);
    assert.ok(Math.max(...values) <= (1.5 * base) / 1.21828);
    assert.ok(Math.abs(values.reduce((a, b) => a + b) / values.length - base / 1.21828) < base * 0.03);
  }
});
