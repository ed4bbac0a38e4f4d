import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { AppError, coerceError } from './app-error.ts';
import { systemClock } from './clock.ts';
import { Emitter } from './emitter.ts';
import { newId } from './id.ts';
import { createLog } from './log.ts';
import { SeededRandom, systemRandom } from './random.ts';
import { Secret } from './secret.ts';
import { seq16Add, seq16Diff, ts32Diff } from './serial.ts';
import { VirtualClock } from './testing/virtual-clock.ts';

test('serial numbers: the difference undoes the addition, everywhere and across the wrap', () => {
  const random = new SeededRandom(7);
  for (let i = 0; i < 20_000; i++) {
    const seq = random.int(0x10000);
    const seqDelta = random.int(0x10000) - 0x8000;
    assert.equal(seq16Diff(seq16Add(seq, seqDelta), seq), seqDelta);
    const ts = random.int(0xffffffff);
    const tsDelta = random.int(0x7fffffff) - 0x3fffffff;
    assert.equal(ts32Diff((ts + tsDelta) >>> 0, ts), tsDelta);
  }
  assert.equal(seq16Diff(2, 0xfffe), 4);
  assert.equal(ts32Diff(0, 0xffffffff), 1);
});

test('a virtual clock fires in order of due time, new timers included, and never a cancelled one', () => {
  const clock = new VirtualClock(1000);
  const seen: string[] = [];
  clock.setTimer(20, () => {
    seen.push(`b@${clock.monotonic()}`);
    clock.setTimer(5, () => seen.push(`c@${clock.monotonic()}`));
  });
  clock.setTimer(10, () => seen.push(`a@${clock.monotonic()}`));
  clock.setTimer(15, () => seen.push('never')).cancel();
  clock.advance(24);
  assert.deepEqual(seen, ['a@10', 'b@20']);
  clock.advance(1);
  assert.deepEqual(seen, ['a@10', 'b@20', 'c@25']);
  assert.equal(clock.pending, 0);
  assert.equal(clock.now(), 1025);
});

test('the system clock fires once and can be cancelled', async () => {
  let fired = 0;
  systemClock.setTimer(1, () => fired++).cancel();
  await new Promise<void>((resolve) => {
    const keepAlive = setInterval(() => undefined, 1000);
    systemClock.setTimer(5, () => {
      clearInterval(keepAlive);
      resolve();
    });
  });
  assert.equal(fired, 0);
});

test('a secret shows itself in no way of printing, and compares by value', () => {
  const secret = new Secret('2233');
  for (const shown of [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ a: [secret] }, { depth: 9 }),
  ]) {
    assert.ok(!shown.includes('2233'), shown);
    assert.ok(shown.includes('***'), shown);
  }
  assert.ok(secret.equals('2233'));
  assert.ok(!secret.equals('22333'));
  assert.ok(!secret.equals(''));
});

test('a secret never reaches the log', () => {
  let out = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      out += String(chunk);
      done();
    },
  });
  createLog('info', sink)
    .child({ call: 'c1' })
    .info({ pin: new Secret('2233') }, 'joined');
  assert.ok(out.includes('"call":"c1"') && out.includes('"pin":"***"') && !out.includes('2233'), out);
});

test('random whole numbers cover their range evenly; seeded ones repeat', () => {
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[systemRandom.int(7)]!++;
  for (const count of counts) assert.ok(count > 9_300 && count < 10_700, String(counts));
  assert.deepEqual(new SeededRandom(5).bytes(64), new SeededRandom(5).bytes(64));
  assert.notDeepEqual(new SeededRandom(5).bytes(64), new SeededRandom(6).bytes(64));
  assert.equal(systemRandom.bytes(5000).length, 5000);
});

test('identifiers are 20 hex digits and differ', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newId(systemRandom)));
  assert.equal(ids.size, 10_000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{20}$/);
});

test('an emitter survives a listener that throws and one that removes itself', () => {
  const errors: unknown[] = [];
  const emitter = new Emitter<{ tick: number }>((error) => errors.push(error));
  const seen: number[] = [];
  emitter.on('tick', () => {
    throw new Error('bad listener');
  });
  const off = emitter.on('tick', (n) => {
    seen.push(n);
    off();
  });
  emitter.on('tick', (n) => seen.push(n * 10));
  emitter.emit('tick', 1);
  emitter.emit('tick', 2);
  assert.deepEqual(seen, [1, 10, 20]);
  assert.equal(errors.length, 2);
});

test('errors carry their status, and anything thrown becomes an Error', () => {
  assert.equal(new AppError('unavailable', 'Not now.').status, 503);
  assert.equal(coerceError('text').message, 'text');
});
