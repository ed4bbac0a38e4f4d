import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { domain, password, refusal, until, withExchange } from '../testing/virtual-exchange.ts';

/** Room for one leg. */
function onePair(): { from: number; to: number } {
  const from = 50_000 + 2 * systemRandom.int(5_000);
  return { from, to: from + 1 };
}

describe('each with a server of its own', { concurrency: true }, () => {
  test('the media process dies: its calls end with the reason, and new ones work', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211*4');
      await carol.call(exchange.sip, '211');
      await until('sound', () => alice.hears(bob.tone) > 0.05);
      process.kill(exchange.mediaPid, 'SIGKILL');
      await until('BYE to all', () => [alice, bob, carol].every((phone) => phone.ended !== null));
      for (const phone of [alice, bob, carol])
        assert.match(phone.ended?.reason ?? '', /Q\.850;cause=41;text="mediaFailure"/);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('conference').at(-1), 'callCleared mediaFailure');
      assert.equal(exchange.logOf('access').at(-1), 'callCleared mediaFailure');
      await until('a new process', () => exchange.engine.stats().liveProcesses === 1);
      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211*4');
      await until('sound again', () => alice.hears(bob.tone) > 0.05);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('where a limit is set, a phone that should send and says nothing is put out; one on hold is not', () =>
    withExchange({ mediaTimeoutMs: 500, silenceMs: 1000 }, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211*4');
      await bob.reinvite('inactive');
      alice.silent = true;
      bob.silent = true;
      await until('BYE to the silent one', () => alice.ended !== null);
      assert.match(alice.ended?.reason ?? '', /mediaFailure/);
      assert.equal(bob.ended, null);
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('no port left: 503, and the port that is freed serves the next', () =>
    withExchange({ rtpPorts: onePair() }, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4');
      assert.equal(await refusal(bob.call(exchange.sip, '211*4')), 503);
      assert.equal(await refusal(bob.call(exchange.sip, '211')), 503);
      alice.hangUp();
      await exchange.nothingIsLeft();
      await bob.call(exchange.sip, '211*4');
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a guest beyond half of the limit gets 503, and an extension is still served', () =>
    withExchange({ callsPerSecond: 4 }, async (exchange, alice, bob, carol) => {
      const calls = [alice, bob, carol].map((phone) => phone.call(exchange.sip, '211*4'));
      const results = await Promise.allSettled(calls);
      assert.deepEqual(
        results.map((result) => (result.status === 'rejected' ? result.reason.status : 200)),
        [200, 200, 503],
      );
      const from = { user: '15000', host: domain };
      await carol.call(exchange.sip, '211*4', { from, credentials: { username: '15000', password } });
      for (const phone of [alice, bob, carol]) phone.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a store that fails refuses calls and leaves nothing behind', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4');
      exchange.store.beforeAppend = () => Promise.reject(new Error('disk full'));
      assert.equal(await refusal(bob.call(exchange.sip, '211*4')), 503);
      assert.equal(await refusal(bob.call(exchange.sip, '211')), 503);
      exchange.store.beforeAppend = null;
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('an orderly end says BYE to everybody', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211');
      await exchange.runtime.close();
      await exchange.legs.close();
      await until('BYE to both', () => alice.ended !== null && bob.ended !== null);
      assert.match(alice.ended?.reason ?? '', /shutdown/);
    }));
});
