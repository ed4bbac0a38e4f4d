import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CommandWork } from './command-work.ts';
import { processorTimeMs } from './overload.ts';

function busy(ms: number): void {
  const begin = processorTimeMs();
  while (processorTimeMs() - begin < ms);
}

test('what a command and the promises it settles take counts, what others do does not; a due tick goes first', async () => {
  const order: string[] = [];
  const work = new CommandWork(() => order.push('tick'));
  const perform = async (name: string) => {
    work.begin();
    order.push(name);
    busy(4);
    await null;
    await null;
    order.push(`${name} goes on`);
    busy(3);
  };
  void perform('a');
  void perform('b');
  await setImmediate();
  assert.deepEqual(order, ['tick', 'a', 'tick', 'b', 'a goes on', 'b goes on']);
  const counted = work.processorMs;
  assert.ok(counted >= 14, `${counted} ms`);
  busy(20);
  await setImmediate();
  assert.equal(work.processorMs, counted);
});
