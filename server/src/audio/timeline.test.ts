import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from './timeline.ts';

test('timestamps are unwrapped and scaled to the sample rate', () => {
  // As G.722: the clock runs at half the sample rate.
  const timeline = new Timeline(16000, 8000, 3200);
  timeline.anchor(0xffffff00, 1000, 5000);
  assert.equal(timeline.continues(1, 0xffffffa0, 1020), true);
  assert.equal(timeline.extend(0xffffffa0, 1020), 5320);
  assert.equal(timeline.extend(0x40, 1040), 5640);
  assert.equal(timeline.precedes(0xffffffa0, 100), true);
  assert.equal(timeline.insert(0xffffffa0, 1041), 5320);
  assert.equal(timeline.precedes(0x41, 100), false);
});

test('pauses are told from jumps by the clock on the wall', () => {
  const timeline = new Timeline(8000, 8000, 1600);
  timeline.anchor(1000, 0, 0);
  assert.equal(timeline.continues(1, 1160, 20), true, 'the next packet');
  assert.equal(timeline.continues(1, 1160, 2000), true, 'the next packet, very late');
  assert.equal(timeline.continues(3, 1480, 60), true, 'after two losses');
  assert.equal(timeline.continues(1, 1000 + 40000, 5010), true, 'after a pause of 5 s');
  assert.equal(timeline.continues(1, 1000 + 40000, 20), false, 'forward');
  assert.equal(timeline.continues(1, 840, 20), false, 'back');
  assert.equal(timeline.continues(1, 1000, 20), false, 'stuck');
});

test('jitter by RFC 3550, and the slowest packet is remembered for two to four seconds', () => {
  const timeline = new Timeline(8000, 8000, 1600);
  timeline.anchor(0, 0, 0);
  let jitter = 0;
  let last = 0;
  for (let n = 1; n < 1000; n++) {
    const delay = n < 500 ? (n % 2) * 10 : 0;
    jitter += (Math.abs(delay - last) * 8 - jitter) / 16;
    last = delay;
    timeline.extend(n * 160, n * 20 + delay);
    assert.ok(Math.abs(timeline.jitterMs - jitter / 8) < 1e-9);
    if (n > 1 && n < 600) assert.equal(timeline.slowest, 80);
    if (n > 720) assert.equal(timeline.slowest, 0);
  }
});

test('one packet far too late is not waited for', () => {
  const timeline = new Timeline(8000, 8000, 800);
  timeline.anchor(0, 0, 0);
  timeline.extend(160, 20 + 5000);
  assert.equal(timeline.slowest, 0);
  // Nor are those that came in a rush behind it.
  for (let n = 2; n < 252; n++) timeline.extend(n * 160, 5020);
  assert.equal(timeline.slowest, 0);
  assert.ok(timeline.jitterMs < 20);
  timeline.extend(252 * 160, 5040 + 90);
  assert.equal(timeline.slowest, 720);
});
