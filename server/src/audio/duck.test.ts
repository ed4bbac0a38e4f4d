import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duck, ducked } from './duck.ts';

const frame = 160;

/** The gain at the end of each frame. */
function gains(duck: Duck, frames: number, announced: boolean): number[] {
  return Array.from({ length: frames }, () => {
    duck.step(announced);
    return Math.round(duck.to * 1000) / 1000;
  });
}

test('down within 60 ms, up again within 400 ms, no step between frames', () => {
  const duck = new Duck(20);
  assert.equal(duck.idle, true);
  assert.deepEqual(gains(duck, 4, true), [0.733, 0.467, 0.2, 0.2]);
  const up = gains(duck, 21, false);
  assert.equal(up[0], 0.24);
  assert.deepEqual(up.slice(-2), [1, 1]);
  assert.equal(duck.idle, true);
});

test('speech is lowered sample by sample and the announcement added unchanged', () => {
  const duck = new Duck(20);
  const speech = new Int16Array(frame).fill(10_000);
  const over = new Int16Array(frame).fill(-300);
  const mix = new Int32Array(frame);
  let last = 10_000;
  for (let i = 0; i < 6; i++) {
    duck.step(true);
    const peak = duck.mix(speech, over, frame, mix);
    assert.equal(peak, Math.max(...mix.map(Math.abs)));
    for (const sample of mix) {
      const lowered = sample + 300;
      assert.ok(lowered <= last && last - lowered <= 20, `${last} → ${lowered}`);
      last = lowered;
    }
  }
  assert.equal(last, 10_000 * ducked);
  duck.step(false);
  assert.equal(duck.mix(speech, null, frame, mix), mix.at(-1));
});
