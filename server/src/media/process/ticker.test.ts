import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Ticker } from './ticker.ts';

test('ticks every 20 ms while running, and has no timer otherwise', () => {
  const clock = new VirtualClock();
  const ticks: number[] = [];
  const ticker = new Ticker(clock, (_now, tick) => ticks.push(tick));
  clock.advance(1000);
  assert.deepEqual([ticks.length, clock.pending], [0, 0]);
  ticker.start();
  ticker.start();
  clock.advance(100);
  assert.deepEqual(ticks, [51, 52, 53, 54, 55]);
  ticker.stop();
  assert.equal(clock.pending, 0);
  clock.advance(1000);
  ticker.start();
  clock.advance(20);
  assert.equal(ticks.at(-1), 106, 'numbered by time');
  assert.equal(ticker.late, 0);
});

test('a tick that is overdue goes before other work, and one that is not waits for its timer', () => {
  const clock = new SlowClock();
  const ticks: number[] = [];
  const ticker = new Ticker(clock, (_now, tick) => ticks.push(tick));
  ticker.hurry(clock.monotonic());
  clock.lag = 15;
  ticker.start();
  clock.advance(21);
  ticker.hurry(clock.monotonic());
  assert.deepEqual(ticks, []);
  clock.advance(2);
  ticker.hurry(clock.monotonic());
  assert.deepEqual([ticks, clock.pending], [[1], 1]);
  ticker.hurry(clock.monotonic());
  clock.advance(40);
  assert.deepEqual(ticks, [1, 2]);
});

test('however late ticks are, others have their turn between them', () => {
  const clock = new SlowClock();
  const ticks: number[] = [];
  const ticker = new Ticker(clock, (_now, tick) => {
    ticks.push(tick);
    // A tick that takes longer than there is until the next.
    clock.spend(23);
  });
  ticker.start();
  clock.lag = 1000;
  clock.advance(20);
  const before = ticks.length;
  ticker.hurry(clock.monotonic());
  ticker.hurry(clock.monotonic());
  assert.equal(ticks.length, before);
  clock.spend(5);
  ticker.hurry(clock.monotonic());
  assert.ok(ticks.length > before);
});

test('tells how late the first of several ticks is', () => {
  const clock = new SlowClock();
  const late: number[] = [];
  const ticker = new Ticker(clock, (_now, _tick, lateMs) => late.push(lateMs));
  ticker.start();
  clock.advance(20);
  clock.lag = 47;
  clock.advance(20);
  clock.lag = 0;
  clock.advance(70);
  assert.deepEqual(late, [0, 0, 47, 0, 0]);
});

/** A clock whose timers fire as late as the test says. */
class SlowClock extends VirtualClock {
  lag = 0;
  #spent = 0;
  /** Time goes on without a timer, as it does while something runs. */
  spend(ms: number): void {
    this.#spent += ms;
  }
  override monotonic(): number {
    return super.monotonic() + this.#spent;
  }
  override setTimer(delayMs: number, fire: () => void) {
    return super.setTimer(delayMs + this.lag, fire);
  }
}

test('a tick that came a moment early does not come again when ticking ends and begins with it', () => {
  const clock = new SlowClock();
  const ticks: number[] = [];
  const ticker = new Ticker(clock, (_now, tick) => ticks.push(tick));
  clock.lag = -0.5;
  ticker.start();
  clock.advance(19.6);
  ticker.stop();
  ticker.start();
  clock.advance(20.4);
  assert.deepEqual(ticks, [1, 2]);
});

test('makes up for a short stall, leaves out what is too old, and counts late ticks', () => {
  const clock = new SlowClock();
  const ticks: number[] = [];
  const ticker = new Ticker(clock, (_now, tick) => ticks.push(tick));
  ticker.start();
  clock.advance(40);
  clock.lag = 45;
  clock.advance(20);
  clock.lag = 0;
  clock.advance(65);
  assert.deepEqual(ticks, [1, 2, 3, 4, 5, 6]);
  assert.equal(ticker.late, 3);
  clock.lag = 500;
  clock.advance(20);
  clock.lag = 0;
  clock.advance(520);
  assert.equal(ticks.at(-1), 33);
  assert.ok(ticks.length < 15, `${ticks}`);
});
