import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { maxLagMs, minLagMs, PitchSearch } from './pitch.ts';

/** The best of all lags, one by one, each from its definition. */
function best(pcm: Int16Array, at: number, window: number, direction: 1 | -1, from: number, to: number) {
  let found = { lag: to, likeness: -1 };
  for (let lag = from; lag <= to; lag++) {
    const sums = { own: 0, other: 0, cross: 0 };
    for (let i = 0; i < window; i++) {
      const [a, b] = [pcm[at + i]!, pcm[at + direction * lag + i]!];
      sums.own += a * a;
      sums.other += b * b;
      sums.cross += a * b;
    }
    const silent = sums.own === 0 && sums.other === 0;
    const likeness = silent ? 1 : sums.cross / Math.sqrt(sums.own * sums.other + 1);
    if (likeness > found.likeness + 1e-4) found = { lag, likeness };
  }
  return found;
}

test('finds what trying every lag finds, of any sound, in both directions', () => {
  const random = new SeededRandom(7);
  const search = new PitchSearch();
  const [from, most, window] = [minLagMs * 8, maxLagMs * 8, 64];
  const at = most;
  const kinds: readonly ((i: number) => number)[] = [
    () => 0,
    () => random.int(65_536) - 32_768,
    () => (random.int(2) === 0 ? 32_767 : -32_768),
    (i) => Math.round(20_000 * Math.sin(i / 7) + random.int(400)),
    (i) => (i < at + 20 ? 0 : 32_767),
  ];
  for (let round = 0; round < 200; round++) {
    const kind = kinds[round % kinds.length]!;
    const pcm = Int16Array.from({ length: window + 2 * most }, (_, i) => kind(i));
    for (const direction of [1, -1] as const) {
      const to = from + random.int(most - from + 1);
      search.find(pcm, at, window, direction, from, to, 1);
      const { lag, likeness } = search;
      assert.deepEqual({ lag, likeness }, best(pcm, at, window, direction, from, to), `round ${round}, ${direction}`);
    }
  }
});
