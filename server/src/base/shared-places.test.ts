import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedPlaces } from './shared-places.ts';

interface Place {
  readonly id: string;
  readonly address: string;
}

function stage(limits: { most: number; perSource: number }) {
  const busy = new Set<string>();
  const open = new Map<string, Place>();
  const places = new SharedPlaces<Place>(
    { most: limits.most, yieldingPerSource: limits.perSource, yieldingPerNetwork: limits.perSource },
    {
      addressOf: ({ address }) => address,
      standing: ({ id }) => (busy.has(id) ? 'busy' : 'yields'),
      end: ({ id }) => void open.delete(id),
    },
  );
  const come = (id: string, address: string): boolean => {
    if (!places.mayCome(address)) return false;
    open.set(id, { id, address });
    places.add(open.get(id)!, true);
    return true;
  };
  return { places, busy, open, come };
}

test('who is at work gives way to nobody, and does again when the work is done', () => {
  const { busy, open, come } = stage({ most: 4, perSource: 2 });
  assert.ok(come('a', '10.0.0.1') && come('b', '10.0.0.1'));
  busy.add('a');
  assert.ok(come('c', '10.0.0.1'));
  assert.deepEqual([...open.keys()], ['a', 'c']);
  busy.add('c');
  assert.ok(!come('d', '10.0.0.1'));
  // Nor where all is taken, as long as another source has one that does.
  assert.ok(come('e', '10.0.0.2') && come('f', '10.0.0.3') && come('g', '10.0.0.4'));
  assert.deepEqual([...open.keys()], ['a', 'c', 'f', 'g']);
  for (const id of open.keys()) busy.add(id);
  assert.ok(!come('h', '10.0.0.5'));
  busy.clear();
  assert.ok(come('h', '10.0.0.5'));
  assert.deepEqual([...open.keys()], ['c', 'f', 'g', 'h']);
});

test('whoever is gone has no place, however often that is told', () => {
  const { places, open, come } = stage({ most: 1, perSource: 1 });
  assert.ok(come('a', '2001:db8::1'));
  const place = open.get('a')!;
  for (let i = 0; i < 3; i++) places.remove(place);
  assert.ok(come('b', '2001:db8::2'));
  assert.equal(places.displaced, 0);
});
