import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import type { Connection } from './connection.ts';
import { Roster } from './roster.ts';

function connection(id: string, ordinal: number): Connection {
  return {
    id,
    ordinal,
    legId: id,
    legHere: true,
    moved: false,
    device: { kind: 'external', number: id, name: '' },
    state: 'connected',
    direction: 'incoming',
    role: 'participant',
    muted: false,
    mutedBy: null,
    handRaised: false,
    deaf: false,
    talking: false,
    coach: null,
    invitedBy: null,
    redirectedBy: null,
    startedAt: 0,
    alertedAt: null,
    waitsUntil: null,
    answeredAt: 0,
    heldAt: null,
    failure: null,
    shown: null,
    target: null,
    correlator: null,
    data: {},
    charged: null,
    hunt: null,
    parent: null,
    original: null,
    early: false,
    sounds: false,
    partySince: null,
  };
}

test('a roster does what a Map does, and every earlier version stays as it was', () => {
  const seed = 20260;
  const random = new SeededRandom(seed);
  let roster = Roster.empty;
  const model = new Map<string, Connection>();
  const kept: { roster: Roster; ids: string[] }[] = [];
  for (let step = 0; step < 20_000; step++) {
    const id = `c${random.int(700)}`;
    if (random.int(3) === 0) {
      roster = roster.without(id);
      model.delete(id);
    } else {
      const one = connection(id, model.get(id)?.ordinal ?? step);
      roster = roster.with(one);
      model.set(id, one);
    }
    assert.equal(roster.size, model.size, `seed ${seed} step ${step}`);
    assert.equal(roster.get(id), model.get(id));
    if (step % 2000 === 0) kept.push({ roster, ids: [...roster.keys()] });
  }
  for (const [id, one] of model) assert.equal(roster.get(id), one);
  const byOrdinal = [...model.values()].sort((a, b) => a.ordinal - b.ordinal);
  assert.deepEqual([...roster.values()], byOrdinal);
  assert.deepEqual(
    [...roster.keys()],
    byOrdinal.map((one) => one.id),
  );
  assert.deepEqual(
    [...roster.entries()].map(([id]) => id),
    [...roster.keys()],
  );
  for (const { roster: old, ids } of kept) {
    assert.deepEqual([...new Set([...old].map(([id]) => id))], ids);
    for (const id of ids) assert.ok(old.has(id));
  }
});

test('ids with the same hash live beside each other', () => {
  // Well-known collisions of 32-bit FNV-1a.
  const pairs = [
    ['costarring', 'liquid'],
    ['declinate', 'macallums'],
    ['altarage', 'zinke'],
  ] as const;
  for (const [a, b] of pairs) {
    let roster = Roster.empty.with(connection(a, 1)).with(connection(b, 2));
    assert.deepEqual([...roster.keys()], [a, b]);
    roster = roster.with(connection(a, 3));
    assert.equal(roster.size, 2);
    roster = roster.without(a);
    assert.equal(roster.get(a), undefined);
    assert.equal(roster.get(b)?.ordinal, 2);
    assert.equal(roster.without(b).size, 0);
  }
});
