import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from './placement.ts';

const organizations = Array.from({ length: 3000 }, (_, i) => `org-${i}`);

test('nowhere when nothing is live', () => assert.equal(placeOf('a', []), null));

test('spreads organizations evenly and always the same way', () => {
  const counts = [0, 0, 0];
  for (const organization of organizations) {
    const place = placeOf(organization, [0, 1, 2])!;
    assert.equal(placeOf(organization, [2, 1, 0]), place);
    counts[place]!++;
  }
  for (const count of counts) assert.ok(count > 850 && count < 1150, counts.join());
});

test('a process that goes moves only its own organizations', () => {
  for (const organization of organizations) {
    const before = placeOf(organization, [0, 1, 2]);
    const after = placeOf(organization, [0, 2]);
    if (before !== 1) assert.equal(after, before);
  }
});
