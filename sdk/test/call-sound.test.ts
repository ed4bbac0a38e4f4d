import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallSound } from '../src/call/call-sound.ts';

test('who is muted is not heard; who is on hold neither hears nor is heard, whatever is muted meanwhile', () => {
  const carrier = { muted: false, deaf: false };
  const sound = new CallSound();
  assert.equal(sound.mute(true), true);
  sound.useCarrier(carrier);
  assert.deepEqual(carrier, { muted: true, deaf: false }, 'what was muted before there was sound');
  assert.equal(sound.mute(true), false);
  assert.equal(sound.mute(false), true);
  assert.deepEqual(carrier, { muted: false, deaf: false });
  sound.hold(true);
  assert.deepEqual(carrier, { muted: true, deaf: true });
  sound.mute(true);
  assert.equal(sound.mute(false), true);
  sound.muteSpeaker(true);
  sound.muteSpeaker(false);
  assert.equal(sound.isMuted, false, 'a hold is no muting');
  assert.deepEqual(carrier, { muted: true, deaf: true });
  sound.muteSpeaker(true);
  sound.hold(false);
  assert.deepEqual(carrier, { muted: false, deaf: true }, 'as it was muted meanwhile');
});

test('a moderator has the server mute; unmuting ends what the owner muted too', () => {
  const carrier = { muted: false, deaf: false };
  const sound = new CallSound();
  sound.useCarrier(carrier);
  assert.equal(sound.muteByOthers(true), true);
  assert.deepEqual([sound.isMuted, carrier.muted], [true, false]);
  assert.equal(sound.mute(true), false, 'it was muted already');
  assert.equal(sound.muteByOthers(false), true);
  assert.deepEqual([sound.isMuted, carrier.muted], [false, false]);
  sound.muteByOthers(true);
  assert.equal(sound.mute(false), true);
  assert.equal(sound.isMuted, false);
});
