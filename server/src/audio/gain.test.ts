import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factorOf, fadeOut, Gain } from './gain.ts';

test('decibels', () => {
  assert.equal(factorOf(0), 1);
  assert.ok(Math.abs(factorOf(6) - 1.9953) < 1e-3);
  assert.equal(factorOf(-60), 0);
  assert.equal(factorOf(Number.NaN), 0);
  assert.equal(factorOf(1000), factorOf(24));
});

test('0 dB changes nothing', () => {
  const gain = new Gain(8000);
  const pcm = Int16Array.of(1, -2, 32767, -32768);
  gain.apply(pcm, 4);
  assert.deepEqual([...pcm], [1, -2, 32767, -32768]);
});

test('a change is a ramp that arrives and stays', () => {
  const gain = new Gain(8000);
  gain.set(-6);
  let last = 10000;
  const pcm = new Int16Array(160);
  for (let n = 0; n < 2; n++) {
    pcm.fill(10000);
    gain.apply(pcm, 160);
    for (const value of pcm) {
      assert.ok(value <= last && last - value <= 64);
      last = value;
    }
  }
  assert.equal(last, 5012);
  gain.set(0);
  for (let n = 0; n < 2; n++) gain.apply(pcm.fill(10000), 160);
  assert.equal(pcm[159], 10000);
});

test('muted is silence, amplified is saturated', () => {
  const gain = new Gain(8000);
  gain.set(-60);
  const pcm = new Int16Array(320).fill(20000);
  gain.apply(pcm, 320);
  assert.equal(pcm[319], 0);
  gain.set(20);
  for (let n = 0; n < 20; n++) gain.apply(pcm.fill(-20000), 320);
  assert.equal(pcm[319], -32768);
});

test('fade out ends at silence', () => {
  const pcm = new Int16Array(160).fill(-8000);
  fadeOut(pcm, 160);
  assert.equal(pcm[0], -8000);
  assert.equal(pcm[159], -50);
});
