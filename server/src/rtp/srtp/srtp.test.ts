import assert from 'node:assert/strict';
import { createCipheriv, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { writeRtpHeader } from '../rtp-header.ts';
import { sessionKeys } from './key-derivation.ts';
import { KeyStream } from './key-stream.ts';
import { indexNear } from './packet-index.ts';
import { ReplayWindow } from './replay-window.ts';
import { SrtpReceiver } from './srtp-receiver.ts';
import { SrtpSender } from './srtp-sender.ts';
import { SrtpSession } from './srtp-session.ts';
import { type SrtpSuiteName, srtpSuiteNames, srtpSuites } from './srtp-suite.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
/** RFC 3711 B.3: master key and salt. */
const master = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');
const suite = 'AES_CM_128_HMAC_SHA1_80';

describe('literal octets', () => {
  test('RFC 3711 B.3: the keys of a session', () => {
    const { encryption, salt, authentication } = sessionKeys(suite, master, 'rtp');
    assert.deepEqual(encryption, hex('C61E7A93744F39EE10734AFE3FF7A087'));
    assert.deepEqual(salt, hex('30CBBC08863D8C85D49DB34A9AE1'));
    assert.deepEqual(authentication, hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
    assert.throws(() => sessionKeys('AES_256_CM_HMAC_SHA1_80', master, 'rtp'), RangeError);
  });

  test('RFC 3711 B.2: the key stream, in its blocks from first to last', () => {
    const encryption = hex('2B7E151628AED2A6ABF7158809CF4F3C');
    const salt = hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD');
    const stream = new KeyStream({ cipher: 'aes-128', encryption, salt, authentication: Buffer.alloc(20) });
    const packet = Buffer.alloc(0xff02 * 16);
    stream.apply(packet, 0, packet.length, 0, 0);
    const blocks = (from: number, count: number) => packet.subarray(from * 16, (from + count) * 16);
    assert.deepEqual(
      blocks(0, 3),
      hex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0'),
    );
    assert.deepEqual(
      blocks(0xfeff, 3),
      hex('EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE 6A2CC3787889374FBEB4C81B17BA6C44'),
    );
  });

  test('a packet of RTP and one of RTCP, as every implementation has them', () => {
    const rtp = hex('800f1234decafbadcafebabe abababababababababababababababab');
    const rtcp = hex('81c8000bcafebabe abababababababababababababababab');
    const sender = new SrtpSender(suite, master, 0xcafebabe | 0);
    const protectedRtp = hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb');
    assert.deepEqual(sender.protect(rtp), protectedRtp);
    sender.protectRtcp(rtcp);
    const protectedRtcp = hex('81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798');
    assert.deepEqual(sender.protectRtcp(rtcp), protectedRtcp);
    const receiver = new SrtpReceiver(suite, master);
    assert.deepEqual(receiver.unprotect(protectedRtp), rtp);
    assert.deepEqual(receiver.unprotectRtcp(protectedRtcp), rtcp);
  });

  test('the same with a key of 256 bits', () => {
    const key = hex(`f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6
      3b04803de51ee7c96423ab5b78d2`);
    const rtp = hex('800f1234decafbadcafebabe abababababababababababababababab');
    const sender = new SrtpSender('AES_256_CM_HMAC_SHA1_80', key, 0xcafebabe | 0);
    assert.deepEqual(
      sender.protect(rtp),
      hex('800f1234decafbadcafebabe f1d9de17ff251ff1aa007774b0b4b40d a08d9d9a5b3a55d8873b'),
    );
  });
});

/** As RFC 3711 §4.1 says it, packet by packet. */
function plainly(packet: Buffer, from: number, index: number): Buffer {
  const { encryption, salt } = sessionKeys(suite, master, 'rtp');
  const start = Buffer.alloc(16);
  salt.copy(start);
  for (let octet = 0; octet < 4; octet++) start[4 + octet]! ^= packet[8 + octet]!;
  const at = Buffer.alloc(6);
  at.writeUIntBE(index, 0, 6);
  for (let octet = 0; octet < 6; octet++) start[8 + octet]! ^= at[octet]!;
  const encrypted = createCipheriv('aes-128-ctr', encryption, start).update(packet.subarray(from));
  return Buffer.concat([packet.subarray(0, from), encrypted]);
}

function bye(ssrc: number): Buffer {
  const packet = hex('81cb0001 00000000');
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

function packetOf(sequence: number, payload: Buffer, ssrc = 0x1234_5678): Buffer {
  const packet = Buffer.alloc(12 + payload.length);
  writeRtpHeader(packet, 0, false, 0, sequence & 0xffff, sequence * 160, ssrc);
  payload.copy(packet, 12);
  return packet;
}

test('lengths that change, gaps and counters of 48 bits: always what the cipher itself would make', () => {
  const random = new SeededRandom(7);
  const stream = new KeyStream(sessionKeys(suite, master, 'rtp'));
  let index = 0xffff_ffff_0000;
  for (let round = 0; round < 400; round++) {
    index += [1, 1, 1, 2, 17, -3, -16][random.int(7)]!;
    const ssrc = random.int(20) === 0 ? 9 : 0x8765_4321;
    const packet = packetOf(index % 0x1_0000, random.bytes([0, 1, 15, 16, 160, 161, 1200][random.int(7)]!), ssrc);
    const expected = plainly(packet, 12, index);
    stream.apply(packet, 12, packet.length, ssrc | 0, index);
    assert.deepEqual(packet, expected, `round ${round}`);
  }
});

test('the index is the one nearest to the last (RFC 3711 Appendix A)', () => {
  assert.equal(indexNear(0x1_ffff, 0), 0x2_0000);
  assert.equal(indexNear(0x2_0001, 0xffff), 0x1_ffff);
  assert.equal(indexNear(0x2_0001, 2), 0x2_0002);
  assert.equal(indexNear(5, 0xffff), -1);
  const random = new SeededRandom(3);
  for (let round = 0; round < 10_000; round++) {
    const highest = random.int(0x1000_0000);
    const index = highest + random.int(0xfffe) - 0x7ffe;
    if (index >= 0) assert.equal(indexNear(highest, index % 0x1_0000), index, `${highest} ${index}`);
  }
});

test('the window knows each of the last 128, whatever order they come in', () => {
  const random = new SeededRandom(11);
  const window = new ReplayWindow();
  const seen = new Set<number>();
  let highest = 0;
  for (let round = 0; round < 20_000; round++) {
    const index = Math.max(0, highest + random.int(random.int(50) === 0 ? 400 : 8) - random.int(140));
    const expected = index > highest - 128 && !seen.has(index);
    assert.equal(window.isNew(index) || (round === 0 && index === 0), expected || round === 0, `round ${round}`);
    if (!window.isNew(index)) continue;
    window.accept(index);
    seen.add(index);
    highest = Math.max(highest, index);
  }
});

for (const name of srtpSuiteNames) {
  test(`${name}: loss, disorder, copies, forgery, over several rounds of the sequence number`, () => {
    const random = new SeededRandom(5);
    const { masterKey, masterSalt } = srtpSuites[name];
    const key = random.bytes(masterKey + masterSalt);
    const [sender, receiver] = [new SrtpSender(name, key, 0x1234_5678), new SrtpReceiver(name, key)];
    const late: { packet: Buffer; plain: Buffer }[] = [];
    let came = 0;
    for (let number = 0x7fff - 50; number < 0x3_0100; number++) {
      // Most of a round is sent and lost: the receiver must not hear more than 2^15 at once in a row go missing.
      const heard = number % 0x8000 < 200 || number % 0x8000 > 0x8000 - 200 || number % 1000 === 0;
      const plain = packetOf(number, random.bytes(heard ? 160 : 0));
      const packet = Buffer.from(sender.protect(plain)!);
      if (!heard || random.int(10) === 0) continue;
      if (random.int(5) === 0) {
        late.push({ packet, plain });
        continue;
      }
      const forged = Buffer.from(packet);
      forged[random.int(forged.length)]! ^= 1 << random.int(8);
      assert.equal(receiver.unprotect(forged), null, `forged ${number}`);
      assert.deepEqual(receiver.unprotect(packet), plain, `${number}`);
      came++;
      assert.equal(receiver.unprotect(packet), null, `once more ${number}`);
      if (number % 0x8000 < 150 && random.int(4) === 0) {
        for (const one of late.splice(0)) assert.deepEqual(receiver.unprotect(one.packet), one.plain, 'late');
      } else if (late.length > 20) late.length = 0;
    }
    assert.ok(came > 1000, `${came}`);
  });
}

test('whose first packets were lost is understood, also where its numbers began anew meanwhile', () => {
  const sender = new SrtpSender(suite, master, 1);
  sender.protect(packetOf(0xffff, Buffer.alloc(160), 1));
  const plain = packetOf(3, Buffer.alloc(160, 1), 1);
  assert.deepEqual(new SrtpReceiver(suite, master).unprotect(sender.protect(plain)!), plain);
});

test('keys that come under an SSRC of their own, each under another, do not cost the sound its count', () => {
  const receiver = new SrtpReceiver(suite, master);
  const sound = new SrtpSender(suite, master, 1);
  const say = (number: number) => Buffer.from(sound.protect(packetOf(number, Buffer.alloc(160, number), 1))!);
  for (let number = 0; number <= 0x2_0000; number += 0x4000) assert.ok(receiver.unprotect(say(number)), `${number}`);
  const report = (ssrc: number) => Buffer.from(new SrtpSender(suite, master, ssrc).protectRtcp(bye(ssrc))!);
  const first = report(1);
  assert.ok(receiver.unprotectRtcp(first));
  let number = 0x2_0001;
  for (let press = 2; press <= 10; press++) {
    const key = new SrtpSender(suite, master, press);
    assert.ok(receiver.unprotect(key.protect(packetOf(9, Buffer.alloc(4), press))!));
    assert.ok(receiver.unprotectRtcp(report(press)));
    const packet = say(number++);
    assert.ok(receiver.unprotect(packet), `press ${press}`);
    assert.equal(receiver.unprotect(packet), null, 'it has come before');
  }
});

test('CSRCs and header extensions are not encrypted; what is cut off, too long or no RTP is nothing', () => {
  const receiver = new SrtpReceiver(suite, master);
  const head = hex('92000001000000000000000f 00000001 00000002 bede0001 10aa0000');
  const plain = Buffer.concat([head, Buffer.alloc(20, 7)]);
  const encrypted = plainly(plain, head.length, 1);
  const { authentication } = sessionKeys(suite, master, 'rtp');
  const tag = createHmac('sha1', authentication).update(encrypted).update(Buffer.alloc(4)).digest().subarray(0, 10);
  assert.deepEqual(receiver.unprotect(Buffer.concat([encrypted, tag])), plain);
  for (let length = 0; length < 60; length++) {
    assert.equal(receiver.unprotect(Buffer.alloc(length, 0x9f)), null);
    assert.equal(receiver.unprotectRtcp(Buffer.alloc(length, 0x9f)), null);
  }
  assert.equal(receiver.unprotect(Buffer.alloc(4000, 0x80)), null);
  assert.equal(receiver.unprotectRtcp(Buffer.alloc(4000, 0x80)), null);
  assert.equal(new SrtpSender(suite, master, 1).protect(Buffer.alloc(4000)), null);
});

test('RTCP: each index once, forged ones never', () => {
  const [sender, receiver] = [new SrtpSender(suite, master, 1), new SrtpReceiver(suite, master)];
  const report = hex('80c90001 00000001');
  for (let round = 0; round < 300; round++) {
    const packet = Buffer.from(sender.protectRtcp(report)!);
    for (let octet = 0; octet < packet.length; octet += 3) {
      const forged = Buffer.from(packet);
      forged[octet]! ^= 0x10;
      assert.equal(receiver.unprotectRtcp(forged), null);
    }
    assert.deepEqual(receiver.unprotectRtcp(packet), report);
    assert.equal(receiver.unprotectRtcp(packet), null);
  }
});

describe('keys that are agreed one after the other', () => {
  const random = new SeededRandom(2);
  const key = () => random.bytes(30).toString('base64');
  const [a, b, c, d] = [key(), key(), key(), key()];
  const plain = (sequence: number) => packetOf(sequence, Buffer.alloc(160, sequence), 1);
  const pair = () => {
    const name: SrtpSuiteName = suite;
    const ours = new SrtpSession({ suite: name, send: a, receive: b }, 1);
    const theirs = new SrtpSession({ suite: name, send: b, receive: a }, 1);
    const say = (sequence: number) => Buffer.from(theirs.protect(plain(sequence))!);
    return { ours, theirs, say };
  };

  test('the same again changes nothing: what came comes no more, and counting goes on', () => {
    const { ours, theirs, say } = pair();
    const packet = say(0xffff);
    assert.ok(ours.unprotect(packet));
    ours.agree({ suite, send: a, receive: b });
    assert.equal(ours.unprotect(packet), null);
    assert.ok(ours.unprotect(say(0)), 'the second round');
    assert.ok(theirs.unprotect(ours.protect(plain(9))!));
  });

  test('another: the old one is taken until the first packet under the new one, then never again', () => {
    const { ours, theirs, say } = pair();
    assert.ok(ours.unprotect(say(1)));
    const [inFlight, later] = [say(2), say(3)];
    ours.agree({ suite, send: c, receive: d });
    assert.ok(ours.unprotect(inFlight));
    assert.equal(theirs.unprotect(ours.protect(plain(10))!), null, 'not ours any more');
    theirs.agree({ suite, send: d, receive: c });
    assert.ok(ours.unprotect(say(4)));
    assert.equal(ours.unprotect(later), null);
    assert.ok(theirs.unprotect(ours.protect(plain(11))!));
  });

  test('another: how often the numbers began anew is counted on or anew, as the peer likes', () => {
    for (const countsOn of [true, false]) {
      const { ours, say } = pair();
      for (let number = 0; number <= 0x2_8000; number += 0x4000) assert.ok(ours.unprotect(say(number)), `${number}`);
      // Under the first of the new keys nothing comes.
      ours.agree({ suite, send: c, receive: key() });
      ours.agree({ suite, send: c, receive: d });
      const theirs = new SrtpSession({ suite, send: d, receive: c }, 1);
      if (countsOn) for (let number = 0; number <= 0x2_8000; number += 0x4000) theirs.protect(plain(number));
      for (let number = 0x2_8001; number < 0x2_8010; number++) {
        const packet = Buffer.from(theirs.protect(plain(number))!);
        assert.deepEqual(ours.unprotect(packet), plain(number), `${countsOn} ${number}`);
        assert.equal(ours.unprotect(packet), null, 'once');
      }
    }
  });
});
