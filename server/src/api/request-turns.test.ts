import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextRound } from 'node:timers/promises';
import { RequestTurns } from './request-turns.ts';

test('who asks alone is begun at once', async () => {
  const turns = new RequestTurns();
  for (let round = 0; round < 20; round++) {
    let begun = 0;
    for (let i = 0; i < 8; i++) turns.take({ ip: 'one' }, () => void begun++);
    assert.equal(begun, 8);
    await nextRound();
    await nextRound();
  }
});

test('of hundreds a few are begun in each round of the event loop, and who asks once comes before them', async () => {
  const turns = new RequestTurns();
  const begun: string[] = [];
  for (let i = 0; i < 300; i++) turns.take({ ip: `flood ${i % 5}` }, () => void begun.push('flood'));
  turns.take({ ip: 'other' }, () => void begun.push('other'));
  assert.equal(begun.length, 8);
  let before = begun.length;
  while (begun.length < 301) {
    await nextRound();
    assert.ok(begun.length - before <= 8, `${begun.length - before} in one round`);
    before = begun.length;
  }
  assert.ok(begun.indexOf('other') < 16, `${begun.indexOf('other')} came before`);
  let now = false;
  await nextRound();
  turns.take({ ip: 'one' }, () => {
    now = true;
  });
  assert.ok(now, 'nothing is left of it');
});

test('an IPv6 site that asks from hundreds of prefixes is one of those who wait', async () => {
  const turns = new RequestTurns();
  const begun: string[] = [];
  for (let i = 0; i < 300; i++) turns.take({ ip: `2001:db8:7:${i.toString(16)}::1` }, () => void begun.push('flood'));
  for (const ip of ['2001:db8:8::1', '192.0.2.1']) turns.take({ ip }, () => void begun.push(ip));
  while (begun.length < 302) await nextRound();
  assert.deepEqual(
    begun.slice(8, 12).filter((one) => one !== 'flood'),
    ['2001:db8:8::1', '192.0.2.1'],
  );
});

test('what is begun may itself ask', async () => {
  const turns = new RequestTurns();
  let begun = 0;
  const again = () => {
    if (++begun < 50) turns.take({ ip: 'one' }, again);
  };
  turns.take({ ip: 'one' }, again);
  while (begun < 50) await nextRound();
});
