import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { LevelWatch } from './level-watch.ts';
import type { Room } from './room/room.ts';

function room(id: string, level: number): Room {
  const leg = { id: 'a', receiver: { heard: true, activity: { level } } };
  return { id, legs: [leg] } as unknown as Room;
}

test('a room that falls silent is told once more, and one that is gone is forgotten', () => {
  const clock = new VirtualClock();
  let rooms: Room[] = [room('one', -20), room('two', -30), room('three', -90)];
  const told: string[] = [];
  const watch = new LevelWatch(
    clock,
    () => rooms,
    (levels) => told.push(levels.map(({ room: id, levels: [first] }) => `${id} ${first?.[1] ?? 'silent'}`).join(', ')),
  );
  watch.watch(true);
  clock.advance(200);
  rooms = [room('one', -90)];
  clock.advance(200);
  // Another one of the same name: nobody has sounded there.
  rooms = [room('one', -90), room('two', -90)];
  clock.advance(1000);
  assert.deepEqual(told, ['one -20, two -30', 'one silent']);
  watch.close();
});
