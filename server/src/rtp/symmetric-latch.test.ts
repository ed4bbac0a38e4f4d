import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, latched, moved, rejected, SymmetricLatch, type Verdict } from './symmetric-latch.ts';

const signalled = { address: '192.0.2.1', port: 4000 };
const elsewhere = { address: '198.51.100.7', port: 6000 };

/** A sender with its own SSRC, counting on. */
class Source {
  sequence = 100;
  timestamp = 16_000;
  address: string;
  port: number;
  readonly ssrc: number;

  constructor(at: { address: string; port: number }, ssrc: number) {
    this.address = at.address;
    this.port = at.port;
    this.ssrc = ssrc;
  }

  send(latch: SymmetricLatch, nowMs: number): Verdict {
    this.sequence = (this.sequence + 1) & 0xffff;
    this.timestamp = (this.timestamp + 160) >>> 0;
    return latch.judge(this.address, this.port, this.ssrc, this.sequence, this.timestamp, nowMs);
  }
}

function open(): SymmetricLatch {
  const latch = new SymmetricLatch();
  latch.expect(signalled, elsewhere.address);
  return latch;
}

test('closed until signalling names somebody', () => {
  const latch = new SymmetricLatch();
  assert.equal(new Source(signalled, 1).send(latch, 0), rejected);
  assert.equal(latch.port, 0);
});

test('the signalled address is taken at its first packet', () => {
  const latch = open();
  assert.deepEqual([latch.address, latch.port], [signalled.address, signalled.port]);
  const phone = new Source(signalled, 1);
  assert.equal(phone.send(latch, 0), latched);
  assert.equal(phone.send(latch, 20), accepted);
});

test('the address that signalling came from is taken after two packets in sequence, and answered there', () => {
  const latch = open();
  const phone = new Source(elsewhere, 1);
  assert.equal(phone.send(latch, 0), rejected);
  assert.equal(phone.send(latch, 20), latched);
  assert.deepEqual([latch.address, latch.port], [elsewhere.address, elsewhere.port]);
});

test('packets without a sequence never pass probation', () => {
  const latch = open();
  for (let i = 0; i < 100; i++) {
    assert.equal(latch.judge(elsewhere.address, elsewhere.port, 9, (i * 7919) & 0xffff, 0, i), rejected);
  }
});

test('any other address is never taken, however long it tries and whoever is silent', () => {
  const latch = open();
  const sprayer = new Source({ address: '203.0.113.9', port: signalled.port }, 9);
  for (let ms = 0; ms < 5000; ms += 20) assert.equal(sprayer.send(latch, ms), rejected);
  assert.equal(new Source(signalled, 1).send(latch, 5000), latched);

  const unknown = new SymmetricLatch();
  unknown.expect(signalled);
  const other = new Source(elsewhere, 9);
  for (let ms = 0; ms < 1000; ms += 20) assert.equal(other.send(unknown, ms), rejected);
  const nextPort = new Source({ address: signalled.address, port: 4100 }, 3);
  assert.equal(nextPort.send(unknown, 1000), rejected);
  assert.equal(nextPort.send(unknown, 1020), latched);
});

test('the signalled address takes over from another one: at once when early, after two in sequence later', () => {
  const early = open();
  const other = new Source(elsewhere, 1);
  other.send(early, 0);
  other.send(early, 20);
  assert.equal(new Source(signalled, 2).send(early, 1000), latched);
  assert.equal(early.address, signalled.address);

  const late = open();
  const settled = new Source(elsewhere, 1);
  for (let ms = 0; ms <= 3000; ms += 20) settled.send(late, ms);
  const phone = new Source(signalled, 2);
  assert.equal(phone.send(late, 3000), rejected);
  // Whoever holds the leg can't keep the phone on probation by changing his SSRC with every packet.
  assert.equal(late.judge(elsewhere.address, elsewhere.port, 777, 5, 5, 3010), rejected);
  assert.equal(phone.send(late, 3020), latched);
  assert.equal(late.address, signalled.address);
  for (let ms = 3040; ms < 9000; ms += 20) {
    assert.equal(settled.send(late, ms), rejected);
    if (ms < 4000) assert.equal(phone.send(late, ms + 1), accepted);
  }
});

test('signalling from another address opens the latch only when the latched source is not there', () => {
  const latch = open();
  const phone = new Source(elsewhere, 1);
  phone.send(latch, 0);
  phone.send(latch, 20);
  latch.expect({ ...signalled }, elsewhere.address);
  assert.equal(latch.isLatched, true);
  latch.expect({ ...signalled }, '192.0.2.77');
  assert.equal(latch.isLatched, false);
  assert.equal(phone.send(latch, 40), rejected);
  assert.equal(phone.send(latch, 60), rejected);
  const moved = new Source({ address: '192.0.2.77', port: 5 }, 2);
  moved.send(latch, 80);
  assert.equal(moved.send(latch, 100), latched);
  latch.expect({ ...signalled }, elsewhere.address);
  assert.equal(latch.isLatched, false);
});

test('a stranger can neither steal nor inject while the peer talks, whatever it copies', () => {
  const latch = open();
  const phone = new Source(signalled, 1);
  phone.send(latch, 0);
  const stranger = new Source(elsewhere, 77);
  const copycat = new Source(elsewhere, 1);
  for (let ms = 20; ms < 5000; ms += 20) {
    assert.equal(phone.send(latch, ms), accepted);
    copycat.sequence = phone.sequence;
    copycat.timestamp = phone.timestamp;
    assert.equal(stranger.send(latch, ms + 5), rejected);
    assert.equal(copycat.send(latch, ms + 6), rejected);
    assert.equal(latch.address, signalled.address);
  }
});

test('after a silence only the same stream, going on plausibly, is followed to a new address', () => {
  const latch = open();
  const phone = new Source(signalled, 1);
  for (let ms = 0; ms <= 1000; ms += 20) phone.send(latch, ms);
  const stranger = new Source(elsewhere, 77);
  const guesser = new Source({ address: '203.0.113.9', port: 1 }, 1);
  guesser.sequence = 40_000;
  for (let ms = 1600; ms < 2000; ms += 20) {
    assert.equal(stranger.send(latch, ms), rejected);
    assert.equal(guesser.send(latch, ms), rejected);
  }
  phone.address = '192.0.2.99';
  phone.port = 7777;
  assert.equal(phone.send(latch, 2000), rejected);
  assert.equal(phone.send(latch, 2020), moved);
  assert.equal(phone.send(latch, 2040), accepted);
  assert.equal(latch.port, 7777);
});

test('the same stream from elsewhere is not followed before half a second of silence', () => {
  const latch = open();
  const phone = new Source(signalled, 1);
  phone.send(latch, 0);
  phone.port = 7777;
  for (let ms = 20; ms < 500; ms += 20) assert.equal(phone.send(latch, ms), rejected);
});

test('a new SSRC of the same source is believed when the old one is quiet, not while it talks', () => {
  const latch = open();
  const old = new Source(signalled, 1);
  old.send(latch, 0);
  const fresh = new Source(signalled, 2);
  for (let ms = 20; ms < 400; ms += 20) {
    old.send(latch, ms);
    assert.equal(fresh.send(latch, ms + 1), rejected);
  }
  assert.equal(fresh.send(latch, 470), latched);
  assert.equal(latch.ssrc, 2);
});

test('signalling opens the latch for a new address; the same one again changes nothing', () => {
  const latch = open();
  const phone = new Source(elsewhere, 1);
  phone.send(latch, 0);
  phone.send(latch, 20);
  latch.expect({ ...signalled }, elsewhere.address);
  assert.equal(phone.send(latch, 40), accepted);
  latch.expect({ address: '192.0.2.50', port: 5000 });
  assert.equal(latch.isLatched, false);
  assert.equal(latch.address, '192.0.2.50');
  assert.equal(new Source({ address: '192.0.2.50', port: 5000 }, 3).send(latch, 60), latched);
  latch.expect(null);
  assert.equal(phone.send(latch, 80), rejected);
});

test('a phone that was silent on hold may come back from another port, as another stream, once that is signalled', () => {
  const back = { address: elsewhere.address, port: 6001 };
  for (const signalledAgain of [true, false]) {
    const latch = open();
    const phone = new Source(elsewhere, 1);
    for (let ms = 0; ms < 1000; ms += 20) phone.send(latch, ms);
    if (signalledAgain) latch.expect({ ...signalled }, elsewhere.address);
    const stranger = new Source({ address: '203.0.113.9', port: 1 }, 9);
    const since = new Source(back, 2);
    for (let ms = 300_000; ms < 301_000; ms += 20) assert.equal(stranger.send(latch, ms), rejected);
    assert.equal(since.send(latch, 301_000), rejected);
    assert.equal(since.send(latch, 301_020), signalledAgain ? latched : rejected);
    assert.equal(latch.port, signalledAgain ? back.port : elsewhere.port);
    // From then on it is as before.
    const neighbour = new Source({ address: elsewhere.address, port: 6002 }, 3);
    for (let ms = 400_000; ms < 401_000; ms += 20) assert.equal(neighbour.send(latch, ms), rejected);
  }
});

test('who is still there when the same is signalled again is not replaced by another port of its host', () => {
  const latch = open();
  const phone = new Source(elsewhere, 1);
  for (let ms = 0; ms < 1000; ms += 20) phone.send(latch, ms);
  latch.expect({ ...signalled }, elsewhere.address);
  const neighbour = new Source({ address: elsewhere.address, port: 6002 }, 3);
  for (let ms = 1000; ms < 1400; ms += 20) assert.equal(neighbour.send(latch, ms), rejected);
  assert.equal(phone.send(latch, 1400), accepted);
  for (let ms = 3000; ms < 4000; ms += 20) assert.equal(neighbour.send(latch, ms), rejected);
});
