import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pulled } from './playout.ts';
import { runStream, sine } from './testing/virtual-stream.ts';

/** Half an hour against a sender whose clock is off by ±200 ppm: 360 ms in all, taken out or put in unheard. */
for (const driftPpm of [200, -200]) {
  test(`30 minutes at ${driftPpm} ppm: no gap, no click, bounded delay`, () => {
    const amplitude = 8000;
    const frequency = 437;
    const tone = Math.ceil((amplitude * 2 * Math.PI * frequency) / 8000);
    let frames = 0;
    let missing = 0;
    let last = 0;
    let largest = 0;
    let quietest = Number.POSITIVE_INFINITY;
    let longest = 0;
    const { playout } = runStream({
      seconds: 1800,
      sound: sine(frequency, amplitude),
      driftPpm,
      phaseMs: 11,
      network: (_, random) => 30 + random.float(),
      tickLate: (_, random) => random.float(),
      onFrame: (frame, result, { stats }) => {
        if (frames++ < 10) return;
        if (result !== pulled.voice) missing++;
        let peak = 0;
        for (const value of frame) {
          if (frames > 11) largest = Math.max(largest, Math.abs(value - last));
          last = value;
          if (Math.abs(value) > peak) peak = Math.abs(value);
        }
        quietest = Math.min(quietest, peak);
        longest = Math.max(longest, stats.delayMs);
      },
    });
    const { stats } = playout;
    assert.equal(missing, 0);
    assert.equal(stats.lost + stats.late + stats.discarded + stats.concealed, 0);
    assert.ok(largest < tone * 1.15, `step ${largest} in a tone with ${tone}`);
    assert.ok(quietest > amplitude * 0.9, `peak ${quietest}`);
    assert.ok(longest <= 40, `delay up to ${longest.toFixed(1)} ms`);
    const slips = driftPpm > 0 ? stats.shortened : stats.lengthened;
    assert.ok(slips >= 24 && slips <= 144, `${slips} periods`);
    // The other way only to line packets up with frames.
    assert.ok(stats.shortened + stats.lengthened < 250, `${stats.shortened} out, ${stats.lengthened} in`);
  });
}
