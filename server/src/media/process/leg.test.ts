import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { rtpHeaderLength, writeRtpHeader } from '../../rtp/rtp-header.ts';
import { telephoneEventLength, writeTelephoneEvent } from '../../rtp/telephone-event.ts';
import { VirtualLeg } from '../testing/virtual-leg.ts';

/** Lets a minute pass in which the peer sends a packet every 20 ms, or nothing; what the leg sent meanwhile. */
function minute(leg: VirtualLeg, clock: VirtualClock, talks: boolean): { reports: number; packets: number } {
  const before = { reports: leg.reports, packets: leg.sent.length };
  for (let frame = 0; frame < 3000; frame++) {
    clock.advance(20);
    if (talks) leg.say(new Int16Array(160), clock.monotonic());
    if (frame % 10 === 0) leg.leg.keepHouse(clock.monotonic(), Math.floor(clock.monotonic() / 20), 1e9);
  }
  return { reports: leg.reports - before.reports, packets: leg.sent.length - before.packets };
}

test('a leg on which nothing moves: a packet every 15 s, and few reports until something moves again', () => {
  const clock = new VirtualClock();
  const leg = new VirtualLeg('a', clock);
  leg.leg.keepHouse(0, 0, 1e9);
  assert.equal(leg.sent.length, 1, 'the first packet opens the bindings');
  minute(leg, clock, false);
  const quiet = minute(leg, clock, false);
  assert.equal(quiet.packets, 4);
  assert.ok(quiet.reports >= 3 && quiet.reports <= 8, `${quiet.reports} reports`);
  const busy = minute(leg, clock, true);
  assert.ok(busy.reports >= 10 && busy.reports <= 24, `${busy.reports} reports`);
});

test('a peer that begins to talk is reported on as soon as on any leg', () => {
  const clock = new VirtualClock();
  const leg = new VirtualLeg('a', clock);
  minute(leg, clock, false);
  const before = leg.reports;
  // The longest ordinary interval is 6.2 s.
  for (let frame = 0; frame < 325; frame++) {
    clock.advance(20);
    leg.say(new Int16Array(160), clock.monotonic());
    leg.leg.keepHouse(clock.monotonic(), 0, 1e9);
  }
  assert.ok(leg.reports > before);
});

test('a leg is stirred by what comes, and while a digit may have lost its end', () => {
  const clock = new VirtualClock();
  const peer = new VirtualLeg('a', clock);
  const { leg } = peer;
  const look = () => {
    leg.keepHouse(clock.monotonic(), 0, 1e9);
    return leg.stirred;
  };
  assert.equal(leg.stirred, false);
  const packet = Buffer.alloc(rtpHeaderLength + telephoneEventLength);
  writeRtpHeader(packet, 0, true, 101, 1000, 50_000, 7);
  writeTelephoneEvent(packet, rtpHeaderLength, 5, false, 10, 160);
  leg.packetsIn++;
  peer.arrive(packet, clock.monotonic());
  assert.equal(leg.stirred, true);
  assert.equal(look(), true, 'the digit goes on');
  clock.advance(200);
  assert.equal(look(), false);
  assert.deepEqual(peer.digits, ['5']);
});
