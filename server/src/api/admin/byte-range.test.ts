import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteRange } from './byte-range.ts';

test('every range of a small whole is what RFC 9110 says', () => {
  for (let size = 0; size <= 4; size++) {
    for (let first = 0; first <= 6; first++) {
      const open = byteRange(`bytes=${first}-`, size);
      assert.deepEqual(open, first < size ? { from: first, to: size - 1 } : 'unsatisfiable');
      for (let last = 0; last <= 6; last++) {
        const expected =
          last < first ? null : first >= size ? 'unsatisfiable' : { from: first, to: Math.min(last, size - 1) };
        assert.deepEqual(byteRange(`bytes=${first}-${last}`, size), expected, `${first}-${last} of ${size}`);
      }
    }
    for (let suffix = 0; suffix <= 6; suffix++) {
      const expected =
        suffix === 0 || size === 0 ? 'unsatisfiable' : { from: Math.max(0, size - suffix), to: size - 1 };
      assert.deepEqual(byteRange(`bytes=-${suffix}`, size), expected, `-${suffix} of ${size}`);
    }
  }
});

test('what is no range that is spoken here asks for all', () => {
  const others = [undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=5-2'];
  for (const header of [...others, 'bytes=1e3-', 'bytes= 1-2', `bytes=${'9'.repeat(400)}-`]) {
    assert.equal(byteRange(header, 100), null, header);
  }
  assert.deepEqual(byteRange('BYTES=1-2', 100), { from: 1, to: 2 });
});
