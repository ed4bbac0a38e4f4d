import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../base/secret.ts';
import type { CallRef } from '../call/model/call.ts';
import { alternateCall } from '../call/services/alternate-call.ts';
import { answerCall } from '../call/services/answer-call.ts';
import { conferenceCall } from '../call/services/conference-call.ts';
import { consultationCall } from '../call/services/consultation-call.ts';
import { holdCall } from '../call/services/hold-call.ts';
import { retrieveCall } from '../call/services/retrieve-call.ts';
import { until } from '../media/testing/media-stage.ts';
import { MemoryExchange, toConference } from './testing/memory-exchange.ts';
import type { MemoryPhone } from './testing/memory-legs.ts';

const loud = 0.02;
const quiet = 0.004;

async function withPhones(
  run: (exchange: MemoryExchange, alice: MemoryPhone, bob: MemoryPhone, carol: MemoryPhone) => Promise<void>,
): Promise<void> {
  const exchange = await MemoryExchange.open();
  try {
    const [alice, bob, carol] = [
      await exchange.phone('101', 500),
      await exchange.phone('102', 900),
      await exchange.phone('103', 1400),
    ];
    await run(exchange, alice, bob, carol);
  } finally {
    await exchange.close();
  }
}

const hears = (who: MemoryPhone, whom: MemoryPhone) =>
  until(`${who.aor} to hear ${whom.aor}`, () => who.hears(whom.sound.tone) > loud);
const doesNotHear = (who: MemoryPhone, whom: MemoryPhone) =>
  until(`${who.aor} not to hear ${whom.aor}`, () => who.hears(whom.sound.tone) < quiet);

const asGuest = { kind: 'external', number: '49301', name: '' } as const;

test('a leg that is no SIP: reception and PIN, conference, keys, hold, consultation, swap, merge, end', () =>
  withPhones(async (exchange, alice, bob, carol) => {
    const { door, runtime } = exchange;
    const place = (phone: MemoryPhone): CallRef => runtime.refOfLeg(phone.leg!.id)!;
    door.callConference(alice, toConference(null, null));
    await exchange.hasSaid('enter-number');
    assert.equal(exchange.legs.counts().receptions, 1);
    alice.press('3#');
    await exchange.hasSaid('enter-pin');
    alice.press('2233#');
    await exchange.hasSaid('first-participant');
    // The PIN of a guest is compared once it has confirmed the answer.
    door.callConference(bob, toConference('3', new Secret('2233')), asGuest);
    await exchange.hasSaid('one-other');
    await hears(alice, bob);
    await hears(bob, alice);

    bob.press('*1');
    await exchange.hasSaid('muted');
    await doesNotHear(alice, bob);
    bob.press('*1');
    await hears(alice, bob);

    // By the phone, then by a service.
    bob.leg!.hold(true);
    await doesNotHear(bob, alice);
    bob.leg!.hold(false);
    await hears(bob, alice);
    await runtime.do(holdCall, place(bob));
    await doesNotHear(alice, bob);
    await runtime.do(retrieveCall, place(bob));
    await hears(alice, bob);

    const original = place(alice);
    const consult = await runtime.do(consultationCall, {
      ...original,
      device: carol.device,
      target: { kind: 'terminal', aor: carol.aor },
      callerId: { name: 'Alice', number: '101' },
      timeoutMs: 20_000,
    });
    await until('carol to be dialled', () => carol.leg !== null);
    carol.leg!.pickUp();
    await hears(alice, carol);
    await doesNotHear(bob, alice);
    await runtime.do(alternateCall, { active: consult, held: original });
    await hears(bob, alice);
    await doesNotHear(carol, alice);
    await runtime.do(alternateCall, { active: original, held: consult });
    await hears(carol, alice);
    await runtime.do(conferenceCall, { original, consult });
    for (const [who, whom] of [
      [bob, carol],
      [carol, bob],
      [bob, alice],
    ] as const) {
      await hears(who, whom);
    }
    assert.equal(runtime.call(original.callId)?.connections.size, 3);
    assert.equal(alice.told.length, 1, 'one leg all the time');

    carol.leg!.hangUp();
    alice.leg!.hangUp();
    bob.leg!.hangUp();
    await exchange.nothingIsLeft();
    const ends = [...exchange.store.callIds()].map((callId) => exchange.store.log(callId).at(-1));
    assert.ok(ends.every((event) => event?.type === 'callCleared'));
    assert.doesNotMatch(JSON.stringify(exchange.logged), /\b2233\b/, 'no PIN in the log');
  }));

test('two of them call each other; who is not there, hangs up, or has enough is told by cause', () =>
  withPhones(async (exchange, alice, bob, carol) => {
    const { door } = exchange;
    await door.callPhone(alice, bob);
    await until('alice to know that bob rings', () => alice.told.includes('rings'));
    bob.leg!.pickUp();
    await hears(alice, bob);
    bob.leg!.hangUp();
    await until('alice to be told', () => alice.told.length === 3);
    assert.deepEqual(alice.told, ['rings', 'answered', { ended: 'normal' }]);
    await exchange.nothingIsLeft();

    bob.onDialled = (leg) => leg.reject('busy');
    await door.callPhone(carol, bob);
    await until('carol to be told', () => carol.told.length === 1);
    assert.deepEqual(carol.told, [{ ended: 'busy' }]);
    await exchange.nothingIsLeft();
    door.callConference(carol, toConference('3', null));
    await exchange.hasSaid('enter-pin');
    carol.leg!.hangUp();
    await exchange.nothingIsLeft();
  }));

test('a phone that can be had to answer is answered by AnswerCall, another only by its user', () =>
  withPhones(async (exchange, alice, bob) => {
    const { door, runtime } = exchange;
    const ringing = () => runtime.refOfLeg(bob.leg!.id)!;
    await door.callPhone(alice, bob);
    await until('alice to know that bob rings', () => alice.told.includes('rings'));
    await assert.rejects(runtime.do(answerCall, ringing()), { code: 'invalidState' });
    alice.leg!.hangUp();
    await exchange.nothingIsLeft();

    bob.onDialled = (leg) => {
      leg.answerable = true;
      leg.rings();
    };
    const { callId } = await door.callPhone(alice, bob);
    await until('bob to ring', () => alice.told.filter((told) => told === 'rings').length === 2);
    await runtime.do(answerCall, ringing());
    await hears(alice, bob);
    assert.equal(runtime.call(callId)?.answered, 2);
    bob.leg!.hangUp();
    await exchange.nothingIsLeft();
  }));
