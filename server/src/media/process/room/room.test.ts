import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { goertzel } from '../../../audio/goertzel.ts';
import { SeededRandom } from '../../../base/random.ts';
import { ts32Diff } from '../../../base/serial.ts';
import type { VirtualLeg } from '../../testing/virtual-leg.ts';
import { level, tone, VirtualRoom } from '../../testing/virtual-room.ts';
import { PlaySource } from './play-source.ts';

const frequencyOf: Record<string, number> = { a: 400, b: 700, c: 1100 };

test('everybody hears all the others and not himself', () => {
  const stage = new VirtualRoom();
  for (const id of ['a', 'b', 'c']) stage.add(id);
  stage.run(100, (leg, frame) => tone(frequencyOf[leg.leg.id]!, frame));
  for (const leg of stage.legs) {
    for (const [id, frequency] of Object.entries(frequencyOf)) {
      const heard = level(leg, frequency);
      if (id === leg.leg.id) assert.ok(heard < 30, `${leg.leg.id} hears himself: ${heard}`);
      else assert.ok(Math.abs(heard - 8000) < 200, `${leg.leg.id} hears ${id}: ${heard}`);
    }
  }
});

test('a single talker is passed on bit by bit', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  const b = stage.add('b');
  const seed = 711;
  const random = new SeededRandom(seed);
  const said: number[] = [];
  stage.run(200, (leg, frame) => {
    if (leg === b) return null;
    // Speech-like loudness, so that nothing is exactly periodic.
    const loud = 2000 + 8000 * Math.abs(Math.sin(frame / 9));
    const pcm = Int16Array.from({ length: 160 }, (_, i) =>
      Math.round(loud * Math.sin((frame * 160 + i) / 5) + random.int(900) - 450),
    );
    const bytes = new Uint8Array(160);
    a.codec.createEncoder().encode(pcm, 0, 160, bytes, 0);
    said.push(...bytes);
    return pcm;
  });
  const heard = Buffer.concat(b.sent.map((packet) => packet.payload));
  // Somewhere within the first 200 ms the sound begins; from there on it is what was said.
  const needle = Buffer.from(said.slice(1600, 1760));
  const found = heard.indexOf(needle);
  const delay = (found - 1600) / 8;
  assert.ok(found >= 0 && delay >= 0 && delay <= 60, `found at ${found}, seed ${seed}`);
  const rest = heard.subarray(found);
  const sent = Buffer.from(said.slice(1600, 1600 + rest.length));
  // µ-law has two zeros; linear samples have one.
  const oneZero = (bytes: Buffer) => bytes.map((byte) => (byte === 0x7f ? 0xff : byte));
  assert.deepEqual(oneZero(rest), oneZero(sent));
});

test('packets of any length go on without a gap when the rate of the room changes', () => {
  for (const ptime of [10, 30, 60]) {
    const stage = new VirtualRoom();
    const [talks, listens] = [stage.add('a', { ptime }), stage.add('b', { ptime })];
    stage.add('c');
    listens.leg.set({ muted: true });
    const run = (frames: number) => stage.run(frames, (leg, frame) => tone(500, frame, leg.codec.sampleRate));
    run(52);
    const wide = stage.add('w', { codec: 'L16/16000' });
    run(52);
    stage.room.leave(wide.leg);
    stage.legs.pop();
    run(52);
    for (const { leg, sent } of [talks, listens]) {
      const steps = sent.slice(1).map(({ timestamp }, at) => ts32Diff(timestamp, sent[at]!.timestamp));
      assert.deepEqual([...new Set(steps)], [8 * ptime], `${leg.id}, ${ptime} ms`);
    }
  }
});

test('nothing of what was said before is heard when a leg is listened to again', () => {
  const stage = new VirtualRoom();
  const [a, b] = [stage.add('a'), stage.add('b')];
  let says: (frame: number) => Int16Array = (frame) => tone(400, frame);
  // Packets come just before the tick: the first of them has to wait for the next one.
  const run = (frames: number) => {
    for (let i = 0; i < frames; i++, stage.frame++) {
      stage.clock.advance(18);
      a.say(says(stage.frame), stage.clock.monotonic());
      stage.clock.advance(2);
      stage.room.mixOnce(stage.clock.monotonic(), stage.frame);
    }
  };
  const loudest = (packets: number) => Math.max(...b.heard().subarray(-160 * packets));
  run(50);
  assert.ok(loudest(5) > 7000);
  a.leg.set({ muted: true });
  stage.room.refresh();
  run(50);
  says = () => new Int16Array(160);
  a.leg.set({ muted: false });
  stage.room.refresh();
  run(20);
  assert.equal(loudest(20), 0, 'after it was muted');
});

test('muted is not heard, deaf hears silence, both ends', () => {
  const stage = new VirtualRoom();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg, VirtualLeg];
  a.leg.set({ muted: true });
  b.leg.set({ deaf: true });
  stage.room.refresh();
  const says = (leg: VirtualLeg, frame: number) => tone(frequencyOf[leg.leg.id]!, frame);
  stage.run(80, says);
  assert.ok(level(c, 400) < 30 && level(c, 700) > 7000);
  assert.ok(level(b, 400) < 30 && level(b, 1100) < 30);
  assert.ok(b.sent.length >= 75, 'silence is sent');
  a.leg.set({ muted: false });
  b.leg.set({ deaf: false });
  stage.room.refresh();
  stage.run(80, says);
  assert.ok(level(c, 400) > 7000 && level(b, 1100) > 7000);
});

test('a held leg is out of the room and hears its music', () => {
  const stage = new VirtualRoom();
  const [a, b] = ['a', 'b', 'c'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg];
  const wav = { sampleRate: 8000 as const, pcm: tone(250, 0) };
  b.leg.hold(true, new PlaySource([{ wav }], true, 8000));
  stage.room.refresh();
  stage.run(100, (leg, frame) => tone(frequencyOf[leg.leg.id]!, frame));
  assert.ok(level(b, 250) > 7000 && level(b, 400) < 30);
  assert.ok(level(a, 700) < 30 && level(a, 1100) > 7000 && level(a, 250) < 30);
});

test('gain makes a leg louder and quieter for the others', () => {
  const stage = new VirtualRoom();
  const [a, b] = ['a', 'b'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg];
  a.leg.set({ gain: -12 });
  stage.run(80, (leg, frame) => (leg === a ? tone(400, frame) : null));
  assert.ok(Math.abs(level(b, 400) - 8000 / 3.98) < 100, `${level(b, 400)}`);
});

for (const best of ['PCMU', 'L16/16000', 'L16/48000']) {
  for (const codec of ['PCMU', 'PCMA', 'L16/16000', 'L16/48000']) {
    test(`a room that ${best} can talk in: ${codec} and PCMU hear each other`, () => {
      const stage = new VirtualRoom();
      stage.add('d', { codec: best }).leg.set({ muted: true });
      const a = stage.add('a', { codec });
      const b = stage.add('b');
      const c = stage.add('c', { codec });
      stage.run(100, (leg, frame) => (leg === c ? null : tone(frequencyOf[leg.leg.id]!, frame, leg.codec.sampleRate)));
      assert.ok(Math.abs(level(b, 400) - 8000) < 300, `b hears a: ${level(b, 400)}`);
      assert.ok(Math.abs(level(a, 700) - 8000) < 300, `a hears b: ${level(a, 700)}`);
      assert.ok(Math.abs(level(c, 700) - 8000) < 300 && Math.abs(level(c, 400) - 8000) < 300);
      assert.ok(level(a, 400) < 60 && level(b, 700) < 60);
    });
  }
}

for (const ptime of [10, 30, 40, 60, 90, 200]) {
  test(`packets of ${ptime} ms go out whole, in sequence, with true timestamps`, () => {
    const stage = new VirtualRoom();
    const a = stage.add('a');
    const b = stage.add('b', { ptime });
    stage.run(120, (leg, frame) => (leg === a ? tone(400, frame) : null));
    assert.ok(b.sent.length >= Math.floor((115 * 20) / ptime));
    for (const [i, packet] of b.sent.entries()) {
      assert.equal(packet.payload.length, ptime * 8);
      assert.equal(packet.marker, i === 0);
      if (i === 0) continue;
      assert.equal(ts32Diff(packet.timestamp, b.sent[i - 1]!.timestamp), ptime * 8);
      assert.equal((packet.sequence - b.sent[i - 1]!.sequence) & 0xffff, 1);
    }
    assert.ok(Math.abs(level(b, 400) - 8000) < 200);
  });
}

test('talking is told within 300 ms of beginning and ending', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  stage.add('b');
  stage.run(50, () => null);
  assert.deepEqual(stage.events, []);
  const until = (talking: string) => {
    let frames = 0;
    for (; frames < 50 && stage.events.at(-1) !== talking; frames++) {
      stage.run(1, (leg, frame) => (leg === a && talking === 'a talks' ? tone(400, frame) : null));
    }
    return frames * 20;
  };
  assert.ok(until('a talks') <= 300);
  stage.run(50, (leg, frame) => (leg === a ? tone(400, frame) : null));
  const ended = until('a silent');
  assert.ok(ended <= 320, `${ended}`);
});

test('in a large room silent legs sleep, and a talker is heard from the first syllable on', () => {
  const stage = new VirtualRoom();
  const legs = Array.from({ length: 40 }, (_, i) => stage.add(String.fromCharCode(97 + i)));
  const random = new SeededRandom(40);
  const noise = () => Int16Array.from({ length: 160 }, () => random.int(17) - 8);
  stage.run(60, noise);
  assert.equal(legs.filter((leg) => leg.leg.receiver.awake).length, 0);
  assert.equal(legs[5]!.heard().findLast((sample) => sample !== 0) ?? 0, 0, 'their noise is not mixed');
  const from = legs[5]!.heard().length;
  stage.run(50, (leg, frame) => (leg === legs[0] ? tone(400, frame) : noise()));
  assert.equal(legs.filter((leg) => leg.leg.receiver.awake).length, 1);
  const pcm = legs[5]!.heard().subarray(from);
  const first = pcm.findIndex((sample) => Math.abs(sample) > 1000);
  assert.ok(first >= 0 && first <= 60 * 8, `begins after ${first / 8} ms`);
  assert.ok(level(legs[0]!, 400) < 30);
  assert.deepEqual(stage.events, ['a talks']);
  stage.run(80, noise);
  assert.equal(legs.filter((leg) => leg.leg.receiver.awake).length, 0);
  assert.deepEqual(stage.events, ['a talks', 'a silent']);
});

test('a room ticks only when there is something to send', () => {
  const stage = new VirtualRoom();
  assert.equal(stage.room.ticking, false);
  const a = stage.add('a');
  assert.equal(stage.room.ticking, false, 'one leg');
  stage.room.music = new PlaySource([{ wav: { sampleRate: 8000, pcm: tone(250, 0) } }], true, 8000);
  stage.room.refresh();
  assert.equal(stage.room.ticking, true, 'music while alone');
  stage.run(60, () => null);
  assert.ok(level(a, 250) > 7000);
  const b = stage.add('b');
  stage.run(60, () => null);
  assert.ok(level(a, 250) < 30 && level(b, 250) < 30, 'no music for two');
  stage.room.leave(b.leg);
  stage.room.leave(a.leg);
  assert.equal(stage.room.ticking, false, 'nobody');
});

test('a play to the room is heard by all over the talk; a play to a leg in its place, or over it', () => {
  const stage = new VirtualRoom();
  const [a, b, c] = ['a', 'b', 'c'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg, VirtualLeg];
  const wav = { sampleRate: 8000 as const, pcm: tone(250, 0) };
  const source = () => new PlaySource([{ wav }], true, 8000);
  const says = (leg: VirtualLeg, frame: number) => (leg === a ? tone(400, frame) : null);
  stage.room.plays.push({ id: 'all', source: source() });
  stage.run(60, says);
  for (const leg of stage.legs) assert.ok(level(leg, 250) > 7000);
  // Speech is lowered under it, not gone.
  const lowered = (leg: VirtualLeg) => Math.abs(level(leg, 400) - 1600) < 200;
  assert.ok(lowered(b) && level(a, 400) < 60);
  stage.room.plays.length = 0;
  b.leg.play = { id: 'b', source: source(), mix: false };
  c.leg.play = { id: 'c', source: source(), mix: true };
  b.leg.refresh();
  c.leg.refresh();
  stage.run(60, says);
  assert.ok(level(b, 250) > 7000 && level(b, 400) < 60, 'in place');
  assert.ok(level(c, 250) > 7000 && lowered(c), 'over');
  assert.ok(level(a, 250) < 60);
});

test('plays end once, and are told', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  stage.add('b');
  a.leg.play = { id: 'short', source: new PlaySource([{ silenceMs: 100 }], false, 8000), mix: false };
  a.leg.refresh();
  stage.room.plays.push({ id: 'long', source: new PlaySource([{ silenceMs: 300 }], false, 8000) });
  stage.run(30, () => null);
  assert.deepEqual(stage.events, ['short over', 'long over']);
  assert.equal(a.leg.play, null);
  assert.equal(a.leg.plain, true);
});

test('digits go out as events in place of audio, and come in without being heard', () => {
  const stage = new VirtualRoom();
  const a = stage.add('a');
  const b = stage.add('b');
  b.leg.sender.digits.queue('19', 100, 60);
  b.leg.refresh();
  stage.run(60, (leg, frame) => (leg === a ? tone(400, frame) : null));
  const events = b.sent.filter((packet) => packet.payloadType === 101);
  assert.equal(events.length, 2 * 7);
  assert.deepEqual(
    events.filter((packet) => packet.marker).map((packet) => packet.payload[0]),
    [1, 9],
  );
  assert.equal(events.filter((packet) => (packet.payload[1]! & 0x80) !== 0).length, 2 * 3);
  assert.equal(new Set(b.sent.map((packet) => packet.sequence)).size, b.sent.length);
  assert.equal(b.leg.plain, true);
});

test('a leg takes any bytes: 20 000 mutated packets', () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? (Math.random() * 0xffff_ffff) >>> 0);
  const random = new SeededRandom(seed);
  const stage = new VirtualRoom();
  const a = stage.add('a');
  const b = stage.add('b');
  const good = [
    Buffer.concat([Buffer.from('800000010000000100000007', 'hex'), random.bytes(160)]),
    Buffer.from('80650001000000010000000705000050', 'hex'),
    Buffer.from('81c8000c00000007aabbccdd112233440000100000000064', 'hex'),
  ];
  for (let i = 0; i < 20_000; i++) {
    const packet = Buffer.from(good[random.int(3)]!);
    packet.writeUInt16BE((i / 2) & 0xffff, 2);
    for (let changes = random.int(3); changes > 0; changes--) packet[random.int(packet.length)] = random.int(256);
    try {
      a.arrive(
        packet.subarray(0, random.int(4) === 0 ? random.int(packet.length) : undefined),
        stage.clock.monotonic(),
      );
      if (i % 40 === 0) stage.run(1, (leg) => (leg === b ? tone(700, i) : null));
    } catch (error) {
      assert.fail(`seed ${seed}, packet ${i}: ${error instanceof Error ? error.stack : error}`);
    }
  }
  assert.ok(b.sent.length > 400);
});

describe('an announcement over speech', () => {
  /** One second of 1900 Hz, as from a file. */
  const spoken = (amplitude: number) => {
    const pcm = Int16Array.from({ length: 8000 }, (_, i) => amplitude * Math.sin((2 * Math.PI * 1900 * i) / 8000));
    return new PlaySource([{ wav: { sampleRate: 8000, pcm } }], false, 8000);
  };
  const loud = 28_000;
  /** How loud a frequency is in each 20 ms of what was heard from a frame on. */
  const course = (leg: VirtualLeg, frequency: number, from: number) => {
    const pcm = leg.heard().subarray(from * 160);
    return Array.from({ length: Math.floor(pcm.length / 160) }, (_, i) => goertzel(pcm, i * 160, 160, frequency, 8000));
  };

  for (const [where, whom] of [
    ['the room', 'all'],
    ['one leg', 'b'],
  ] as const) {
    test(`in ${where} lowers it smoothly, for ${whom}, and is never cut off`, () => {
      const stage = new VirtualRoom();
      const [, b, c] = ['a', 'b', 'c'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg, VirtualLeg];
      const says = (leg: VirtualLeg, frame: number) => (leg.leg.id === 'a' ? tone(400, frame, 8000, loud) : null);
      stage.run(50, says);
      if (whom === 'all') stage.room.plays.push({ id: 'p', source: spoken(16_000) });
      else {
        b.leg.play = { id: 'p', source: spoken(16_000), mix: true };
        b.leg.refresh();
      }
      stage.room.refresh();
      const from = b.sent.length;
      stage.run(100, says);
      assert.ok(stage.events.includes('p over'));
      for (const leg of whom === 'all' ? [b, c] : [b]) {
        const speech = course(leg, 400, from);
        const announced = course(leg, 1900, from);
        for (let i = 5; i < 48; i++) {
          assert.ok(Math.abs(speech[i]! - loud * 0.2) < 400, `speech at ${20 * i} ms: ${speech[i]}`);
          assert.ok(Math.abs(announced[i]! - 16_000) < 600, `announcement at ${20 * i} ms: ${announced[i]}`);
        }
        for (let i = 75; i < 100; i++)
          assert.ok(Math.abs(speech[i]! - loud) < 800, `back at ${20 * i} ms: ${speech[i]}`);
        for (let i = 55; i < 75; i++) assert.ok(speech[i]! - speech[i - 1]! < loud / 8, `a jump at ${20 * i} ms`);
        // The first frames go from the one to the other; nothing is ever clipped, so nothing of it sounds elsewhere.
        for (const other of [1100, 1500, 3400]) {
          assert.ok(Math.max(...course(leg, other, from).slice(5, 45)) < 300, `${other} Hz`);
        }
      }
      if (whom === 'b') assert.ok(Math.min(...course(c, 400, from)) > loud * 0.95, 'the others hear speech as before');
      assert.equal(b.leg.plain, true, 'and then it shares what the others hear');
    });
  }

  test('a tone over speech lowers nothing, and is not cut off either', () => {
    const stage = new VirtualRoom();
    const [, b] = ['a', 'b'].map((id) => stage.add(id)) as [VirtualLeg, VirtualLeg];
    const says = (leg: VirtualLeg, frame: number) => (leg.leg.id === 'a' ? tone(400, frame, 8000, 10_000) : null);
    stage.run(50, says);
    const steps = [{ frequencies: [1900], ms: 1000 }];
    const source = new PlaySource([{ tone: { steps, repeat: false, level: -20 } }], false, 8000);
    b.leg.play = { id: 'p', source, mix: true };
    b.leg.refresh();
    const from = b.sent.length;
    stage.run(60, says);
    assert.ok(Math.min(...course(b, 400, from)) > 9500);
    assert.ok(course(b, 1900, from)[20]! > 1000);
  });
});
