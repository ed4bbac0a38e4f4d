import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { Referral } from '../../sip/user-agent.ts';
import { PhoneTransfer } from './phone-transfer.ts';

/** What the phone was told, and when it has heard the last of it. */
function stage() {
  const clock = new VirtualClock();
  const done: string[] = [];
  let heard = () => {};
  const referral: Referral = {
    progress: (status) => void done.push(String(status)),
    end: (status) => {
      done.push(String(status));
      return new Promise((resolve) => {
        heard = resolve;
      });
    },
  };
  const transfer = new PhoneTransfer(clock);
  transfer.begin(referral);
  const leave = () => transfer.leave('transfer', () => void done.push('bye'));
  return { clock, done, transfer, leave, heard: () => heard() };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('the phone hears that its call was sent on before it hears that it is over', async () => {
  const { clock, done, transfer, leave, heard } = stage();
  transfer.rings();
  leave();
  assert.deepEqual([done, transfer.pending], [['180', '200'], false]);
  heard();
  await settled();
  assert.deepEqual(done, ['180', '200', 'bye']);
  clock.advance(60_000);
  assert.deepEqual(done.length, 3);
  assert.equal(clock.pending, 0);
});

test('one that never answers waits four seconds, and is told once', async () => {
  const { clock, done, leave, heard } = stage();
  leave();
  clock.advance(3999);
  assert.deepEqual(done, ['200']);
  clock.advance(1);
  assert.deepEqual(done, ['200', 'bye']);
  heard();
  await settled();
  assert.deepEqual(done, ['200', 'bye']);
});

test('a call that ends for another reason ends at once; what has been told as the last is not told again', () => {
  const { done, transfer } = stage();
  transfer.leave('normal', () => void done.push('bye'));
  assert.deepEqual([done, transfer.pending], [['bye'], true]);
  transfer.over(487);
  transfer.over(200);
  transfer.rings();
  assert.deepEqual([done, transfer.pending], [['bye', '487'], false]);
  transfer.leave('transfer', () => void done.push('bye'));
  assert.deepEqual(done, ['bye', '487', 'bye']);
});
