import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualLeg } from '../../testing/virtual-leg.ts';
import { level, tone, VirtualRoom } from '../../testing/virtual-room.ts';
import { PlaySource } from '../room/play-source.ts';

const frequencyOf: Record<string, number> = { a: 400, b: 700, c: 1100, d: 1500, s: 1900 };
const says = (leg: VirtualLeg, frame: number) => {
  const frequency = frequencyOf[leg.leg.id];
  return frequency === undefined ? null : tone(frequency, frame, leg.codec.sampleRate);
};

function whisper(stage: VirtualRoom, coach: VirtualLeg, heardBy: string | null): void {
  coach.leg.set({ heardBy });
  stage.room.refresh();
}

for (const rate of [8000, 16_000]) {
  test(`a coach is heard by one, who talks or listens, and hears all (${rate} Hz)`, () => {
    const stage = new VirtualRoom();
    const [a, b, c, s] = ['a', 'b', 'c', 's'].map((id) => stage.add(id)) as VirtualLeg[];
    // The room is mixed at the rate of its best talker.
    if (rate > 8000) stage.add('w', { codec: `L16/${rate}` }).leg.set({ muted: true });
    assert.equal(stage.room.rate, rate);
    whisper(stage, s!, 'a');
    stage.run(100, (leg, frame) => (leg === c ? null : says(leg, frame)));
    assert.ok(level(a!, 1900) > 7000, 'a talks and hears the coach');
    assert.ok(level(a!, 700) > 7000 && level(a!, 400) < 60, 'and the others, and not itself');
    for (const other of [b!, c!]) assert.ok(level(other, 1900) < 60, `${other.leg.id} does not: ${level(other, 1900)}`);
    assert.ok(level(s!, 400) > 7000 && level(s!, 700) > 7000 && level(s!, 1900) < 60, 'the coach hears the room');

    // Now to one who only listens, by the way that all listeners share.
    whisper(stage, s!, 'c');
    stage.run(100, (leg, frame) => (leg === c ? null : says(leg, frame)));
    assert.ok(level(c!, 1900) > 7000 && level(c!, 400) > 7000);
    assert.ok(level(a!, 1900) < 60 && level(b!, 1900) < 60);
    assert.equal(a!.leg.coached, false);

    whisper(stage, s!, null);
    stage.run(100, (leg, frame) => (leg === c ? null : says(leg, frame)));
    for (const other of [a!, b!, c!]) assert.ok(level(other, 1900) > 7000, 'to all again');
    assert.equal(c!.leg.plain, true);
  });
}

test('what the others hear is the same to the sample, whether there is a coach or not', () => {
  const heardWith = (coach: boolean, count: number): Buffer[] => {
    const stage = new VirtualRoom();
    const legs = Array.from({ length: count }, (_, i) => stage.add(i < 2 ? 'ab'[i]! : `l${i}`));
    const s = stage.add('s');
    whisper(stage, s, coach ? 'l2' : 's');
    stage.run(90, says);
    return legs
      .filter((leg) => leg.leg.id !== 'l2')
      .map((leg) => Buffer.concat(leg.sent.map(({ payload }) => payload)));
  };
  for (const count of [4, 30]) assert.deepEqual(heardWith(true, count), heardWith(false, count));
});

test('a coach of nobody, of himself, or of one who has left is heard by nobody', () => {
  const stage = new VirtualRoom();
  const [a, b, s] = ['a', 'b', 's'].map((id) => stage.add(id)) as VirtualLeg[];
  const quiet = () => {
    for (const leg of [a!, b!, s!]) assert.ok(level(leg, 1900) < 60);
  };
  for (const nobody of ['s', 'somebody else']) {
    whisper(stage, s!, nobody);
    stage.run(80, says);
    quiet();
    assert.ok(stage.legs.every((leg) => !leg.leg.coached));
  }
  const d = stage.add('d');
  whisper(stage, s!, 'd');
  stage.run(80, says);
  assert.ok(level(d, 1900) > 7000);
  stage.room.leave(d.leg);
  d.leg.refresh();
  stage.legs.pop();
  stage.run(80, says);
  quiet();
  assert.deepEqual([d.leg.coached, d.leg.plain], [false, true]);
});

test('two who coach each other talk apart from the room', () => {
  const stage = new VirtualRoom();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => stage.add(id)) as VirtualLeg[];
  a!.leg.set({ heardBy: 'b' });
  b!.leg.set({ heardBy: 'a' });
  stage.room.refresh();
  stage.run(100, says);
  assert.ok(level(a!, 700) > 7000 && level(b!, 400) > 7000 && level(a!, 1100) > 7000);
  assert.ok(level(c!, 400) < 60 && level(c!, 700) < 60);
});

test('muted, a coach is not heard; deaf or held, the coached one hears nothing', () => {
  const stage = new VirtualRoom();
  const [a, , s] = ['a', 'b', 's'].map((id) => stage.add(id)) as VirtualLeg[];
  whisper(stage, s!, 'a');
  const check = (heard: boolean) => {
    stage.room.refresh();
    stage.run(80, says);
    assert.equal(level(a!, 1900) > 7000, heard);
    assert.ok(heard || level(a!, 1900) < 60);
  };
  check(true);
  s!.leg.set({ muted: true });
  check(false);
  s!.leg.set({ muted: false });
  a!.leg.set({ deaf: true });
  check(false);
  a!.leg.set({ deaf: false });
  a!.leg.hold(true, null);
  check(false);
  a!.leg.hold(false, null);
  check(true);
});

test('one whom only a supervisor hears goes on hearing the music of the lonely', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  stage.room.music = new PlaySource([{ wav: { sampleRate: 8000, pcm: tone(250, 0) } }], true, 8000);
  const s = stage.add('s');
  whisper(stage, s, 's');
  stage.run(80, () => null);
  assert.ok(level(a, 250) > 7000 && level(s, 250) > 7000);
  whisper(stage, s, null);
  stage.run(80, () => null);
  assert.ok(level(a, 250) < 60);
});

test('many coaches at full scale come out unclipped, each where it belongs', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  const b = stage.add('b');
  const coaches = ['w', 'x', 'y'].map((id) => stage.add(id));
  for (const [i, coach] of coaches.entries()) coach.leg.set({ heardBy: i < 2 ? 'a' : 'b' });
  stage.room.refresh();
  const pitch = [500, 900, 1300];
  stage.run(120, (leg, frame) => {
    const i = coaches.indexOf(leg);
    return i < 0 ? null : tone(pitch[i]!, frame, 8000, 30_000);
  });
  assert.ok(level(a, 500) > 12_000 && level(a, 900) > 12_000 && level(a, 1300) < 100);
  assert.ok(level(b, 1300) > 25_000 && level(b, 500) < 100);
  assert.ok(Math.max(...a.heard()) <= 32_256);
});

test('several coaches of one, and one of another: each hears its own', () => {
  const stage = new VirtualRoom();
  const [a, b, c, d, s] = ['a', 'b', 'c', 'd', 's'].map((id) => stage.add(id)) as VirtualLeg[];
  whisper(stage, c!, 'a');
  whisper(stage, d!, 'a');
  whisper(stage, s!, 'b');
  stage.run(100, says);
  const hears = (leg: VirtualLeg) => [1100, 1500, 1900].map((frequency) => level(leg, frequency) > 4000);
  assert.deepEqual(hears(a!), [true, true, false]);
  assert.deepEqual(hears(b!), [false, false, true]);
});
