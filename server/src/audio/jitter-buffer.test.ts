import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { seq16Add } from '../base/serial.ts';
import { JitterBuffer } from './jitter-buffer.ts';

function payloadOf(sequence: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (sequence * 31 + i * 7) & 0xff);
}

test('against a plain map: whatever the order, packets come out in sequence, whole, and once', () => {
  const seed = 12;
  const random = new SeededRandom(seed);
  const buffer = new JitterBuffer(960);
  let first = 65500;
  buffer.restart(first);
  const model = new Map<number, number>();
  for (let n = 0; n < 20000; n++) {
    const where = `seed ${seed}, step ${n}`;
    if (random.int(5) < 3) {
      const sequence = seq16Add(first, random.int(80));
      const over = buffer.overflow(sequence);
      if (over > 0) {
        for (let i = 0; i < over; i++) model.delete(seq16Add(first, i));
        buffer.advance(over);
        first = seq16Add(first, over);
      }
      if (!buffer.seen(sequence)) {
        assert.ok(!model.has(sequence), where);
        const length = 1 + random.int(960);
        const padded = new Uint8Array(length + 24);
        padded.set(payloadOf(sequence, length), 12);
        buffer.insert(sequence, n, padded, 12, 12 + length);
        model.set(sequence, length);
      }
    } else {
      const next = buffer.next();
      const expected = [...Array(64).keys()].map((i) => seq16Add(first, i)).find((sequence) => model.has(sequence));
      assert.equal(next, expected ?? -1, where);
      if (next >= 0) {
        const at = buffer.offsetOf(next);
        assert.deepEqual(buffer.bytes.slice(at, at + buffer.lengthOf(next)), payloadOf(next, model.get(next)!), where);
        const count = ((next - first) & 0xffff) + 1;
        assert.equal(buffer.advance(count), 1, where);
        first = seq16Add(next, 1);
        model.delete(next);
      }
    }
    assert.equal(buffer.count, model.size, where);
    assert.equal(buffer.first, first, where);
  }
});

test('what was never seen is missing; what was taken is not', () => {
  const buffer = new JitterBuffer(160);
  buffer.restart(100);
  const bytes = new Uint8Array(10);
  buffer.insert(100, 0, bytes, 0, 10);
  buffer.insert(103, 0, bytes, 0, 10);
  assert.equal(buffer.missing(4), 2);
  buffer.advance(4);
  assert.equal(buffer.seen(100), true);
  assert.equal(buffer.seen(102), false);
  assert.equal(buffer.missing(1000), 1000);
  assert.equal(buffer.newest, 103);
});
