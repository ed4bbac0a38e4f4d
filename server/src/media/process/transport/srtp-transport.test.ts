import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { type RtpHeader, rtpHeaderLength, writeRtpHeader } from '../../../rtp/rtp-header.ts';
import { SrtpSession } from '../../../rtp/srtp/srtp-session.ts';
import { checkAsk } from '../../channel/commands.ts';
import type { PacketListener } from '../sockets/datagram-pair.ts';
import { audio, unknown } from './payload-kind.ts';
import { UdpTransport } from './udp-transport.ts';

/*
 * SRTP between socket and latch: what is not under the keys that were agreed is counted, and moves nothing.
 */

const suite = 'AES_CM_128_HMAC_SHA1_80';
const key = (fill: number) => Buffer.alloc(30, fill).toString('base64');
const [ours, theirs] = [key(1), key(2)];
const phone = { address: '192.0.2.1', port: 4000 };
const report = Buffer.from(`81c9000700000007${'00'.repeat(24)}`, 'hex');

async function leg() {
  const sent: { readonly way: 'rtp' | 'rtcp'; readonly packet: Buffer; readonly port: number }[] = [];
  const received: Buffer[] = [];
  const reports: Buffer[] = [];
  let [rtp, rtcp]: PacketListener[] = [];
  const transport = new UdpTransport(
    {
      clock: new VirtualClock(),
      guestStreams: new Set(),
      openPair: async (onRtp, onRtcp) => {
        [rtp, rtcp] = [onRtp, onRtcp];
        return {
          ...{ address: '192.0.2.9', port: 2, rtcpPort: 3 },
          sendRtp: (packet, port) => void sent.push({ way: 'rtp', packet: Buffer.from(packet), port }),
          sendRtcp: (packet, port) => void sent.push({ way: 'rtcp', packet: Buffer.from(packet), port }),
          close() {},
        };
      },
    },
    {
      kindOf: (payloadType) => (payloadType === 0 ? audio : unknown),
      received: (packet: Buffer, header: RtpHeader) =>
        void received.push(Buffer.from(packet.subarray(header.payloadStart, header.payloadEnd))),
      receivedRtcp: (packet: Buffer) => reports.push(Buffer.from(packet)) > 0,
    },
    9,
  );
  await transport.open();
  const agree = (srtp: { send: string; receive: string } | null, more = {}) =>
    transport.configure({ kind: 'udp', ...phone, ...more, ...(srtp === null ? {} : { srtp: { suite, ...srtp } }) });
  const arrive = (packet: Buffer, { address, port } = phone, nowMs = 1) => rtp!(packet, address, port, nowMs);
  const arriveRtcp = (packet: Buffer) => rtcp!(packet, phone.address, phone.port + 1, 1);
  return { transport, sent, received, reports, agree, arrive, arriveRtcp };
}

function packet(sequence: number, fill = sequence, ssrc = 7): Buffer {
  const whole = Buffer.alloc(rtpHeaderLength + 160, fill);
  writeRtpHeader(whole, 0, false, 0, sequence, sequence * 160, ssrc);
  return whole;
}

const peer = () => new SrtpSession({ suite, send: theirs, receive: ours }, 7);
const copy = (protectedPacket: Buffer | null) => Buffer.from(protectedPacket!);

test('what is forged, plain or comes again is counted and moves nothing, from the phone’s own address too', async () => {
  const { transport, received, agree, arrive } = await leg();
  agree({ send: ours, receive: theirs });
  const phoneSide = peer();
  const first = copy(phoneSide.protect(packet(1)));
  const forged = Buffer.from(first);
  forged[20]! ^= 1;
  for (const bad of [packet(1), forged, first.subarray(0, 30)]) arrive(bad);
  assert.deepEqual([transport.latch.isLatched, transport.stats.foreign, transport.stats.heardMs], [false, 3, 0]);
  arrive(first);
  assert.deepEqual([transport.latch.isLatched, transport.stats.accepted], [true, 1]);
  // What would move a plain leg: a silence, then the stream goes on from elsewhere.
  const elsewhere = { address: phone.address, port: 5000 };
  for (let sequence = 2; sequence < 6; sequence++) arrive(packet(sequence), elsewhere, 1000 + sequence * 20);
  arrive(first, elsewhere, 2000);
  assert.equal(transport.latch.port, phone.port);
  arrive(copy(phoneSide.protect(packet(6))), elsewhere, 2020);
  arrive(copy(phoneSide.protect(packet(7))), elsewhere, 2040);
  assert.equal(transport.latch.port, elsewhere.port, 'the phone itself may move');
  assert.deepEqual(
    received.map((payload) => payload[0]),
    [1, 7],
  );
  assert.ok(received.every(({ length }) => length === 160));
});

test('no tag is computed of what cannot be the phone’s: a storm from elsewhere costs its receipt', async (t) => {
  const { transport, received, agree, arrive } = await leg();
  agree({ send: ours, receive: theirs });
  const phoneSide = peer();
  arrive(copy(phoneSide.protect(packet(1))));
  const [storm, storms] = [1000, 20];
  const forged = Array.from({ length: 100 }, (_, i) => Buffer.concat([packet(2 + i), Buffer.alloc(10)]));
  const cost = (source: typeof phone): number => {
    const begin = performance.now();
    for (let i = 0; i < storm; i++) arrive(forged[i % forged.length]!, source, 2);
    return performance.now() - begin;
  };
  const stranger = { address: '203.0.113.5', port: phone.port };
  // The least of many: what else the machine does makes single ones dearer.
  let [own, foreign] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < storms; i++) {
    own = Math.min(own, cost(phone));
    foreign = Math.min(foreign, cost(stranger));
  }
  t.diagnostic(`${foreign} ms, and ${own}`);
  assert.ok(foreign < own / 3, `${foreign} ms, and ${own} ms from the phone's own address`);
  assert.deepEqual([transport.stats.foreign, transport.stats.accepted], [2 * storms * storm, 1]);
  // Its network changes: after a silence the same stream comes from an address that nobody named.
  for (const sequence of [2, 3]) arrive(copy(phoneSide.protect(packet(sequence))), stranger, 1000 + sequence * 20);
  assert.deepEqual([transport.latch.address, received.length], [stranger.address, 2]);
});

test('signs of life that are no RTP count as before; padding is read behind the tag', async () => {
  const { transport, received, agree, arrive } = await leg();
  agree({ send: ours, receive: theirs });
  arrive(Buffer.alloc(0), phone, 77);
  assert.deepEqual([transport.stats.invalid, transport.stats.heardMs], [1, 77]);
  const padded = packet(1);
  padded[0]! |= 0x20;
  padded[padded.length - 1] = 4;
  arrive(copy(peer().protect(padded)));
  assert.equal(received[0]?.length, 156);
});

test('what is sent is under our key, RTP and RTCP, on two ports and on one', async () => {
  const { transport, sent, reports, agree, arrive, arriveRtcp } = await leg();
  const keys = { send: ours, receive: theirs };
  agree(keys);
  const phoneSide = peer();
  transport.send(packet(1, 1, 9));
  transport.sendRtcp(report);
  agree(keys, { rtcpPort: phone.port });
  transport.sendRtcp(report);
  assert.deepEqual(
    sent.map(({ way, port }) => [way, port]),
    [
      ['rtp', 4000],
      ['rtcp', 4001],
      ['rtp', 4000],
    ],
  );
  const [speech, first, second] = sent;
  assert.deepEqual(phoneSide.unprotect(speech!.packet), packet(1, 1, 9));
  assert.deepEqual(
    [first, second].map((one) => copy(phoneSide.unprotectRtcp(one!.packet))),
    [report, report],
  );

  arriveRtcp(report);
  arrive(report);
  assert.deepEqual(reports, []);
  arriveRtcp(copy(phoneSide.protectRtcp(report)));
  arrive(copy(phoneSide.protectRtcp(report)));
  assert.deepEqual(reports, [report, report]);
});

test('keys agreed again go on, others begin anew, and none at all is plain', async () => {
  const { transport, sent, received, agree, arrive } = await leg();
  agree({ send: ours, receive: theirs });
  const phoneSide = peer();
  arrive(copy(phoneSide.protect(packet(0xffff))));
  agree({ send: ours, receive: theirs }, { port: 4000 });
  arrive(copy(phoneSide.protect(packet(0))));
  assert.equal(received.length, 2, 'the second round of numbers');
  transport.configure(null);
  transport.send(packet(1, 1, 9));
  assert.equal(sent.length, 0);
  agree({ send: key(3), receive: key(4) });
  phoneSide.agree({ suite, send: key(4), receive: key(3) });
  arrive(copy(phoneSide.protect(packet(1))));
  transport.send(packet(2, 2, 9));
  assert.deepEqual(phoneSide.unprotect(sent.at(-1)!.packet), packet(2, 2, 9));
  agree(null);
  arrive(packet(2));
  transport.send(packet(3, 3, 9));
  assert.deepEqual([received.length, sent.at(-1)?.packet], [4, packet(3, 3, 9)]);
});

test('a guest whose host is not proven is sent no more bytes than came, tags counted', async () => {
  const { transport, sent, agree, arrive } = await leg();
  agree({ send: ours, receive: theirs }, { provenHost: '198.51.100.1' });
  const phoneSide = peer();
  for (let sequence = 1; sequence <= 20; sequence++) {
    arrive(copy(phoneSide.protect(packet(sequence))));
    transport.send(packet(sequence, 0, 9));
  }
  const came = 20 * (172 + 28);
  const bytes = sent.reduce((sum, one) => sum + one.packet.length + 28, 0);
  assert.ok(bytes <= came && bytes > came - 400, `${bytes} of ${came}`);
});

test('a key that is none is refused without being told on', async () => {
  const { agree } = await leg();
  const bad = Buffer.alloc(29, 5).toString('base64');
  assert.throws(
    () => agree({ send: ours, receive: bad }),
    (error: Error) => !error.message.includes(bad),
  );
  const ask = (srtp: unknown) => ({
    leg: 'a',
    remote: { kind: 'udp', ...phone, srtp },
    send: null,
    receive: [],
    telephoneEvents: { send: null, receive: [] },
    direction: 'sendrecv',
  });
  assert.ok(checkAsk('configureLeg', ask({ suite, send: ours, receive: theirs })));
  for (const srtp of [{ suite: 'NULL', send: ours, receive: theirs }, { suite, send: ours }, null]) {
    assert.throws(
      () => checkAsk('configureLeg', ask(srtp)),
      (error: Error) => !error.message.includes(ours),
    );
  }
});
