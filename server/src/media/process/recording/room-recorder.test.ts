import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goertzel } from '../../../audio/goertzel.ts';
import { SeededRandom } from '../../../base/random.ts';
import type { VirtualLeg } from '../../testing/virtual-leg.ts';
import { tone, VirtualRoom } from '../../testing/virtual-room.ts';
import { type RecordedBlock, RoomRecorder } from './room-recorder.ts';

/** Blocks put together again. */
class Tape {
  readonly blocks: RecordedBlock[] = [];
  readonly recorder: RoomRecorder;

  constructor(rate = 8000, withTone = false) {
    this.recorder = new RoomRecorder('r', rate, withTone, (block) => this.blocks.push(block));
  }

  get legs(): string[] {
    return [...new Set(this.blocks.flatMap(({ tracks }) => tracks.map(({ leg }) => leg)))].sort();
  }

  mix(): Int16Array {
    return this.#join((block) => block.mix);
  }

  track(leg: string): Int16Array {
    return this.#join((block) => block.tracks.find((track) => track.leg === leg)?.pcm ?? null);
  }

  #join(pick: (block: RecordedBlock) => Int16Array | null): Int16Array {
    const out = new Int16Array(this.recorder.samples);
    for (const block of this.blocks) out.set(pick(block)?.subarray(0, block.samples) ?? [], block.at);
    return out;
  }
}

test('what is said while it is paused is left out, without a gap, in the mix and in every track', () => {
  const stage = new VirtualRoom();
  const tape = new Tape();
  stage.room.recorder = tape.recorder;
  stage.add('a');
  stage.add('b');
  const says = (pitchOf: number) => (leg: VirtualLeg, frame: number) =>
    tone(leg.leg.id === 'a' ? pitchOf : 700, frame, leg.codec.sampleRate, 5000);
  stage.run(50, says(400));
  const before = tape.recorder.samples;
  tape.recorder.paused = true;
  stage.run(40, says(1900));
  // What was said before is heard a little later.
  stage.run(20, says(400));
  assert.equal(tape.recorder.samples, before);
  tape.recorder.paused = false;
  stage.run(50, says(400));
  tape.recorder.end();
  assert.equal(tape.recorder.samples, before * 2);
  for (const pcm of [tape.mix(), tape.track('a')]) {
    assert.equal(pcm.length, before * 2);
    const level = (hertz: number) => goertzel(pcm, 0, pcm.length, hertz, 8000);
    assert.ok(level(400) > 30 * level(1900), 'a word of the pause');
  }
});

const pitch: Record<string, number> = { a: 400, b: 700, c: 1100, s: 1900 };

for (const rate of [8000, 16_000, 48_000]) {
  test(`the mix is the sum of the tracks, sample by sample, whoever comes, goes and is muted (${rate} Hz)`, () => {
    const seed = rate + 3;
    const random = new SeededRandom(seed);
    const stage = new VirtualRoom();
    const tape = new Tape(rate);
    stage.room.recorder = tape.recorder;
    const codec = rate === 8000 ? 'PCMU' : `L16/${rate}`;
    const legs = ['a', 'b'].map((id) => stage.add(id, { codec }));
    const says = (leg: VirtualLeg, frame: number) =>
      tone(pitch[leg.leg.id]!, frame, leg.codec.sampleRate, 1000 + random.int(6000));
    stage.run(35, says);
    legs.push(stage.add('c'));
    stage.run(33, says);
    legs[0]!.leg.set({ muted: true });
    stage.room.refresh();
    stage.run(27, says);
    stage.room.leave(legs[1]!.leg);
    stage.legs.splice(1, 1);
    stage.run(41, says);
    tape.recorder.end();

    assert.deepEqual(tape.legs, ['a', 'b', 'c']);
    const mix = tape.mix();
    assert.equal(mix.length, (136 * rate) / 50);
    const tracks = tape.legs.map((leg) => tape.track(leg));
    for (let i = 0; i < mix.length; i++) {
      const sum = tracks.reduce((total, track) => total + track[i]!, 0);
      if (mix[i] !== sum) assert.fail(`seed ${seed}, sample ${i}: ${mix[i]} is not ${sum}`);
    }
    const frameOf = (frame: number) => (frame * rate) / 50;
    const [a, b, c] = tracks as [Int16Array, Int16Array, Int16Array];
    assert.ok(
      c.subarray(0, frameOf(35)).every((sample) => sample === 0),
      'silence before it joins',
    );
    assert.ok(
      b.subarray(frameOf(95)).every((sample) => sample === 0),
      'silence after it has left',
    );
    assert.ok(
      a.subarray(frameOf(68)).every((sample) => sample === 0),
      'muted is silence',
    );
    for (const [track, frequency, from] of [
      [a, 400, 10],
      [b, 700, 10],
      [c, 1100, 60],
    ] as const) {
      const heard = goertzel(track, frameOf(from), frameOf(20), frequency, rate);
      assert.ok(heard > 2500, `${frequency} Hz: ${heard}`);
    }
  });
}

test('a coach is on its own track and not in the mix', () => {
  const stage = new VirtualRoom();
  const tape = new Tape();
  stage.room.recorder = tape.recorder;
  for (const id of ['a', 'b', 's']) stage.add(id);
  stage.legs[2]!.leg.set({ heardBy: 'a' });
  stage.room.refresh();
  stage.run(60, (leg, frame) => tone(pitch[leg.leg.id]!, frame));
  tape.recorder.end();
  const level = (pcm: Int16Array, frequency: number) => goertzel(pcm, 1600, 6400, frequency, 8000);
  assert.ok(level(tape.mix(), 1900) < 30 && level(tape.mix(), 400) > 7000);
  assert.ok(level(tape.track('s'), 1900) > 7000);
});

test('a tick that never was is silence, and everything behind it is in its place', () => {
  const tape = new Tape();
  const frame = new Int16Array(160);
  const leg = { id: 'a', heard: true, whispers: false, receiver: { frame } };
  const seed = 77;
  const random = new SeededRandom(seed);
  const expected = new Map<number, number>();
  let tick = 1000;
  for (let i = 0; i < 400; i++) {
    frame.fill(i + 1);
    tape.recorder.take([leg], frame, tick);
    expected.set(tick - 1000, i + 1);
    // Mostly the next; now and then some are left out, also more than a block.
    tick += random.int(8) === 0 ? 1 + random.int(60) : 1;
  }
  tape.recorder.end();
  const frames = Math.max(...expected.keys()) + 1;
  for (const pcm of [tape.mix(), tape.track('a')]) {
    assert.equal(pcm.length, frames * 160);
    for (let at = 0; at < frames; at++) {
      const value = expected.get(at) ?? 0;
      assert.ok(pcm[at * 160] === value && pcm[at * 160 + 159] === value, `seed ${seed}, frame ${at}`);
    }
  }
  for (const [i, block] of tape.blocks.entries()) {
    const before = tape.blocks[i - 1];
    assert.ok(before === undefined || block.at >= before.at + before.samples, 'in order');
  }
});

test('what is taken down is handed over at least twice a second', () => {
  const tape = new Tape();
  const seen: number[] = [];
  for (let tick = 0; tick < 200; tick++) {
    tape.recorder.take([], new Int16Array(160), tick);
    seen.push(tape.recorder.samples - tape.blocks.reduce((end, block) => Math.max(end, block.at + block.samples), 0));
  }
  assert.ok(Math.max(...seen) * 2 <= 8000, `${Math.max(...seen)} samples waited`);
});

test('the beep comes at the beginning and every 15 s, and everybody hears it', () => {
  const stage = new VirtualRoom();
  const tape = new Tape(8000, true);
  stage.room.recorder = tape.recorder;
  const [a, b] = ['a', 'b'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg];
  stage.run(1600, (leg, frame) => (leg === a ? tone(400, frame) : null));
  tape.recorder.end();
  const beeps = (pcm: Int16Array) => {
    const frames = Array.from({ length: Math.floor(pcm.length / 160) }, (_, at) => at);
    const loud = frames.filter((at) => goertzel(pcm, at * 160, 160, 1400, 8000) > 500);
    return loud.filter((at) => !loud.includes(at - 1));
  };
  assert.deepEqual(beeps(tape.mix()), [0, 750, 1500]);
  assert.deepEqual(beeps(a.heard()), [0, 750, 1500]);
  assert.deepEqual(beeps(b.heard()), [0, 750, 1500]);
  assert.ok(!beeps(tape.track('a')).length, 'it is nobody who said it');
});

test('a room that is recorded ticks even with one leg or none', () => {
  const stage = new VirtualRoom();
  const tape = new Tape();
  stage.room.recorder = tape.recorder;
  stage.room.refresh();
  assert.equal(stage.room.ticking, true);
  stage.add('a');
  stage.run(40, (leg, frame) => tone(pitch[leg.leg.id]!, frame));
  stage.room.recorder = null;
  stage.room.refresh();
  assert.equal(stage.room.ticking, false);
  tape.recorder.end();
  assert.ok(goertzel(tape.track('a'), 1600, 4000, 400, 8000) > 7000);
});
