import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { retrieveCall } from '../../call/services/retrieve-call.ts';
import { RawCallee } from '../testing/raw-callee.ts';
import { domain, password, until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';

const number = '15001';
const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

/** 15000 talks with a phone that then puts the call on hold by itself. */
const withHeld = (
  events: readonly string[],
  run: (held: {
    readonly exchange: VirtualExchange;
    readonly phone: RawCallee;
    readonly retrieve: () => Promise<unknown>;
    readonly back: () => unknown;
  }) => Promise<void>,
) =>
  withExchange({}, async (exchange, alice) => {
    const phone = await RawCallee.open();
    try {
      exchange.register(phone, number, events);
      const calling = alice.call(exchange.sip, number, caller);
      await until('it to ring', () => phone.last('INVITE') !== undefined);
      phone.pickUp();
      await calling;
      phone.hold(true);
      await until('the hold', () => exchange.logOf('call').includes('held normal'));
      const [call] = exchange.runtime.snapshot();
      const own = [...call!.connections.values()].find(({ direction }) => direction === 'outgoing')!;
      const back = () => exchange.runtime.call(call!.id)?.connections.get(own.id)?.heldThere;
      const retrieve = () => exchange.runtime.do(retrieveCall, { callId: call!.id, connectionId: own.id });
      await run({ exchange, phone, retrieve, back });
      alice.hangUp();
      await exchange.nothingIsLeft();
    } finally {
      phone.close();
    }
  });

const retrieved = (exchange: VirtualExchange) => exchange.logOf('call').includes('retrieved normal');

describe('what a phone holds by itself', { concurrency: true }, () => {
  test('it takes back when it is told to by NOTIFY, where it takes that, and then it is retrieved', () =>
    withHeld(['Allow-Events: talk, hold'], async ({ exchange, phone, retrieve, back }) => {
      assert.equal(back(), 'asked');
      await retrieve();
      await until('it to be back', () => retrieved(exchange));
      const notify = phone.last('NOTIFY')!;
      assert.match(notify, /^Event: talk\r$/m);
      assert.match(notify, /^Subscription-State: active\r$/m);
      assert.match(notify, /^To: [^\r]*;tag=raw\r$/m);
      assert.equal(phone.requests.filter((text) => text.startsWith('NOTIFY')).length, 1);
    }));

  test('nobody else takes back, where it says nothing of the kind', () =>
    withHeld([], async ({ exchange, phone, retrieve, back }) => {
      assert.equal(back(), true);
      await assert.rejects(retrieve(), { code: 'invalidState' });
      assert.equal(phone.last('NOTIFY'), undefined);
      phone.hold(false);
      await until('it to be back', () => retrieved(exchange));
    }));

  test('stays so where it names the event and refuses it: it is not asked again', () =>
    withHeld(['Allow-Events: talk'], async ({ exchange, phone, retrieve, back }) => {
      phone.takesNotify = false;
      await retrieve();
      await until('the refusal', () => back() === true);
      assert.equal(retrieved(exchange), false);
      await assert.rejects(retrieve(), { code: 'invalidState' });
    }));
});
