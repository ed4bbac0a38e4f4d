import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../base/id.ts';
import { systemRandom } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { clearCall } from '../../call/services/clear-call.ts';
import { clearConnection } from '../../call/services/clear-connection.ts';
import { makeCall } from '../../call/services/make-call.ts';
import type { MakeCall } from '../../call/services/requests.ts';
import { trunkTo } from '../../directory/records.ts';
import { until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';
import type { VirtualPhone } from '../testing/virtual-phone.ts';

const conference = {
  kind: 'conference',
  organizationId: '3',
  extensionId: '211',
  number: '211',
  name: 'Weekly',
} as const;

/** Calls a number behind the carrier for the conference extension; gives the leg. */
async function invite(
  exchange: VirtualExchange,
  given: Pick<MakeCall, 'conferenceNumber' | 'data'> = {},
  pin: string | null = null,
  timeoutMs = 5000,
  legId = newId(systemRandom),
) {
  if (pin !== null) exchange.legs.keepPin(legId, new Secret(pin));
  await exchange.runtime.do(makeCall, {
    kind: 'access',
    organizationId: '3',
    from: { kind: 'external', number: '3235550142', name: '' },
    fromTarget: { kind: 'trunk', trunk: 'carrier', number: '3235550142', account: '3-1' },
    callerId: { name: 'Weekly', number: '211' },
    to: conference,
    toTarget: null,
    timeoutMs,
    ...given,
    legId,
  });
  return legId;
}

function carrier(exchange: VirtualExchange, phone: VirtualPhone): void {
  const { address, port } = phone.sip;
  exchange.directory.trunks.push(trunkTo('carrier', `sip:${address}:${port}`, { optionsMs: null }));
}

describe('each with a server of its own', { concurrency: true }, () => {
  test('a leg dialled again while it is still being closed fails; once it is gone it is dialled', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      let rang = 0;
      bob.onCall = (ringing) => {
        rang++;
        ringing.progress(180);
      };
      const legId = newId(systemRandom);
      await invite(exchange, {}, null, 60_000, legId);
      await until('bob to ring', () => rang === 1);
      await exchange.runtime.do(clearConnection, { ...exchange.runtime.refOfLeg(legId)!, cause: 'callCancelled' });
      await invite(exchange, {}, null, 60_000, legId);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared resourcesNotAvailable');
      assert.equal(rang, 1);
      await invite(exchange, {}, null, 60_000, legId);
      await until('bob to ring again', () => rang === 2);
      await exchange.runtime.do(clearConnection, exchange.runtime.refOfLeg(legId)!);
      await exchange.nothingIsLeft();
    }));

  test('an invitee is asked for number and PIN, and then hears the others', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob);
      await alice.call(exchange.sip, '211*3*2233');
      await exchange.hasSaid('first-participant');
      const legId = await invite(exchange);
      await exchange.hasSaid('enter-number');
      assert.equal(exchange.leftovers()['receptions'], 1);
      bob.press('3#');
      await exchange.hasSaid('enter-pin');
      bob.press('2233#');
      await exchange.hasSaid('one-other');
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      const ref = exchange.runtime.refOfLeg(legId);
      assert.equal(exchange.runtime.call(ref?.callId ?? '')?.kind, 'conference', 'under the leg it was called with');
      assert.equal(exchange.leftovers()['receptions'], 0);
      const others = exchange.directory.callerKeys.filter((key) => !key.startsWith('address:'));
      assert.deepEqual(others, Array(3).fill('trunk:carrier:3235550142'));
      bob.hangUp();
      alice.hangUp();
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared conference');
    }));

  test('hears the prompt from its first word', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      // What is played on the leg goes out only after the answer: so nothing of it can have been missed.
      bob.onCall = (call) => {
        setTimeout(() => {
          assert.deepEqual(exchange.said, []);
          bob.pickUp(call);
        }, 200);
      };
      await invite(exchange);
      await exchange.hasSaid('enter-number');
      await until('sound', () => bob.packetsHeard > 5);
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('is not asked for what was given with the invitation', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      const rows = [
        { given: { conferenceNumber: '3' }, pin: null, keys: '2233#', asked: ['enter-pin'] },
        { given: {}, pin: '2233', keys: '3#', asked: ['enter-number'] },
        { given: { conferenceNumber: '3' }, pin: '2233', keys: '', asked: [] },
        { given: { conferenceNumber: '4' }, pin: null, keys: '', asked: [] },
        { given: { conferenceNumber: '3' }, pin: '99', keys: '2233#', asked: ['wrong-pin', 'enter-pin'] },
        { given: { conferenceNumber: '77' }, pin: '2233', keys: '3#', asked: ['wrong-number', 'enter-number'] },
        // What anybody attaches to a call is no number of a conference.
        { given: { data: { conferenceNumber: '3' } }, pin: null, keys: '4#', asked: ['enter-number'] },
      ];
      for (const { given, pin, keys, asked } of rows) {
        exchange.said.length = 0;
        const legId = await invite(exchange, given, pin);
        await until('the answer', () => bob.session !== null);
        for (const prompt of asked) await exchange.hasSaid(prompt);
        bob.press(keys);
        await until('to be in', () => {
          const ref = exchange.runtime.refOfLeg(legId);
          return ref !== null && exchange.runtime.call(ref.callId)?.kind === 'conference';
        });
        const prompts = exchange.said.filter((name) => name !== 'first-participant');
        assert.deepEqual(prompts, asked, JSON.stringify(given));
        bob.hangUp();
        await exchange.nothingIsLeft();
      }
      assert.doesNotMatch(JSON.stringify(exchange.logged), /\b2233\b/, 'no PIN in the log');
      const stored = [...exchange.store.callIds()].flatMap((callId) => exchange.store.log(callId));
      assert.doesNotMatch(JSON.stringify(stored), /\b2233\b/, 'no PIN in an event');
    }));

  test('a PIN serves the invitee it was kept for, once', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      exchange.legs.keepPin(newId(systemRandom), new Secret('2233'));
      await invite(exchange, { conferenceNumber: '3' });
      await exchange.hasSaid('enter-pin');
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('busy, no answer, and an invitation that is taken back', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      bob.onCall = (call) => call.reject(486);
      await invite(exchange, {}, '2233');
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared busy');
      let cancelled = false;
      bob.onCall = (call) => {
        call.onCancelled = () => {
          cancelled = true;
        };
        call.progress(180);
      };
      await invite(exchange, {}, '2233', 300);
      await until('the CANCEL', () => cancelled);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared noAnswer');
      cancelled = false;
      const legId = await invite(exchange);
      await until('it to ring', () => exchange.logOf('access').includes('delivered normal'));
      await exchange.runtime.do(clearCall, { callId: exchange.runtime.refOfLeg(legId)!.callId });
      await until('the CANCEL', () => cancelled);
      await exchange.nothingIsLeft();
    }));

  test('hanging up in every moment of the reception leaves nothing', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      for (const keys of ['', '3', '3#', '3#2233#']) {
        await invite(exchange);
        await until('the answer', () => bob.session !== null);
        bob.press(keys);
        await sleep(keys.length * 85);
        bob.hangUp();
        await exchange.nothingIsLeft();
      }
      // And in the very moment of the answer.
      bob.onCall = (call) => bob.pickUp(call).bye();
      await invite(exchange, { conferenceNumber: '3' }, '2233');
      await exchange.nothingIsLeft();
    }));

  test('wrong three times: goodbye, with the reason', () =>
    withExchange({}, async (exchange, _alice, bob) => {
      carrier(exchange, bob);
      await invite(exchange, { conferenceNumber: '3' });
      await exchange.hasSaid('enter-pin');
      for (let wrong = 1; wrong <= 3; wrong++) {
        bob.press('11#');
        await exchange.hasSaid('wrong-pin', wrong);
      }
      await until('BYE after the goodbye', () => bob.ended !== null);
      assert.match(bob.ended?.reason ?? '', /unauthorized/);
      await exchange.nothingIsLeft();
      assert.equal(exchange.logOf('access').at(-1), 'callCleared unauthorized');
    }));
});
