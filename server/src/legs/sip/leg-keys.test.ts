import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { LegKeys } from './leg-keys.ts';

function keys() {
  const clock = new VirtualClock();
  const pressed: string[] = [];
  const taken = new LegKeys(clock, (digit) => pressed.push(digit));
  return { clock, pressed, taken };
}

/** `r5` tells of a 5 by RTP, `i5` by INFO, `.` is 100 ms. */
function play(script: string): string {
  const { clock, pressed, taken } = keys();
  for (const [, way, digit] of script.matchAll(/([ri])(.)|\./g)) {
    if (way === undefined) clock.advance(100);
    else taken.told(way === 'r' ? 'rtp' : 'info', digit!, 100);
  }
  return pressed.join('');
}

test('a press that is told both ways is one, in any order', () => {
  assert.equal(play('r1i1.r2i2'), '12');
  assert.equal(play('i1r1.i2r2'), '12');
  assert.equal(play('i1r1.r2i2'), '12');
  assert.equal(play('i1.i2.i3.r1.r2.r3'), '123');
  assert.equal(play('r1.r2.r3.i1.i2.i3'), '123');
  assert.equal(play('r1.r2.i2.i1'), '12');
});

test('two quick presses of one key are two, told either way or both', () => {
  for (const script of ['r5r5', 'i5i5', 'r5i5r5i5', 'i5r5i5r5', 'r5r5i5i5', 'i5i5r5r5', 'i5r5r5i5', 'r5i5i5r5']) {
    assert.equal(play(script), '55', script);
  }
});

test('what one way leaves out the other has told', () => {
  assert.equal(play('i5r5.i5.i5r5'), '555');
  assert.equal(play('i5.r5i5r5'), '55');
  assert.equal(play('r5.r5.i5.r5'), '555');
});

test('a phone that goes over to the other way loses no key', () => {
  const later = '.'.repeat(42);
  assert.equal(play(`r5${later}i5${later}r5`), '555');
  assert.equal(play('r1r2r3.i4i5'), '12345');
});

test('a key held long is told by INFO at its beginning, by RTP at its end', () => {
  const { clock, pressed, taken } = keys();
  taken.told('info', '5', 160);
  clock.advance(9000);
  taken.told('rtp', '5', 9000);
  assert.deepEqual(pressed, ['5']);
});

test('whatever the two ways do to each other within a second, as many are heard as were pressed', () => {
  const seed = 6086;
  const random = new SeededRandom(seed);
  for (let round = 0; round < 500; round++) {
    const presses = Array.from({ length: 1 + random.int(12) }, () => '0123'[random.int(4)]!);
    const told = presses.flatMap((digit, at) =>
      (['rtp', 'info'] as const).map((way) => ({ way, digit, atMs: at * 150 + random.int(1000) })),
    );
    const { clock, pressed, taken } = keys();
    for (const { way, digit, atMs } of told.sort((a, b) => a.atMs - b.atMs)) {
      clock.advance(atMs - clock.monotonic());
      taken.told(way, digit, 100);
    }
    assert.deepEqual(pressed.toSorted(), presses.toSorted(), `seed ${seed}, round ${round}`);
  }
});

test('what nobody tells again is forgotten', () => {
  const { pressed, taken } = keys();
  for (let i = 0; i < 1000; i++) taken.told('rtp', '5', 100);
  for (let i = 0; i < 1000; i++) taken.told('info', '5', 100);
  assert.equal(pressed.length, 1000 + 1000 - 64);
});
