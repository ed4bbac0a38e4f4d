import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, systemRandom } from '../../../../base/random.ts';
import { bufferCount } from './kernel-ring.ts';
import { bufferBytes } from './receive-buffers.ts';
import { ageMs, cqEntries, headBytes, places, realMs, sentAt, sqEntries, stage } from './testing/made-up-kernel.ts';

test('a datagram goes to the socket that it came for, and its buffer back to the kernel', async () => {
  const { kernel, sockets, ports, clock } = stage(new SeededRandom(1));
  const heard: string[] = [];
  const hears = (name: string) => (packet: Buffer, address: string, port: number, nowMs: number) =>
    void heard.push(`${name} ${packet} ${address}:${port} ${nowMs}`);
  const a = await sockets.open('127.0.0.1', ports, hears('a'), hears('a rtcp'));
  await sockets.open('127.0.0.1', ports, hears('b'), hears('b rtcp'));
  const [first, second, third] = kernel.taken;
  assert.deepEqual([first!.operation, kernel.taken.length], [10, 4]);
  for (const [place, word] of [
    [third!, 'x'],
    [first!, 'yy'],
    [second!, 'zzz'],
  ] as const) {
    const buffer = kernel.fill(Buffer.from(word));
    kernel.complete(place.low, place.high, headBytes + word.length, (buffer << 16) | 3);
  }
  clock.advance(1);
  sockets.exchange(clock.monotonic());
  assert.deepEqual(heard, ['b x 127.0.0.1:4000 0.75', 'a yy 127.0.0.1:4000 0.75', 'a rtcp zzz 127.0.0.1:4000 0.75']);
  assert.equal(sockets.freeBuffers, bufferCount);
  a.sendRtp(Buffer.from('out'), 5000, '192.0.2.1');
  sockets.exchange(clock.monotonic());
  const sent = kernel.taken.at(-1)!;
  assert.deepEqual([sent.operation, sent.file, sent.address], [26, 10, sentAt + 16]);
  assert.equal(Buffer.from(kernel.sent.bytes, 0, 19).toString('hex'), `02001388c0000201${'00'.repeat(8)}6f7574`);
});

test('what is told late of a socket that was closed is not taken for the next one in its place', async () => {
  const { kernel, sockets, ports, open } = stage(new SeededRandom(1));
  const heard: string[] = [];
  const old = await sockets.open(
    '127.0.0.1',
    ports,
    () => heard.push('old'),
    () => {},
  );
  const [rtp, rtcp] = kernel.taken.splice(0);
  old.close();
  assert.deepEqual(
    kernel.taken.splice(0).map(({ operation, address }) => [operation, address]),
    [
      [14, rtp!.high * 2 ** 32 + rtp!.low],
      [14, rtcp!.high * 2 ** 32 + rtcp!.low],
    ],
  );
  assert.equal(open.size, 0);
  const buffer = kernel.fill(Buffer.from('late'));
  kernel.complete(rtp!.low, rtp!.high, headBytes + 4, (buffer << 16) | 3);
  kernel.complete(rtp!.low, rtp!.high, -125, 0);
  sockets.exchange(1);
  assert.equal(sockets.inUse, 1, 'its RTCP is being received still');
  await sockets.open(
    '127.0.0.1',
    ports,
    () => heard.push('new'),
    () => {},
  );
  const again = kernel.taken.find(({ low }) => low === rtp!.low)!;
  assert.equal(again.high, rtp!.high + 1, 'the place was used again, in its next generation');
  const another = kernel.fill(Buffer.from('forged'));
  kernel.complete(rtp!.low, rtp!.high, headBytes + 6, (another << 16) | 3);
  sockets.exchange(2);
  assert.deepEqual([heard, sockets.faults.impossible, sockets.freeBuffers], [[], 1, bufferCount]);
});

test('a kernel that takes nothing or little loses packets, never order or whole legs', async () => {
  const { kernel, sockets, ports } = stage(new SeededRandom(1));
  const pair = await sockets.open(
    '127.0.0.1',
    ports,
    () => {},
    () => {},
  );
  kernel.appetite = 0;
  for (let i = 0; i < 3 * sqEntries; i++) pair.sendRtp(Buffer.of(i), 4000, '127.0.0.1');
  assert.equal(sockets.faults.unsent, 2 * sqEntries);
  kernel.appetite = 5;
  kernel.taken.length = 0;
  for (let i = 0; i < sqEntries; i++) sockets.exchange(i);
  assert.equal(kernel.taken.length, sqEntries);
  assert.deepEqual(
    kernel.taken.map(({ address }) => address),
    kernel.taken.map(({ address }) => address).sort((a, b) => a - b),
  );
  kernel.appetite = Number.POSITIVE_INFINITY;
  pair.sendRtp(Buffer.of(1), 4000, '127.0.0.1');
  sockets.exchange(99);
  assert.equal(kernel.taken.at(-1)!.address, sentAt + 16, 'the space is used again from its beginning');
});

test('a pair that closes while the kernel takes nothing is ended when it does again', async () => {
  const { kernel, sockets, ports, open } = stage(new SeededRandom(1));
  const pair = await sockets.open(
    '127.0.0.1',
    ports,
    () => {},
    () => {},
  );
  const received = kernel.taken.splice(0);
  kernel.appetite = 0;
  for (let i = 0; i < sqEntries; i++) pair.sendRtp(Buffer.of(i), 4000, '127.0.0.1');
  pair.close();
  assert.deepEqual([...open], [10, 11], 'what was sent is still to leave');
  kernel.appetite = Number.POSITIVE_INFINITY;
  sockets.exchange(1);
  assert.equal(open.size, 0);
  const cancelled = kernel.taken.filter(({ operation }) => operation === 14).map(({ address }) => address);
  assert.deepEqual(
    cancelled.sort(),
    received.map(({ low, high }) => high * 2 ** 32 + low),
  );
  assert.equal(kernel.taken.length, sqEntries + 2, 'what was sent before left as well');
});

test('a place that ended by itself while the kernel took nothing is not ended again for the next one there', async () => {
  const { kernel, sockets, ports } = stage(new SeededRandom(1));
  const open = () =>
    sockets.open(
      '127.0.0.1',
      ports,
      () => {},
      () => {},
    );
  const pair = await open();
  const [rtp] = kernel.taken.splice(0);
  kernel.appetite = 0;
  for (let i = 0; i < sqEntries; i++) pair.sendRtp(Buffer.of(i), 4000, '127.0.0.1');
  pair.close();
  kernel.complete(rtp!.low, rtp!.high, -105, 0);
  sockets.exchange(1);
  kernel.appetite = Number.POSITIVE_INFINITY;
  await open();
  const again = kernel.taken.find(({ operation, low }) => operation === 10 && low === rtp!.low)!;
  assert.equal(again.high, rtp!.high + 1);
  sockets.exchange(2);
  const cancelled = kernel.taken.filter(({ operation }) => operation === 14).map(({ address }) => address);
  assert.ok(!cancelled.includes(again.high * 2 ** 32 + again.low));
});

test('while there are ticks they look for what has come; without them, or with many legs, a timer does', async () => {
  const { kernel, sockets, ports, clock } = stage(new SeededRandom(1));
  let heard = 0;
  const listener = () => void heard++;
  const open = () => sockets.open('127.0.0.1', ports, listener, () => {});
  await open();
  const [place] = kernel.taken;
  const comes = () => {
    const buffer = kernel.fill(Buffer.from('x'));
    kernel.complete(place!.low, place!.high, headBytes + 1, (buffer << 16) | 3);
  };
  comes();
  clock.advance(20);
  assert.deepEqual([heard, clock.pending], [1, 1], 'nobody else looks');
  sockets.ticking = true;
  clock.advance(20);
  assert.equal(clock.pending, 0);
  comes();
  sockets.beforeTick(clock.monotonic());
  sockets.flush();
  assert.deepEqual([heard, clock.pending], [2, 0]);
  for (let i = 0; i < 400; i++) await open();
  sockets.beforeTick(clock.monotonic());
  comes();
  clock.advance(10);
  assert.deepEqual([heard, clock.pending], [3, 0], 'once between two ticks');
  sockets.ticking = false;
  comes();
  clock.advance(20);
  assert.deepEqual([heard, clock.pending], [4, 1]);
  sockets.close();
  assert.equal(clock.pending, 0);
});

test('however much comes, a tick that waits for it gets its turn', async () => {
  const { kernel, sockets, ports, clock } = stage(new SeededRandom(1));
  let heard = 0;
  await sockets.open(
    '127.0.0.1',
    ports,
    () => void heard++,
    () => {},
  );
  const [place] = kernel.taken;
  // A flood: whenever the kernel is asked, as much as its queue holds has come.
  kernel.onEnter = () => {
    kernel.words[places.sqFlags] = 4;
    for (let i = 0; i < cqEntries; i++) {
      kernel.complete(place!.low, place!.high, headBytes + 1, (kernel.fill(Buffer.from('x')) << 16) | 3);
    }
  };
  sockets.ticking = true;
  sockets.beforeTick(0);
  assert.ok(heard >= 2048 && heard < 2048 + cqEntries, `${heard}`);
  assert.equal(clock.pending, 1, 'the rest after it');
  kernel.onEnter = () => {};
  kernel.words[places.sqFlags] = 0;
  sockets.close();
});

test('a time that cannot be when a packet came is not believed', async () => {
  const { kernel, sockets, ports, clock } = stage(new SeededRandom(1));
  const times: number[] = [];
  await sockets.open(
    '127.0.0.1',
    ports,
    (_packet, _address, _port, nowMs) => void times.push(nowMs),
    () => {},
  );
  const [place] = kernel.taken;
  clock.advance(5000);
  const seconds = realMs / 1000;
  // As it is, the clock set forward, and back; without a time, and with another message in its place.
  for (const [word, value] of [
    [13, 0],
    [12, seconds + 3600],
    [12, seconds - 3600],
    [1, 0],
    [11, 29],
  ] as const) {
    const buffer = kernel.fill(Buffer.from('x'));
    new Uint32Array(kernel.bytes, buffer * bufferBytes, 16)[word] = value;
    kernel.complete(place!.low, place!.high, headBytes + 1, (buffer << 16) | 3);
  }
  sockets.exchange(clock.monotonic());
  assert.deepEqual(times, [5000 - ageMs, 5000, 5000, 5000, 5000]);
});

test('receiving that ends is begun anew, once', async () => {
  const { kernel, sockets, ports } = stage(new SeededRandom(1));
  await sockets.open(
    '127.0.0.1',
    ports,
    () => {},
    () => {},
  );
  const [rtp] = kernel.taken.splice(0);
  for (const [result, counted] of [
    [-105, 'noBuffer'],
    [-9, 'restarted'],
    [-125, 'noBuffer'],
  ] as const) {
    kernel.complete(rtp!.low, rtp!.high, result, 0);
    sockets.exchange(1);
    assert.deepEqual(
      kernel.taken.splice(0).map(({ operation, low }) => [operation, low]),
      [[10, rtp!.low]],
    );
    assert.equal(sockets.faults[counted], 1);
  }
  sockets.exchange(1);
  assert.deepEqual(kernel.taken, []);
});

test('nonsense in the rings is counted, and gives no buffer out twice, no packet to nobody and no error', async () => {
  const seed = systemRandom.int(0xffff_ffff);
  const random = new SeededRandom(seed);
  const { kernel, sockets, ports, open, clock } = stage(random);
  const pairs = new Set<{ close(): void; closed: boolean }>();
  const any = () => random.bytes(4).readUInt32LE(0);
  let handed = 0;
  for (let round = 0; round < 4000; round++) {
    const what = random.int(8);
    if (what === 0 && pairs.size < 100) {
      const own = { closed: false, close: () => {} };
      const listener = (packet: Buffer) => {
        assert.ok(!own.closed, `seed ${seed}: a packet for a closed pair`);
        assert.ok(packet.length <= bufferBytes);
        handed++;
      };
      const pair = await sockets.open('127.0.0.1', ports, listener, listener);
      own.close = () => {
        own.closed = true;
        pair.close();
      };
      pairs.add(own);
    } else if (what === 1 && pairs.size > 0) {
      const [first] = pairs;
      first!.close();
      pairs.delete(first!);
    } else if (what < 6) {
      // One of the last: most of those before are of pairs that are closed.
      const known = kernel.taken.at(-1 - random.int(20));
      const low = random.int(4) === 0 ? any() : (known?.low ?? 0);
      const high = random.int(4) === 0 ? any() : (known?.high ?? 0);
      const result = random.int(3) === 0 ? any() : random.int(2000) - 200;
      const buffer = random.int(3) === 0 ? any() & 0xffff : random.int(bufferCount);
      // Some are as they should be.
      if (buffer < bufferCount && result > headBytes) {
        new Uint32Array(kernel.bytes, buffer * bufferBytes + 8, 2).set([result - headBytes, 0]);
      }
      kernel.complete(low, high, result, (buffer << 16) | random.int(8));
    } else if (what === 6) {
      if (random.int(20) === 0) kernel.words[places.cqTail] = any();
      if (random.int(5) === 0) kernel.words[places.cqOverflow] = any();
      new Uint8Array(kernel.bytes).set(random.bytes(64), random.int(bufferCount) * bufferBytes);
    } else kernel.appetite = random.int(4) === 0 ? random.int(3) : Number.POSITIVE_INFINITY;
    clock.advance(random.int(4));
    sockets.exchange(clock.monotonic());
    assert.equal(sockets.freeBuffers, bufferCount, `seed ${seed}: every buffer is the kernel's again, once`);
  }
  kernel.appetite = Number.POSITIVE_INFINITY;
  for (const pair of pairs) pair.close();
  assert.equal(open.size, 0, `seed ${seed}: no file is left`);
  assert.ok(handed > 0 && sockets.faults.impossible > 0, `seed ${seed}: ${handed} handed over`);
});
