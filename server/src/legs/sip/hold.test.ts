import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { domain, password, until, withExchange } from '../testing/virtual-exchange.ts';

const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

describe('whose sound is taken away, and whose was never there', { concurrency: true }, () => {
  test('a re-INVITE with the audio at port 0 takes the sound away as a hold does, and one with a port gives it back', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      await alice.call(exchange.sip, '15001', caller);
      const both = () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05;
      await until('both to hear each other', both);
      const answer = await alice.disable();
      assert.deepEqual(answer.match(/^m=.*$/gm), ['m=audio 0 RTP/AVP 0']);
      await until('bob not to hear alice', () => bob.hears(alice.tone) < 0.002);
      const before = alice.packetsHeard;
      const heard = bob.packetsHeard;
      await until('bob to hear on', () => bob.packetsHeard > heard + 25);
      assert.ok(alice.packetsHeard <= before + 1, 'nothing is sent to alice');
      assert.match(await alice.reinvite('sendrecv'), /^m=audio [1-9]/m);
      await until('both to hear each other again', both);
      const held = exchange.logOf('call').filter((event) => /^(held|retrieved) /.test(event));
      assert.deepEqual(held, ['held normal', 'retrieved normal']);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('one who only speaks from the first on is heard and holds nobody, whoever called whom; later it may hold', () =>
    withExchange({}, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      bob.onCall = (invite) => void bob.pickUp(invite, 'sendonly');
      await alice.call(exchange.sip, '15001', caller);
      await until('alice to hear the announcement', () => alice.hears(bob.tone) > 0.05);
      assert.deepEqual(bob.negotiated?.direction, 'sendonly');
      await bob.reinvite('sendonly');
      assert.deepEqual(
        exchange.logOf('call').filter((event) => event.startsWith('held')),
        [],
      );
      await bob.reinvite('sendrecv');
      await until('bob to hear alice', () => bob.hears(alice.tone) > 0.05);
      await bob.reinvite('sendonly');
      await until('the hold', () => exchange.logOf('call').includes('held normal'));
      alice.hangUp();
      await until('bob to be released', () => bob.ended !== null);

      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211*4', { direction: 'sendonly' });
      await until('the conference to hear the source', () => alice.hears(bob.tone) > 0.05);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));
});
