import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { LoginAttempts } from './login-attempts.ts';

const wrong = async () => false;
const right = async () => true;

async function waits(attempts: LoginAttempts, source: string, name: string, attempt: () => Promise<boolean>) {
  return (await attempts.check(source, name, attempt)).waitSeconds;
}

test('five failures in a name stop that name from that source, for a minute; others go on', async () => {
  const clock = new VirtualClock();
  const attempts = new LoginAttempts(clock);
  for (let n = 0; n < 5; n++) assert.equal(await waits(attempts, 'a', 'jane', wrong), 0);
  assert.equal(await waits(attempts, 'a', 'jane', right), 60);
  assert.equal(await waits(attempts, 'a', 'JANE', right), 60, 'however it is written');
  assert.equal(await waits(attempts, 'a', 'john', right), 0);
  assert.equal(await waits(attempts, 'b', 'jane', right), 0);
  await clock.advance(60_000);
  assert.equal(await waits(attempts, 'a', 'jane', right), 0);
});

test('a right login of somebody else forgives nothing', async () => {
  const attempts = new LoginAttempts(new VirtualClock());
  let checked = 0;
  for (let round = 0; round < 10; round++) {
    for (let guess = 0; guess < 4; guess++) {
      await attempts.check('a', 'jane', async () => {
        checked++;
        return false;
      });
    }
    await attempts.check('a', 'plain', right);
  }
  assert.equal(checked, 5);
});

test('made-up names are bounded by source, many at once as one by one; right ones are not counted', async () => {
  const clock = new VirtualClock();
  const attempts = new LoginAttempts(clock);
  for (let n = 0; n < 500; n++) assert.equal(await waits(attempts, 'a', 'jane', right), 0);
  let checked = 0;
  const guess = async () => {
    checked++;
    await Promise.resolve();
    return false;
  };
  await Promise.all(Array.from({ length: 1000 }, (_, n) => attempts.check('a', `name ${n}`, guess)));
  assert.equal(checked, 100);
  assert.ok((await waits(attempts, 'a', 'jane', right)) > 0);
  assert.equal(await waits(attempts, 'b', 'jane', right), 0);
  await clock.advance(60_000);
  assert.equal(await waits(attempts, 'a', 'jane', right), 0);
});

test('an IPv6 site that tries from ever new prefixes is bounded as a whole, and no other', async () => {
  const clock = new VirtualClock();
  const attempts = new LoginAttempts(clock);
  let checked = 0;
  const guess = async () => {
    checked++;
    return false;
  };
  for (let n = 0; n < 1000; n++) await attempts.check(`2001:db8:7:${n.toString(16)}::1`, 'jane', guess);
  assert.equal(checked, 400);
  assert.ok((await waits(attempts, '2001:db8:7:ffff::1', 'jane', right)) > 0);
  for (const other of ['2001:db8:8::1', '192.0.2.1', '::ffff:192.0.2.2']) {
    assert.equal(await waits(attempts, other, 'jane', right), 0, other);
  }
  await clock.advance(60_000);
  assert.equal(await waits(attempts, '2001:db8:7::1', 'jane', right), 0);
});

test('what fails otherwise is no failed login, and holds nobody up', async () => {
  const attempts = new LoginAttempts(new VirtualClock());
  const broken = () => attempts.check('a', 'jane', () => Promise.reject(new Error('store')));
  for (let n = 0; n < 6; n++) await assert.rejects(broken());
  assert.equal(await waits(attempts, 'a', 'jane', right), 0);
});
