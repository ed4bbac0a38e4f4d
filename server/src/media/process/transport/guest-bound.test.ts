import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { buildReport } from '../../../rtp/rtcp.ts';
import { VirtualLeg, type VirtualLegOptions } from '../../testing/virtual-leg.ts';
import { GuestBound } from './guest-bound.ts';

const proven = '192.0.2.1';
const victim = '203.0.113.9';

describe('how much goes where', () => {
  test('to the proven host whatever there is', () => {
    const bound = new GuestBound(proven);
    for (let i = 0; i < 1000; i++) assert.equal(bound.admits(proven, 172, 0), true);
  });

  test('to any other no more than came, counted from when it is sent there, small packets with their headers', () => {
    const bound = new GuestBound(proven);
    assert.equal(bound.admits(proven, 172, 5000), true);
    assert.equal(bound.admits(victim, 172, 5000), false, 'what came before came from elsewhere');
    assert.equal(bound.admits(victim, 172, 5199), false);
    assert.equal(bound.admits(victim, 172, 5200), true);
    assert.equal(bound.admits(victim, 172, 5399), false);
    assert.equal(bound.admits(victim, 172, 5400), true);
    assert.equal(bound.admits('203.0.113.10', 172, 9000), false);
    assert.equal(bound.admits(victim, 172, 9000), false, 'each time anew');
  });

  test('whoever reports on our stream has it', () => {
    const bound = new GuestBound(proven);
    bound.reported(victim);
    assert.equal(bound.admits(victim, 172, 0), false, 'it has not got any yet');
    assert.equal(bound.admits(victim, 172, 200), true);
    bound.reported(victim);
    assert.equal(bound.admits(victim, 172, 200), true);
  });

  test('a report proves nothing once more than one host has had our SSRC', () => {
    const bound = new GuestBound(proven);
    assert.equal(bound.admits(proven, 172, 0), true);
    assert.equal(bound.admits(victim, 172, 0), false);
    assert.equal(bound.admits(victim, 172, 200), true);
    bound.reported(victim);
    assert.equal(bound.admits(victim, 172, 200), false);
  });
});

/** A guest whose description names 192.0.2.1 and whose signalling came from somewhere else, or from there. */
function guest(provenHost: string | undefined, options: VirtualLegOptions = {}) {
  const clock = new VirtualClock();
  const peer = new VirtualLeg('a', clock, { ...options, ...(provenHost === undefined ? {} : { provenHost }) });
  let tick = 0;
  const send = (packets: number) => {
    const before = peer.sent.length;
    for (let i = 0; i < packets; i++) peer.leg.sender.sendSilence(tick++);
    return peer.sent.length - before;
  };
  const say = (packets: number) => {
    for (let i = 0; i < packets; i++) peer.say(new Int16Array(160), clock.monotonic());
  };
  return { clock, peer, send, say };
}

test('a leg sends a guest no more than came, unless its signalling comes from there', () => {
  const bounded = guest('198.51.100.1');
  assert.equal(bounded.send(50), 0);
  bounded.say(7);
  assert.equal(bounded.send(50), 7);
  assert.equal(bounded.peer.leg.stats().packetsSent, 7);
  bounded.clock.advance(60_000);
  bounded.peer.leg.keepHouse(bounded.clock.monotonic(), 5000, 1e9);
  bounded.peer.leg.close();
  assert.equal(bounded.peer.reports, 0, 'nor RTCP');
  assert.equal(guest('192.0.2.1').send(50), 50);
  assert.equal(guest(undefined).send(50), 50, 'who has logged in is not touched');
});

test('a report from the host that hears us lifts the bound', () => {
  const { peer, send, say } = guest('198.51.100.1');
  say(2);
  assert.equal(send(5), 2);
  const figures = { fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 1, jitter: 0 };
  const block = { ...figures, lastSenderReport: 0, delaySinceLastSenderReport: 0 };
  const report = (ssrc: number) => Buffer.from(buildReport(7, 'x', null, { ...block, ssrc }, false));
  peer.arrive(report(12), 0);
  assert.equal(send(5), 0);
  peer.arrive(report(peer.leg.sender.ssrc), 0, '198.51.100.1');
  assert.equal(send(5), 0, 'from elsewhere');
  peer.arrive(report(peer.leg.sender.ssrc), 0);
  assert.equal(send(5), 5);
});

test('legs of guests do not take each other for a phone, whatever lies between them', () => {
  const guestStreams = new Set<number>();
  const one = guest('192.0.2.1', { guestStreams }).peer;
  const other = new VirtualLeg('b', new VirtualClock(), { guestStreams, provenHost: '192.0.2.1' });
  const loop = (from: VirtualLeg, to: VirtualLeg) => {
    from.leg.sender.sendSilence(0);
    const { payloadType, sequence, timestamp, payload } = from.sent.at(-1)!;
    to.arrive(rtp(payloadType, sequence, timestamp, from.leg.sender.ssrc, payload), 0);
  };
  loop(one, other);
  loop(other, one);
  for (const { transport } of [one, other]) {
    assert.equal(transport.latch.isLatched, false);
    assert.equal(transport.stats.heardMs, 0, 'no sign of life either');
    assert.equal(transport.stats.foreign, 1);
  }
  // A phone that only sends back what it gets is one.
  loop(one, one);
  assert.equal(one.transport.latch.isLatched, true);
  // Nor is it kept from a carrier to bring a call of ours back to us.
  const trunk = new VirtualLeg('c', new VirtualClock(), { guestStreams });
  loop(trunk, other);
  loop(one, trunk);
  assert.equal(other.transport.latch.isLatched && trunk.transport.latch.isLatched, true);
  for (const { leg } of [one, other, trunk]) leg.close();
  assert.equal(guestStreams.size, 0);
});

function rtp(payloadType: number, sequence: number, timestamp: number, ssrc: number, payload: Buffer): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  packet[0] = 0x80;
  packet[1] = payloadType;
  packet.writeUInt16BE(sequence, 2);
  packet.writeUInt32BE(timestamp, 4);
  packet.writeUInt32BE(ssrc, 8);
  payload.copy(packet, 12);
  return packet;
}
