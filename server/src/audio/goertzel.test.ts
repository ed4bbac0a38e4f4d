import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goertzel, goertzelLevel } from './goertzel.ts';
import { distortion, fitSine } from './testing/distortion.ts';

test('one frequency is told from another', () => {
  const pcm = Int16Array.from({ length: 1600 }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / 8000) + 1000 * Math.cos((2 * Math.PI * 1000 * i) / 8000)),
  );
  assert.ok(Math.abs(goertzel(pcm, 0, 1600, 440, 8000) - 8000) < 5);
  assert.ok(Math.abs(goertzel(pcm, 0, 1600, 1000, 8000) - 1000) < 5);
  assert.ok(goertzel(pcm, 0, 1600, 700, 8000) < 5);
  assert.ok(Math.abs(goertzelLevel(pcm, 0, 1600, 440, 8000) - 20 * Math.log10(8000 / 32768 / Math.SQRT2)) < 0.01);
});

test('distortion of a known mixture', () => {
  const pcm = Int16Array.from({ length: 8000 }, (_, i) =>
    Math.round(
      500 + 10000 * Math.sin((2 * Math.PI * 440 * i) / 8000 + 1) + 200 * Math.sin((2 * Math.PI * 1320 * i) / 8000),
    ),
  );
  assert.ok(Math.abs(distortion(pcm, 0, 8000, 440, 8000) - 0.02) < 1e-4);
  const fit = fitSine(pcm, 0, 8000, 440, 8000);
  assert.ok(Math.abs(fit.amplitude - 10000) < 1);
  assert.ok(Math.abs(fit.phase - (1 - Math.PI / 2)) < 1e-3);
  // A hard clip is seen.
  for (let i = 0; i < 8000; i++) pcm[i] = Math.max(-7000, Math.min(7000, pcm[i]!));
  assert.ok(distortion(pcm, 0, 8000, 440, 8000) > 0.1);
});
