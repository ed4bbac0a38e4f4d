import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { LegSample, MediaEngine } from '../../media/engine.ts';
import { SegmentLog } from '../segments/segment-log.ts';
import { legQuality } from './leg-quality.ts';
import { QualityLog, type Sample } from './quality-log.ts';
import { Sampler } from './sampler.ts';

const [one, two] = ['0123456789abcdef0123', 'ffffffffffffffffffff'] as const;
const ofOne = { organizationId: '1' };

function logIn(t: TestContext): QualityLog {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-quality-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return new QualityLog(new SegmentLog({ folder, suffix: 'rtp', log: silentLog, mostBytes: 1e6 }));
}

const sample = (at: number, more: Partial<Sample> = {}): Sample => ({
  legId: one,
  at,
  level: -20,
  received: 250,
  lost: 0,
  jitterMs: 1.5,
  mos: 4.4,
  ...more,
});

/** One leg of which a packet comes every 20 ms. */
function sampling(t: TestContext) {
  const clock = new VirtualClock();
  const log = logIn(t);
  const listeners = new Map<string, (event: never) => void>();
  let received = 0;
  const watched: boolean[] = [];
  const closed = (packetsReceived: number) =>
    listeners.get('legClosed')?.({
      leg: one,
      at: clock.now(),
      stats: { packetsReceived, lost: 2, jitterMs: 1, mos: 4 },
    } as never);
  let whileAsked = () => {};
  const engine = {
    samples: async () => {
      const told: LegSample[] = [[one, -30, received, received + 2, 3, 4.2]];
      whileAsked();
      return told;
    },
    watchLevels: (on: boolean) => void watched.push(on),
    stats: () => ({ legs: 1 }),
    on: (name: string, listener: (event: never) => void) => {
      listeners.set(name, listener);
      return () => listeners.delete(name);
    },
  } as unknown as MediaEngine;
  const sampler = new Sampler({ clock, log: silentLog, engine, quality: log });
  sampler.start();
  const tick = async (ms: number) => {
    received += ms / 20;
    clock.advance(ms);
    for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const onAsked = (then: () => void) => {
    whileAsked = then;
  };
  return { clock, closed, log, onAsked, sampler, tick, watched, received: () => received };
}

test('samples and notes of a leg come back as they were', async (t) => {
  const log = logIn(t);
  log.append(1000, [sample(1000), sample(1000, { legId: two, level: null, mos: null, received: 0 })]);
  log.note({ legId: one, at: 1500, what: 'silent', ms: 30_000 });
  log.note({ legId: two, at: 1600, what: 'mediaProcessDied' });
  log.append(6000, [sample(6000, { lost: 9 })]);
  const found = await log.find({ ...ofOne, legIds: [one], from: 0, to: 5000 });
  assert.deepEqual([...found.samples], [[one, [sample(1000)]]]);
  assert.deepEqual(found.notes, [{ legId: one, at: 1500, what: 'silent', ms: 30_000 }]);
  const both = await log.find({ ...ofOne, legIds: [one, two], from: 0, to: 9000 });
  assert.equal(both.samples.get(one)?.[1]?.lost, 9);
  assert.deepEqual(both.samples.get(two)?.[0]?.mos, null);
});

test('loss and jitter are told when they last, and by their worst', () => {
  const good = Array.from({ length: 6 }, (_, i) => sample(5000 * (i + 1)));
  assert.deepEqual(legQuality(one, good, 0), {
    legId: one,
    from: 0,
    to: 30_000,
    received: 1500,
    loss: null,
    jitterMs: null,
  });
  const short = good.map((each, i) => (i === 2 ? { ...each, lost: 100, jitterMs: 90 } : each));
  assert.equal(legQuality(one, short, 0).loss, null);
  assert.equal(legQuality(one, short, 0).jitterMs, null);
  const long = good.map((each, i) => (i >= 2 && i < 5 ? { ...each, lost: 250, jitterMs: 60 + i } : each));
  assert.deepEqual(legQuality(one, long, 0).loss, { share: 0.5, from: 10_000, to: 25_000 });
  assert.equal(legQuality(one, long, 0).jitterMs, 64);
});

test('who comes and goes puts off what others are told, and what is logged, by nothing', async (t) => {
  const { clock, log, sampler, tick } = sampling(t);
  let told = 0;
  sampler.watch({ samples: () => told++, levels: () => {} });
  for (let i = 0; i < 30; i++) {
    await tick(400);
    sampler.watch({ samples: () => {}, levels: () => {} })();
  }
  sampler.close();
  assert.ok(told >= 10, `told ${told} times in 12 s`);
  const { samples } = await log.find({ ...ofOne, legIds: [one], from: 0, to: clock.now() + 1 });
  assert.equal(samples.get(one)?.length, 2);
});

test('every second to whoever watches, every five seconds into the log, and once more at the end', async (t) => {
  const { clock, closed, log, received, sampler, tick, watched } = sampling(t);
  const live: Sample[] = [];
  await tick(5000);
  const end = sampler.watch({ samples: (samples) => live.push(...samples), levels: () => {} });
  for (let i = 0; i < 5; i++) await tick(1000);
  end();
  assert.deepEqual(
    live.map((each) => each.received),
    [300, 50, 50, 50, 50],
  );
  assert.equal(watched.at(-1), false);
  closed(received() + 7);
  const { samples } = await log.find({ ...ofOne, legIds: [one], from: 0, to: clock.now() + 1 });
  sampler.close();
  assert.deepEqual(
    samples.get(one)?.map((each) => [each.received, each.lost]),
    [
      [250, 2],
      [250, 0],
      [7, 0],
    ],
  );
});

test('a leg that is closed while it is looked at is counted once', async (t) => {
  const { clock, closed, log, onAsked, received, sampler, tick } = sampling(t);
  await tick(5000);
  onAsked(() => closed(received()));
  await tick(5000);
  const { samples } = await log.find({ ...ofOne, legIds: [one], from: 0, to: clock.now() + 1 });
  sampler.close();
  assert.deepEqual(
    samples.get(one)?.map((each) => each.received),
    [250, 250],
  );
});
