import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until, withExchange } from '../testing/virtual-exchange.ts';

describe('each with a server of its own', { concurrency: true }, () => {
  test('number and PIN by keys, then two callers hear each other but not themselves', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.said.length = 0;
      await alice.call(exchange.sip, '211');
      await exchange.hasSaid('enter-number');
      assert.equal(exchange.leftovers()['receptions'], 1);
      alice.press('3#');
      await exchange.hasSaid('enter-pin');
      alice.press('2233#');
      await exchange.hasSaid('first-participant');
      await bob.call(exchange.sip, '211*3*2233');
      await exchange.hasSaid('one-other');
      // What is announced meanwhile has something of every tone, and lowers the others: oneself would be heard after it
      // too.
      await until(
        'each to hear the other and not themselves',
        () =>
          alice.hears(bob.tone) > 0.05 &&
          bob.hears(alice.tone) > 0.05 &&
          alice.hears(alice.tone) < 0.01 &&
          bob.hears(bob.tone) < 0.01,
      );
      assert.ok(exchange.said.includes('tone:entry'));

      bob.press('*1');
      await exchange.hasSaid('muted');
      await until('alice not to hear bob', () => alice.hears(bob.tone) < 0.002 && bob.hears(alice.tone) > 0.05);
      bob.press('*1');
      await exchange.hasSaid('unmuted');
      await until('alice to hear bob again', () => alice.hears(bob.tone) > 0.05);

      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared conference');
      for (const line of exchange.logged.filter(({ msg }) => msg === 'leg closed')) {
        assert.match(String(line['call']), /^[0-9a-f]{20}$/, 'every line of a leg names its call');
      }
      assert.doesNotMatch(JSON.stringify(exchange.logged), /\b2233\b/, 'no PIN in the log');
      assert.equal(exchange.logOf('conference').at(-1), 'callCleared normal');
    }));

  test('wrong number, wrong PIN three times, goodbye, and locked out on the next call', () =>
    withExchange({}, async (exchange, alice) => {
      exchange.said.length = 0;
      exchange.directory.wrongPins.clear();
      await alice.call(exchange.sip, '211');
      await exchange.hasSaid('enter-number');
      alice.press('77#');
      await exchange.hasSaid('wrong-number');
      alice.press('3#');
      await exchange.hasSaid('enter-pin');
      for (let wrong = 1; wrong <= 3; wrong++) {
        alice.press('11#');
        await exchange.hasSaid('wrong-pin', wrong);
      }
      await exchange.hasSaid('goodbye');
      await until('BYE after the goodbye', () => alice.ended !== null);
      assert.match(alice.ended?.reason ?? '', /unauthorized/);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared unauthorized');
      const wrongPin = 'wrongPin 3';
      assert.deepEqual(exchange.refusedIn('access'), ['unknownNumber null', wrongPin, wrongPin, wrongPin]);

      exchange.said.length = 0;
      await alice.call(exchange.sip, '211*3');
      await exchange.hasSaid('locked-out');
      alice.hangUp();
      await exchange.nothingIsLeft();
      assert.deepEqual(exchange.refusedIn('access'), ['lockedOut 3 for a while']);
      exchange.directory.wrongPins.clear();
    }));

  test('a full conference is said in words', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.said.length = 0;
      await alice.call(exchange.sip, '211*5');
      await bob.call(exchange.sip, '211*5');
      await exchange.hasSaid('conference-full');
      await until('the end', () => bob.ended !== null);
      assert.match(bob.ended?.reason ?? '', /conferenceFull/);
      assert.deepEqual(exchange.refusedIn('access'), ['full 5']);
      assert.equal(alice.ended, null);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('the same caller twice, and keys by INFO', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.said.length = 0;
      await Promise.all([alice.call(exchange.sip, '211*3'), bob.call(exchange.sip, '211*3')]);
      await exchange.hasSaid('enter-pin', 2);
      for (const key of '2233#') {
        alice.session!.sendInfo('application/dtmf-relay', `Signal=${key}\r\nDuration=100\r\n`);
        await sleep(30);
      }
      bob.press('2233#');
      await exchange.hasSaid('one-other');
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a CANCEL at any moment of the set-up leaves nothing', () =>
    withExchange({}, async (exchange, alice) => {
      for (const delayMs of [0, 1, 2, 3, 5, 8]) {
        for (const dialled of ['211', '211*4']) {
          let cancel = () => {};
          const call = alice.call(exchange.sip, dialled, {}, (give) => {
            cancel = give;
          });
          const result = call.catch(() => {});
          await sleep(delayMs);
          cancel();
          await result;
          alice.hangUp();
        }
      }
      await exchange.nothingIsLeft();
    }));

  test('BYE in every moment of the reception leaves nothing', () =>
    withExchange({}, async (exchange, alice) => {
      for (const keys of ['', '3', '3#', '3#2233#']) {
        await alice.call(exchange.sip, '211');
        alice.press(keys);
        await sleep(keys.length * 85);
        alice.hangUp();
      }
      await exchange.nothingIsLeft();
    }));
});
