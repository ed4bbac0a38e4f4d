import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { pcmu } from './codec.ts';
import { Playout } from './playout.ts';

test('reading ahead changes nothing that is heard, whatever came and at the end of the memory as elsewhere', () => {
  const random = new SeededRandom(5);
  const plain = new Playout({ codec: pcmu });
  const ahead = new Playout({ codec: pcmu });
  const payload = new Uint8Array(160);
  const [one, other] = [new Int16Array(160), new Int16Array(160)];
  for (let n = 0; n < 1000; n++) {
    const nowMs = n * 20;
    if (random.int(20) > 0) {
      for (let i = 0; i < payload.length; i++) payload[i] = random.int(256);
      for (const playout of [plain, ahead]) playout.put(n & 0xffff, n * 160, payload, 0, 160, nowMs);
    }
    assert.equal(typeof ahead.readAhead(), 'number');
    assert.equal(ahead.pull(other, 160, nowMs + 5), plain.pull(one, 160, nowMs + 5), `frame ${n}`);
    assert.deepEqual(other, one, `frame ${n}`);
  }
  assert.deepEqual(ahead.stats, plain.stats);
});
