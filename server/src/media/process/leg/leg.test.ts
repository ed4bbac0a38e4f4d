import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { rtpHeaderLength, writeRtpHeader } from '../../../rtp/rtp-header.ts';
import { telephoneEventLength, writeTelephoneEvent } from '../../../rtp/telephone-event.ts';
import type { LocalMedia } from '../../channel/commands.ts';
import { VirtualLeg, type VirtualLegOptions } from '../../testing/virtual-leg.ts';
import { TransportStats } from '../transport/leg-transport.ts';

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

test('that the far end of a watched leg is over is told once, though no sound of it could be missed', () => {
  const clock = new VirtualClock();
  const leg = new VirtualLeg('a', clock);
  leg.leg.configure({ ...leg.configuration, direction: 'sendonly', watched: true });
  const look = () => leg.leg.keepHouse(clock.monotonic(), 0, 1e9);
  look();
  assert.deepEqual(leg.told, []);
  leg.transport.stats.over = true;
  look();
  look();
  assert.deepEqual(leg.told, [false]);
});

test('who only listens is asked by a packet once a second while nothing comes, also where no sound goes to it', () => {
  const clock = new VirtualClock();
  const leg = new VirtualLeg('a', clock);
  leg.leg.configure({ ...leg.configuration, direction: 'sendonly', listener: { reportsIn: 3 } });
  const pass = (looks: number) => {
    for (let i = 0; i < looks; i++) {
      clock.advance(200);
      assert.ok(leg.leg.stirred, 'looked at whether something came or not');
      leg.leg.keepHouse(clock.monotonic(), Math.floor(clock.monotonic() / 20), 1e9);
    }
  };
  const asked = () =>
    leg.sent
      .splice(0)
      .filter(({ extension }) => extension.startsWith('31'))
      .map(({ extension }) => extension);
  pass(20);
  assert.deepEqual(asked(), [], 'not connected');
  // Feedback as it comes.
  const feedback = Buffer.from('afcd0005fa17fa1705ed0abc000100011451b60020016f01', 'hex');
  const answers = () => leg.arrive(feedback, clock.monotonic());
  answers();
  pass(5);
  assert.deepEqual(leg.told, [true]);
  assert.deepEqual(asked(), ['31000100']);
  answers();
  pass(5);
  assert.deepEqual(asked(), ['31000200']);
  pass(5);
  assert.deepEqual(leg.told, [true, false], 'it has not answered');
  answers();
  pass(1);
  assert.deepEqual(leg.told, [true, false, true]);
  assert.equal(leg.leg.reports.invalid, 0);
});

test('of two moves at a time the one that was asked for later holds, whichever is there first', async () => {
  const local: LocalMedia = { kind: 'udp', address: '192.0.2.9', port: 2, rtcpPort: 3 };
  const way = () => {
    const opened = Promise.withResolvers<LocalMedia>();
    const transport = {
      ...{ stats: new TransportStats(), keepAliveMs: 15_000, closed: false },
      open: () => opened.promise,
      ...{ configure() {}, send() {}, sendRtcp() {} },
      close(): void {
        transport.closed = true;
      },
    };
    return { transport, opened };
  };
  const { leg } = new VirtualLeg('a');
  const [first, second, third] = [way(), way(), way()] as const;
  const move = (to: typeof first) => leg.move(() => to.transport);
  const overtaken = assert.rejects(move(first), { code: 'failed' });
  const moved = move(second);
  const failed = assert.rejects(move(third), /no port/);
  third.opened.reject(new Error('no port'));
  await failed;
  second.opened.resolve(local);
  await moved;
  first.opened.resolve(local);
  await overtaken;
  assert.equal(leg.transport, second.transport);
  assert.deepEqual([first.transport.closed, second.transport.closed], [true, false]);
});

test('a leg that has moved is watched anew: what comes the new way is told, however soon', async () => {
  const clock = new VirtualClock();
  const leg = new VirtualLeg('a', clock);
  leg.leg.configure({ ...leg.configuration, watched: true });
  const pass = () => {
    for (let i = 0; i < 20; i++) {
      clock.advance(20);
      leg.say(new Int16Array(160), clock.monotonic());
      if (i % 10 === 9) leg.leg.keepHouse(clock.monotonic(), 0, 1e9);
    }
  };
  pass();
  assert.deepEqual(leg.told, [true]);
  await leg.move();
  leg.leg.configure({ ...leg.configuration, watched: true });
  pass();
  assert.deepEqual(leg.told, [true, true]);
});

test('whether a watched leg sounds is told, in every round; of others nothing', () => {
  for (const watched of [true, false]) {
    const clock = new VirtualClock();
    const leg = new VirtualLeg('a', clock);
    leg.leg.configure({ ...leg.configuration, watched });
    const pass = (packets: number) => {
      for (let i = 0; i < packets; i++) leg.say(new Int16Array(160), clock.monotonic());
      clock.advance(200);
      if (watched) assert.ok(leg.leg.stirred, 'looked at whether something came or not');
      leg.leg.keepHouse(clock.monotonic(), 0, 1e9);
    };
    for (const packets of [0, 1, 0, 0, 0, 10, 10, 0, 0, 0, 0]) pass(packets);
    assert.deepEqual(leg.told, watched ? [true, false] : []);
  }
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
  peer.arrive(packet, clock.monotonic());
  assert.equal(leg.stirred, true);
  assert.equal(look(), true, 'the digit goes on');
  clock.advance(200);
  assert.equal(look(), false);
  assert.deepEqual(peer.digits, ['5']);
});

/** One packet of the peer's: RTP with these fields, as an event when `key` is given. */
function eventPacket(
  key: number,
  duration: number,
  end: boolean,
  { sequence = 0, timestamp = 0, ssrc = 7, payloadType = 101, marker = false } = {},
): Buffer {
  const packet = Buffer.alloc(rtpHeaderLength + telephoneEventLength);
  writeRtpHeader(packet, 0, marker, payloadType, sequence & 0xffff, timestamp | 0, ssrc);
  writeTelephoneEvent(packet, rtpHeaderLength, key, end, 10, duration);
  return packet;
}

describe('keys', () => {
  /** A leg whose peer talks; `press` sends a key of 100 ms in step with the sound. */
  function talking(options: VirtualLegOptions = {}) {
    const clock = new VirtualClock();
    const peer = new VirtualLeg('a', clock, options);
    const say = (frames: number) => {
      for (let i = 0; i < frames; i++) {
        clock.advance(20);
        peer.say(new Int16Array(160), clock.monotonic());
      }
    };
    say(10);
    return { clock, peer, say };
  }

  test('in a stream of their own, while the sound goes on or pauses', () => {
    for (const goesOn of [true, false]) {
      const { clock, peer, say } = talking();
      let sequence = 65_533;
      for (const [at, key] of [2, 2, 3, 11].entries()) {
        for (let i = 0; i < 7; i++) {
          clock.advance(20);
          if (goesOn) peer.say(new Int16Array(160), clock.monotonic());
          const timestamp = 90_000 + 1600 * at;
          const packet = eventPacket(key, Math.min(800, 160 * (i + 1)), i > 3, { sequence, timestamp, ssrc: 99 });
          sequence++;
          peer.arrive(packet, clock.monotonic());
        }
        say(10);
      }
      assert.equal(peer.digits.join(''), '223#');
      assert.equal(peer.transport.latch.ssrc, 7, 'the sound stays what it was');
      assert.equal(peer.leg.receiver.statistics.lost, 0);
    }
  });

  test('in a stream of their own: one packet alone, or from another port, is none', () => {
    const { clock, peer } = talking();
    for (let ssrc = 20; ssrc < 40; ssrc++) {
      peer.arrive(eventPacket(5, 800, true, { ssrc, sequence: ssrc * 1000 }), clock.monotonic());
    }
    for (let sequence = 1; sequence < 20; sequence++) {
      const packet = eventPacket(5, 160 * sequence, sequence > 15, { ssrc: 99, sequence });
      peer.arrive(packet, clock.monotonic(), '192.0.2.1', 4002);
      peer.arrive(packet, clock.monotonic(), '198.51.100.1', 4000);
    }
    assert.deepEqual(peer.digits, []);
  });

  test('by any number that was agreed on or that the peer has named, each in its own clock', () => {
    const receive = [
      { payloadType: 96, clockRate: 48_000 },
      { payloadType: 101, clockRate: 8000 },
    ];
    const { clock, peer } = talking({ telephoneEvents: { send: receive[0]!, receive } });
    peer.arrive(eventPacket(1, 4800, true, { sequence: 1010, timestamp: 1, payloadType: 96 }), clock.monotonic());
    peer.arrive(eventPacket(2, 800, true, { sequence: 1011, timestamp: 2000 }), clock.monotonic());
    assert.deepEqual(peer.lengths, [100, 100]);
    // And ours go by the peer's.
    peer.leg.sender.digits.queue('7', 60, 40);
    for (let tick = 0; tick < 5; tick++) peer.leg.sender.sendDigit(tick, true);
    const last = peer.sent.at(-1)!;
    assert.deepEqual([last.payloadType, last.payload.toString('hex')], [96, '078a0b40']);
  });
});

describe('signs of life', () => {
  const bytes = (...hex: string[]) => Buffer.from(hex.join(''), 'hex');
  /** RTP with a payload type, SSRC 7 as the peer's sound. */
  const rtp = (payloadType: number, payload = '', sequence = 1000, ssrc = 7) => {
    const packet = Buffer.alloc(rtpHeaderLength + payload.length / 2);
    writeRtpHeader(packet, 0, false, payloadType, sequence, 50_000, ssrc);
    packet.write(payload, rtpHeaderLength, 'hex');
    return packet;
  };
  const signs: Record<string, Buffer> = {
    'an empty datagram': bytes(),
    'four zeros': bytes('00000000'),
    'a STUN indication': bytes('00110000', '2112a442', '0102030405060708090a0b0c'),
    'comfort noise': rtp(13, '40'),
    'an unknown payload type': rtp(127, 'ff'),
    'RTP without payload': rtp(0),
    'RTCP on the RTP port': bytes('80c90001', '00000007'),
    'another stream': rtp(0, 'ffff', 5, 8),
  };
  for (const [name, packet] of Object.entries(signs)) {
    test(`${name} is one, from the peer's host alone`, () => {
      const clock = new VirtualClock();
      const peer = new VirtualLeg('a', clock);
      const { leg } = peer;
      const silence = () => leg.keepHouse(clock.monotonic(), 0, 30_000);
      const from = (address: string, port: number) => peer.arrive(packet, clock.monotonic(), address, port);
      clock.advance(20_000);
      from('192.0.2.1', 4000);
      clock.advance(29_000);
      assert.equal(silence(), 0);
      from('198.51.100.1', 4000);
      clock.advance(2000);
      assert.equal(silence(), 31_000);
      if (name === 'RTCP on the RTP port') return;
      from('192.0.2.1', 6000);
      assert.equal(silence(), 0, 'also from another port, as through an address translator');
    });
  }

  test('silence is told once, again when it lasts, and anew after the peer spoke', () => {
    const clock = new VirtualClock();
    const peer = new VirtualLeg('a', clock);
    const told: number[] = [];
    const pass = (ms: number, talks = false) => {
      for (let left = ms; left > 0; left -= 100) {
        clock.advance(100);
        if (talks) peer.arrive(rtp(0, 'ff'), clock.monotonic());
        const silentMs = peer.leg.keepHouse(clock.monotonic(), 0, 30_000);
        if (silentMs > 0) told.push(silentMs);
      }
    };
    pass(120_000, true);
    assert.deepEqual(told, [], 'it talks');
    pass(89_000);
    assert.deepEqual(told, [30_000]);
    pass(2000);
    assert.deepEqual(told, [30_000, 90_000]);
    pass(1000, true);
    pass(31_000);
    assert.deepEqual(told, [30_000, 90_000, 30_000]);
  });

  test('what carries no sound takes part in the numbering and is no loss', () => {
    const clock = new VirtualClock();
    const peer = new VirtualLeg('a', clock);
    for (let sequence = 1000; sequence < 1100; sequence++) {
      clock.advance(20);
      const payloadType = [0, 127, 13, 0][sequence % 4]!;
      peer.arrive(rtp(payloadType, sequence % 4 === 0 ? 'ff'.repeat(160) : '', sequence), clock.monotonic());
    }
    const { statistics } = peer.leg.receiver;
    assert.deepEqual([statistics.lost, statistics.expected], [0, 100]);
  });
});
