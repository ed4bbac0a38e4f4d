import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAlaw, decodeUlaw, encodeAlaw, encodeUlaw } from './g711.ts';

const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
const laws = [
  { name: 'µ-law', decode: decodeUlaw, encode: encodeUlaw, peak: 32124, negativeZero: 0x7f },
  { name: 'A-law', decode: decodeAlaw, encode: encodeAlaw, peak: 32256, negativeZero: -1 },
];

for (const { name, decode, encode, peak, negativeZero } of laws) {
  const values = new Int16Array(256);
  decode(codes, 0, 256, values, 0);

  test(`${name}: every code survives decoding and encoding`, () => {
    const back = new Uint8Array(256);
    encode(values, 0, 256, back, 0);
    for (let code = 0; code < 256; code++) {
      if (code !== negativeZero) assert.equal(back[code], code);
    }
    assert.equal(Math.max(...values), peak);
    assert.equal(Math.min(...values), -peak);
  });

  test(`${name}: every sample is encoded as its neighbourhood, monotonically and symmetrically`, () => {
    const pcm = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
    const bytes = new Uint8Array(65536);
    const back = new Int16Array(65536);
    encode(pcm, 0, 65536, bytes, 0);
    decode(bytes, 0, 65536, back, 0);
    for (let i = 0; i < 65536; i++) {
      const sample = pcm[i]!;
      const error = Math.abs(back[i]! - sample);
      // Half a step of its segment: 1/32 of the magnitude and the bias, plus what lies above the peak.
      const step = Math.max(16, (Math.abs(sample) + 132) / 16);
      assert.ok(error <= step / 2 + 4 + Math.max(0, Math.abs(sample) - peak), `${sample} → ${back[i]}`);
      if (i > 0) assert.ok(back[i]! >= back[i - 1]!);
    }
  });
}

test('known codes of the recommendation', () => {
  const pcm = new Int16Array(4);
  decodeUlaw(Uint8Array.of(0x00, 0x80, 0xff, 0x7f), 0, 4, pcm, 0);
  assert.deepEqual(
    [...pcm].map((value) => value + 0),
    [-32124, 32124, 0, 0],
  );
  decodeAlaw(Uint8Array.of(0x2a, 0xaa, 0xd5, 0x55), 0, 4, pcm, 0);
  assert.deepEqual([...pcm], [-32256, 32256, 8, -8]);
});

test('offsets are kept to', () => {
  const pcm = new Int16Array(4).fill(99);
  decodeUlaw(codes, 0x80, 0x82, pcm, 1);
  assert.deepEqual([...pcm], [99, 32124, 31100, 99]);
  const bytes = new Uint8Array(4).fill(7);
  encodeUlaw(pcm, 1, 3, bytes, 2);
  assert.deepEqual([...bytes], [7, 7, 0x80, 0x81]);
});
