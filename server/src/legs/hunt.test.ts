import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerCall } from '../call/services/answer-call.ts';
import { holdCall } from '../call/services/hold-call.ts';
import { retrieveCall } from '../call/services/retrieve-call.ts';
import { until } from '../media/testing/media-stage.ts';
import type { LegHouse } from './leg-kind.ts';
import { extension, MemoryExchange } from './testing/memory-exchange.ts';
import { MemoryLegs, type MemoryPhone } from './testing/memory-legs.ts';
import { domain, password, withExchange } from './testing/virtual-exchange.ts';

const loud = 0.02;
const quiet = 0.004;

const hears = (who: MemoryPhone, whom: MemoryPhone) =>
  until(`to hear ${whom.sound.tone} Hz`, () => who.hears(whom.sound.tone) > loud);

/** Alice, and two phones of extension 102. */
async function withHunt(
  run: (exchange: MemoryExchange, alice: MemoryPhone, desk: MemoryPhone, mobile: MemoryPhone) => Promise<void>,
): Promise<void> {
  const exchange = await MemoryExchange.open();
  try {
    const alice = await exchange.phone('101', 500);
    const [desk, mobile] = [await exchange.phone('102', 900), await exchange.phone('102', 1400)];
    await run(exchange, alice, desk, mobile);
  } finally {
    await exchange.close();
  }
}

describe('an extension with phones of several kinds is one leg', () => {
  test('all ring, the first to answer has the call, and the others are told', () =>
    withHunt(async (exchange, alice, desk, mobile) => {
      const { runtime } = exchange;
      const { callId } = await exchange.door.callPhone(alice, desk);
      await until('both to ring', () => desk.leg !== null && mobile.leg !== null);
      assert.deepEqual(exchange.legs.counts(), { incoming: 1, outgoing: 2, receptions: 0 });
      mobile.leg!.pickUp();
      await hears(alice, mobile);
      await hears(mobile, alice);
      assert.deepEqual(desk.told, [{ ended: 'callCancelled' }]);
      const call = runtime.call(callId)!;
      assert.equal(call.connections.size, 2, 'one device, one connection');

      // What is asked of the connection's leg, and what it tells, is of the phone that answered.
      const called = [...call.connections.values()].find(
        ({ device }) => device.kind === 'extension' && device.number === '102',
      )!;
      await runtime.do(holdCall, { callId, connectionId: called.id });
      await until('alice to hear nobody', () => alice.hears(mobile.sound.tone) < quiet);
      await runtime.do(retrieveCall, { callId, connectionId: called.id });
      await hears(alice, mobile);
      mobile.press('5');
      const pressed = () =>
        exchange.store
          .log(callId)
          .some(({ type, connectionId }) => type === 'digitsGenerated' && connectionId === called.id);
      await until('the key to be told', pressed);
      alice.leg!.hangUp();
      await until('the mobile to be told', () => mobile.told.length === 1);
      assert.deepEqual(mobile.told, [{ ended: 'normal' }]);
      await exchange.nothingIsLeft();
    }));

  test('sound before the answer: one is heard, the next when it goes, and who answers in the end', () =>
    withHunt(async (exchange, alice, desk, mobile) => {
      await exchange.door.callPhone(alice, desk);
      await until('both to ring', () => desk.leg !== null && mobile.leg !== null);
      desk.leg!.rings(true);
      await hears(alice, desk);
      mobile.leg!.rings(true);
      desk.leg!.reject('busy');
      await hears(alice, mobile);
      mobile.leg!.rings(false);
      await until('alice not to hear it any more', () => alice.hears(mobile.sound.tone) < quiet);
      mobile.leg!.pickUp();
      await hears(alice, mobile);
      mobile.leg!.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('the first that can be had to answer is, and that is known while one can', () =>
    withHunt(async (exchange, alice, desk, mobile) => {
      const { callId } = await exchange.door.callPhone(alice, desk);
      await until('both to ring', () => desk.leg !== null && mobile.leg !== null);
      const { runtime } = exchange;
      const called = () =>
        [...(runtime.call(callId)?.connections.values() ?? [])].find(({ direction }) => direction === 'outgoing');
      desk.leg!.rings();
      await until('it to ring', () => called()?.state === 'alerting');
      assert.equal(called()?.answerable ?? false, false);
      mobile.leg!.answerable = true;
      mobile.leg!.rings();
      await until('it to be answerable', () => called()?.answerable === true);
      mobile.leg!.reject('busy');
      await until('it to be so no longer', () => called()?.answerable === false);
      desk.leg!.answerable = true;
      desk.leg!.rings();
      await until('it to be answerable again', () => called()?.answerable === true);
      await runtime.do(answerCall, { callId, connectionId: called()!.id });
      await hears(alice, desk);
      desk.leg!.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('who cannot be had anywhere is told by what tells most; who gives up stops all', () =>
    withHunt(async (exchange, alice, desk, mobile) => {
      await exchange.door.callPhone(alice, desk);
      await until('both to ring', () => desk.leg !== null && mobile.leg !== null);
      mobile.leg!.reject('callRejected');
      desk.leg!.reject('networkNotObtainable');
      await until('alice to be told', () => alice.told.length === 2);
      assert.deepEqual(alice.told, ['rings', { ended: 'callRejected' }]);
      await exchange.nothingIsLeft();

      for (const phone of [desk, mobile]) phone.onDialled = (leg) => leg.reject('busy');
      await exchange.door.callPhone(alice, desk);
      await until('alice to be told at once', () => alice.told.length === 3);
      assert.deepEqual(alice.told[2], { ended: 'busy' });
      await exchange.nothingIsLeft();

      desk.onDialled = (leg) => leg.pickUp();
      await exchange.door.callPhone(alice, desk);
      await hears(alice, desk);
      desk.leg!.hangUp();
      await exchange.nothingIsLeft();
      assert.deepEqual(mobile.told, [], 'who answers at once leaves nobody to ring');

      for (const phone of [desk, mobile]) phone.onDialled = (leg) => leg.rings();
      await exchange.door.callPhone(alice, desk);
      await until('both to ring again', () => desk.leg?.state === 'dialling' && mobile.leg?.state === 'dialling');
      alice.leg!.hangUp();
      await exchange.nothingIsLeft();
      assert.deepEqual([desk.told, mobile.told], [[{ ended: 'callCancelled' }], [{ ended: 'callCancelled' }]]);
    }));

  test('phones of a media profile that is not spoken do not ring; where there are no others, that is why', async () => {
    const exchange = await MemoryExchange.open();
    try {
      const alice = await exchange.phone('101', 500);
      const device = extension('102');
      const browser = await exchange.door.phone({ device, tone: 900, profile: 'dtls' });
      const { callId } = await exchange.door.callPhone(alice, browser);
      await until('alice to be told', () => alice.told.length === 1);
      assert.deepEqual(alice.told, [{ ended: 'mediaFailure' }]);
      const failed = exchange.store.log(callId).find(({ type }) => type === 'failed');
      assert.equal(failed?.cause, 'mediaFailure');
      await exchange.nothingIsLeft();

      const desk = await exchange.door.phone({ device, tone: 1400 });
      await exchange.door.callPhone(alice, browser);
      await until('the desk phone to ring', () => desk.leg !== null);
      assert.equal(browser.leg, null);
      desk.leg!.pickUp();
      await hears(alice, desk);
      desk.leg!.hangUp();
      await exchange.nothingIsLeft();
    } finally {
      await exchange.close();
    }
  });

  test('one of them by SIP, the other not: whichever answers', async () => {
    let memory: MemoryLegs | null = null;
    const otherKind = (house: LegHouse) => {
      memory = new MemoryLegs(house);
      return memory;
    };
    await withExchange({ otherKind }, async (exchange, alice, bob) => {
      const other = await memory!.phone({ device: extension('15001'), aor: `15001@${domain}`, tone: 1400 });
      exchange.register(bob, '15001');
      const options = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };
      let rang = 0;
      bob.onCall = (invite) => {
        rang++;
        invite.progress(180);
      };
      const answered = alice.call(exchange.sip, '15001', options);
      await until('both to ring', () => rang === 1 && other.leg !== null);
      other.leg!.pickUp();
      await answered;
      await until('alice to hear the other', () => alice.hears(other.sound.tone) > 0.05);
      alice.hangUp();
      await exchange.nothingIsLeft();

      bob.onCall = (invite) => void bob.pickUp(invite);
      await alice.call(exchange.sip, '15001', options);
      await until('alice to hear bob', () => alice.hears(bob.tone) > 0.05);
      assert.deepEqual(other.told.at(-1), { ended: 'callCancelled' });
      bob.hangUp();
      await exchange.nothingIsLeft();
    });
  });
});
