import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addCodec } from '../../../audio/codec.ts';
import { statefulCodec } from '../../../audio/testing/stateful-codec.ts';
import { level, tone, VirtualRoom } from '../../testing/virtual-room.ts';

let made = 0;

/** A room of a talker without levels and 20 legs that say theirs; all in a codec that looks loud whatever is in it. */
function stage() {
  const { codec, use } = statefulCodec(`LEVEL${++made}`, 16_000);
  addCodec(codec);
  const name = `${codec.name}/16000`;
  const room = new VirtualRoom();
  const talker = room.add('t');
  const others = Array.from({ length: 20 }, (_, i) => room.add(`l${i}`, { codec: name, audioLevel: 3 }));
  return { room, talker, others, use };
}

/** Softer than what is worth mixing: what a microphone has when nobody talks. */
const rustle = (frame: number) => tone(1000, frame, 16_000, 8);

test('legs of any codec sleep while nobody talks there, and wake with the first word', () => {
  for (const codec of ['PCMU', 'PCMA', 'L16', 'L16/16000']) {
    const room = new VirtualRoom();
    const talker = room.add('t');
    const others = Array.from({ length: 20 }, (_, i) => room.add(`l${i}`, { codec }));
    const rate = codec.endsWith('16000') ? 16_000 : 8000;
    room.run(80, (leg, frame) => (leg === talker ? tone(400, frame) : null));
    const awake = others.filter(({ leg }) => leg.receiver.awake).length;
    assert.equal(awake, 0, codec);
    room.run(60, (leg, frame) => (leg === others[3] ? tone(700, frame, rate) : null));
    assert.ok(level(talker, 700) > 5000, `${codec}: ${level(talker, 700)}`);
  }
});

test('legs that say to be silent sleep, and are not decoded', () => {
  const { room, talker, use } = stage();
  const seconds = 6;
  room.run(50 * seconds, (leg, frame) => (leg === talker ? tone(400, frame) : rustle(frame)));
  // Each is looked at after 1 s and after 2 more, for half a second, and after 4 more once again; the room was small at
  // first.
  const each = use.decoded / 20;
  assert.ok(each <= 3 * 30, `${each} packets decoded of ${50 * seconds}`);
  const before = use.decoded;
  room.run(50, (leg, frame) => (leg === talker ? tone(400, frame) : rustle(frame)));
  assert.equal(use.decoded, before, 'and none of them in a second between');
});

test('one that says to be loud is heard at once; how loud it is, is heard and not believed', () => {
  const { room, talker, others } = stage();
  const [speaks, boasts] = others as [(typeof others)[0], (typeof others)[0]];
  room.run(40, (_leg, frame) => (_leg === talker ? null : rustle(frame)));
  speaks.level = 20;
  boasts.level = 0;
  const from = room.events.length;
  room.run(25, (leg, frame) => (leg === speaks ? tone(700, frame, 16_000) : leg === talker ? null : rustle(frame)));
  assert.ok(level(talker, 700) > 3000, `${level(talker, 700)}`);
  assert.deepEqual(room.events.slice(from), [`${speaks.leg.id} talks`]);
});

test('one that says silence and talks is found out in a second, and is heard from then on', () => {
  const { room, talker, others } = stage();
  // It came into a large room.
  const liar = others[16]!;
  const says = (leg: unknown, frame: number) =>
    leg === liar ? tone(900, frame, 16_000) : leg === talker ? null : rustle(frame);
  room.run(45, says);
  assert.ok(level(talker, 900) < 100, 'believed at first');
  room.run(100, says);
  assert.ok(Math.abs(level(talker, 900) - 8000) < 500, `${level(talker, 900)}`);
  // It pauses, sleeps, and talks again.
  room.run(100, (leg, frame) => (leg === talker ? null : rustle(frame)));
  assert.equal(liar.leg.talking, false);
  const { length } = talker.sent;
  room.run(15, says);
  assert.ok(talker.sent.length > length);
  assert.equal(liar.leg.talking, true, 'what it says of itself is not believed again');
});
