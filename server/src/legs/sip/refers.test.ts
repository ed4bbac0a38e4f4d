import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callError } from '../../call/model/call-error.ts';
import { chargedOf } from '../../call/model/charged.ts';
import type { DialBudget } from '../../call/ports.ts';
import { consultationCall } from '../../call/services/consultation-call.ts';
import { trunkTo } from '../../directory/records.ts';
import type { LegHouse } from '../leg-kind.ts';
import { MemoryLegs } from '../testing/memory-legs.ts';
import { ReferringPhone } from '../testing/referring-phone.ts';
import { at, staged, to } from '../testing/transfer-stage.ts';
import { domain, password, until, VirtualExchange } from '../testing/virtual-exchange.ts';

describe('each with a server of its own', { concurrency: 2 }, () => {
  test('to a phone that answers: 100, 180, 200, and then the server ends the call of whoever sent it on', () =>
    staged(async ({ desk, bob, outside, parties, exchange }) => {
      let invite: string | null = null;
      bob.onCall = (call) => {
        invite = call.request.headers.get('Referred-By');
        call.progress(180);
        setImmediate(() => bob.pickUp(call));
      };
      const dialog = await outside();
      assert.equal(await desk.refer(dialog, to('15001')), 202);
      await until('the end of the call', () => dialog.ended);
      assert.deepEqual(dialog.notified.at(-1), '200 terminated;reason=noresource');
      assert.equal(dialog.notified[0], '100 active');
      assert.equal(invite, '"Phone 15000" <sip:15000@partyline.test>', 'never what the phone has written of itself');
      await parties('700123 connected', '15001 connected');
      assert.deepEqual(exchange.logOf('call').slice(-4), [
        'originated newCall',
        'delivered normal',
        'established normal',
        'connectionCleared transfer',
      ]);
      assert.deepEqual(exchange.agent.counters().refers, { accepted: 1, refused: 0 });
    }));

  test('to one that is busy: the phone hears it and has its call back, on hold as it was', () =>
    staged(async ({ desk, bob, outside, parties }) => {
      bob.onCall = (call) => call.reject(486);
      const dialog = await outside();
      await desk.hold(dialog, 'sendonly');
      assert.equal(await desk.refer(dialog, to('15001')), 202);
      await desk.hears(dialog, /^486 terminated/);
      await parties('15000 hold', '700123 connected');
      await desk.hold(dialog, 'sendrecv');
      await parties('15000 connected', '700123 connected');
      bob.onCall = (call) => void bob.pickUp(call);
      assert.equal(await desk.refer(dialog, '<tel:15001;phone-context=x>'), 202, 'and may ask again');
      await until('the end of the call', () => dialog.ended);
      await parties('700123 connected', '15001 connected');
    }));

  test('by whoever was called, to a number outside, which the carrier refuses with a status of its own', () =>
    staged(async ({ exchange, desk, bob, carrier, parties }) => {
      const called = desk.called();
      const credentials = { username: '15001', password };
      await bob.call(exchange.sip, '15000', { from: { user: '15001', host: domain }, credentials });
      const dialog = await called;
      for (const [status, told] of [
        [404, 404],
        [603, 603],
        [407, 403],
        [302, 480],
      ]) {
        carrier.onCall = (call) => call.reject(status!);
        assert.equal(await desk.refer(dialog, to('0700123')), 202);
        await desk.hears(dialog, new RegExp(`^${told} terminated`));
      }
      await parties('15000 connected', '15001 connected');
      carrier.onCall = (call) => void carrier.pickUp(call);
      assert.equal(await desk.refer(dialog, to('0700123')), 202);
      await until('the end of the call', () => dialog.ended);
      await parties('15001 connected', '700123 connected');
      const [call] = exchange.runtime.snapshot();
      const pays = [...call!.connections.values()].map((one) => `${one.device.number}: ${chargedOf(call!, one)}`);
      assert.deepEqual(pays, ['15001: 15001', '700123: 15000'], 'who sent it there, not who began the call');
    }));

  test('by a phone that an application has in two calls on one leg: neither, for it would end both', () =>
    staged(async ({ exchange, desk, outside, parties }) => {
      const dialog = await outside();
      const [call] = exchange.runtime.snapshot();
      const [own] = call!.connections.values();
      await exchange.runtime.do(consultationCall, {
        callId: call!.id,
        connectionId: own!.id,
        device: exchange.directory.callerOf('15001'),
        target: { kind: 'terminal', aor: `15001@${domain}` },
        callerId: { name: '', number: '15000' },
        timeoutMs: 20_000,
      });
      const two = ['15000 hold', '700123 connected', '15000 connected', '15001 connected'] as const;
      await parties(...two);
      assert.equal(await desk.refer(dialog, to('0700124')), 202);
      await desk.hears(dialog, /^603 terminated/);
      const other = await desk.call('0700125');
      await parties(...two, '15000 connected', '700125 connected');
      assert.equal(await desk.refer(other, `<sip:15001@${domain}?Replaces=${desk.replaces(dialog)}>`), 202);
      await desk.hears(other, /^603 terminated/);
      await desk.hangUp(other);
      await parties(...two);
      await desk.hangUp(dialog);
    }));

  test('where it may not go the phone hears why, and keeps its call', () =>
    staged(async ({ desk, outside, numbers, exchange }) => {
      const dialog = await outside();
      const refused: [string, string][] = [
        [to('15009'), '404'],
        [to('900'), '403'],
        ['<sip:15001@elsewhere.test>', '404'],
        ['<sip:15001@partyline.test;maddr=10.0.0.1>', '404'],
        ['<sip:partyline.test>', '404'],
        ['<sip:@partyline.test>', '404'],
        [to('211*4'), '403'],
        [to('15000'), '486'],
      ];
      for (const [target, status] of refused) {
        assert.equal(await desk.refer(dialog, target), 202, target);
        await desk.hears(dialog, new RegExp(`^${status} terminated`));
        dialog.notified.length = 0;
      }
      assert.equal(await desk.refer(dialog, 'nobody'), 400);
      assert.equal(await desk.refer(dialog, '<mailto:a@b.test>'), 603);
      assert.deepEqual([numbers(), dialog.ended], [['15000 connected', '700123 connected'], false]);
      assert.equal(exchange.agent.counters().referrals, 0);
      await desk.hangUp(dialog);
    }));

  test('only of whose phone it is, by its password', () =>
    staged(async ({ desk, outside, numbers }) => {
      const dialog = await outside();
      assert.equal(await desk.refer(dialog, to('15001'), { user: '15001' }), 403, 'the right password of another');
      assert.equal(await desk.refer(dialog, to('15001'), { password: 'wrong' }), 401);
      assert.deepEqual(numbers(), ['15000 connected', '700123 connected']);
      await desk.hangUp(dialog);
    }));

  test('while one rings there is no other; a phone that hangs up meanwhile has sent its call on all the same', () =>
    staged(async ({ desk, bob, outside, parties }) => {
      let ring = 0;
      bob.onCall = (call) => {
        ring++;
        call.progress(180);
        answer = () => void bob.pickUp(call);
      };
      let answer = () => {};
      const dialog = await outside();
      assert.equal(await desk.refer(dialog, to('15001')), 202);
      await desk.hears(dialog, /^180 active/);
      assert.equal(await desk.refer(dialog, to('15001')), 491);
      assert.equal(await desk.refer(dialog, to('0700999')), 491);
      assert.equal(ring, 1);
      assert.equal(await desk.hangUp(dialog), 200);
      await parties('700123 connected', '15001 alerting');
      answer();
      await desk.hears(dialog, /^200 terminated/);
      await parties('700123 connected', '15001 connected');
    }));

  test('a phone that has forgotten its dialog, or answers nothing, loses what it is told and nothing else', () =>
    staged(async ({ desk, bob, outside, parties, exchange }) => {
      desk.notifyStatus = 481;
      let answer = () => {};
      bob.onCall = (call) => {
        call.progress(180);
        answer = () => void bob.pickUp(call);
      };
      const dialog = await outside();
      assert.equal(await desk.refer(dialog, to('15001')), 202);
      await until('nothing to be told', () => exchange.agent.counters().referrals === 0);
      await parties('15000 connected', '700123 connected', '15001 alerting');
      answer();
      await until('the end of the call', () => dialog.ended);
      await parties('700123 connected', '15001 connected');
    }));

  test('the server ends before the phone has said that it heard so: the phone is told that its call is over', async () => {
    const exchange = await VirtualExchange.open();
    const desk = await ReferringPhone.open(exchange.sip, '15000');
    let closing: Promise<void> | null = null;
    try {
      const bob = await exchange.phone(900);
      const carrier = await exchange.phone(1400);
      exchange.directory.trunks.push(trunkTo('carrier', at(carrier.sip), { optionsMs: null }));
      exchange.register(bob, '15001');
      const dialog = await desk.call('15001');
      desk.notifyStatus = null;
      assert.equal(await desk.refer(dialog, to('0700123')), 202);
      const left = () => exchange.runtime.snapshot().flatMap((call) => [...call.connections.values()]);
      await until('the phone to be out of the call', () => {
        const numbers = left().map(({ device, state }) => `${device.number} ${state}`);
        return numbers.join() === '15001 connected,700123 connected';
      });
      assert.equal(dialog.ended, false);
      closing = exchange.close();
      await closing;
      await until('the end of the call', () => dialog.ended);
    } finally {
      await (closing ?? exchange.close());
      desk.close();
    }
  });

  test('the one who waits hangs up: nobody rings any more, and the phone hears that too', () =>
    staged(async ({ desk, bob, carrier, outside, parties }) => {
      bob.onCall = (call) => call.progress(180);
      const dialog = await outside();
      assert.equal(await desk.refer(dialog, to('15001')), 202);
      await desk.hears(dialog, /^180 active/);
      carrier.hangUp();
      await parties();
      await desk.hears(dialog, /^4\d\d terminated/);
      assert.equal(dialog.ended, true);
    }));

  test('who wants no news gets none', () =>
    staged(async ({ desk, outside, parties }) => {
      const dialog = await outside();
      assert.equal(await desk.refer(dialog, to('15001'), { headers: ['Refer-Sub: false'] }), 202);
      await until('the end of the call', () => dialog.ended);
      assert.deepEqual(dialog.notified, []);
      await parties('700123 connected', '15001 connected');
    }));

  const full: DialBudget = {
    windowMs: 60_000,
    take({ target }) {
      if (target.number === '700999') throw callError('destinationNotAllowed', 'Not there.');
      if (target.number === '700998') throw callError('limitExceeded', 'No more now.', { retryAfterMs: 1000 });
    },
    release() {},
    remember() {},
  };

  test('budgets and lists are those of whoever sends the call on', () =>
    staged(
      async ({ desk, outside, numbers }) => {
        const dialog = await outside();
        for (const [number, status] of [
          ['0700999', 403],
          ['0700998', 503],
        ] as const) {
          assert.equal(await desk.refer(dialog, to(number)), 202);
          await desk.hears(dialog, new RegExp(`^${status} terminated`));
        }
        assert.deepEqual(numbers(), ['15000 connected', '700123 connected']);
        await desk.hangUp(dialog);
      },
      { budget: full },
    ));

  test('a phone that rang together with one of another kind sends its call on like any other', () => {
    let others: MemoryLegs | null = null;
    const otherKind = (house: LegHouse) => {
      others = new MemoryLegs(house);
      return others;
    };
    return staged(
      async ({ exchange, desk, bob, carrier, parties }) => {
        const own = {
          kind: 'extension',
          ...{ organizationId: '3', extensionId: '15000', number: '15000', name: '' },
        } as const;
        await others!.phone({ device: own, aor: `15000@${domain}`, tone: 300 });
        const called = desk.called();
        const credentials = { username: '15001', password };
        await bob.call(exchange.sip, '15000', { from: { user: '15001', host: domain }, credentials });
        const dialog = await called;
        carrier.onCall = (call) => call.reject(486);
        assert.equal(await desk.refer(dialog, to('0700123')), 202);
        await desk.hears(dialog, /^486 terminated/);
        carrier.onCall = (call) => void carrier.pickUp(call);
        assert.equal(await desk.refer(dialog, to('0700123')), 202);
        await until('the end of the call', () => dialog.ended);
        assert.equal(dialog.notified.at(-1), '200 terminated;reason=noresource');
        await parties('15001 connected', '700123 connected');
      },
      { otherKind },
    );
  });

  test('guests and carriers may not: 403, counted', () =>
    staged(async ({ exchange, desk }) => {
      const guest = await ReferringPhone.open(exchange.sip, 'guest', 'elsewhere.test');
      const inside = await guest.call('211*4');
      assert.equal(await guest.refer(inside, to('15001')), 403);
      await guest.hangUp(inside);
      const gateway = await ReferringPhone.open(exchange.sip, 'gateway', 'carrier.test');
      exchange.directory.trunks[0] = trunkTo('carrier', at(gateway.sip), { optionsMs: null });
      const called = gateway.called();
      const dialog = await desk.call('0700123');
      assert.equal(await gateway.refer(await called, to('15001')), 403);
      assert.deepEqual(exchange.agent.counters().refers, { accepted: 0, refused: 2 });
      await desk.hangUp(dialog);
      await until('the end of the call', () => gateway.dialogs[0]!.ended);
      guest.close();
      gateway.close();
    }));
});
