import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecByName } from '../../../audio/codec.ts';
import { goertzel } from '../../../audio/goertzel.ts';
import type { VirtualLeg } from '../../testing/virtual-leg.ts';
import { VirtualRoom } from '../../testing/virtual-room.ts';
import { PlaySource } from '../room/play-source.ts';

const wide = 'L16/16000';

/** Half a second of 500 Hz, again and again. */
function music(rate: number): PlaySource {
  const pcm = Int16Array.from({ length: 4000 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 500 * i) / 8000)));
  return new PlaySource([{ wav: { pcm, sampleRate: 8000 } }], true, rate);
}

/** The other side has agreed to another codec. */
function changeTo(leg: VirtualLeg, codec: string, payloadType: number): void {
  const { configuration } = leg;
  leg.leg.configure({
    ...configuration,
    send: { payloadType, codec, ptime: 20 },
    receive: [...configuration.receive, { payloadType, codec }],
  });
}

/** How loud a tone is in what it was sent of this payload type since, the first tenth of a second apart. */
function heard({ sent }: VirtualLeg, payloadType: number, codecName: string, frequency: number): number {
  const codec = codecByName(codecName)!;
  const rate = codec.sampleRate;
  const packets = sent.filter((packet) => packet.payloadType === payloadType).slice(5);
  const pcm = new Int16Array((packets.length * rate) / 50);
  for (const [at, { payload }] of packets.entries()) {
    codec.createDecoder().decode(payload, 0, payload.length, pcm, (at * rate) / 50);
  }
  return goertzel(pcm, 0, pcm.length, frequency, rate);
}

const ways: Record<string, (leg: VirtualLeg) => void> = {
  'music of its hold': (leg) => leg.leg.hold(true, music(8000)),
  'a play in place of the room': (leg) => {
    leg.leg.play = { id: 'p', source: music(8000), mix: false };
    leg.leg.refresh();
  },
  'a play over the room': (leg) => {
    leg.leg.play = { id: 'p', source: music(8000), mix: true };
    leg.leg.refresh();
  },
};

for (const [name, begin] of Object.entries(ways)) {
  test(`${name} keeps its pitch when the codec changes meanwhile`, () => {
    const stage = new VirtualRoom();
    const leg = stage.add('a');
    stage.add('b');
    begin(leg);
    stage.room.refresh();
    stage.run(60, () => null);
    assert.ok(heard(leg, 0, 'PCMU', 500) > 7000, 'before');
    changeTo(leg, wide, 96);
    stage.room.refresh();
    stage.run(60, () => null);
    assert.ok(heard(leg, 96, wide, 500) > 7000, `at 1000 Hz ${heard(leg, 96, wide, 1000)}`);
    leg.sent.length = 0;
    changeTo(leg, 'PCMA', 8);
    stage.room.refresh();
    stage.run(60, () => null);
    assert.ok(heard(leg, 8, 'PCMA', 500) > 7000, 'and back');
  });
}
