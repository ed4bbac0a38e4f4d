import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection } from '../../call/model/connection.ts';
import { answerCall } from '../../call/services/answer-call.ts';
import { makeCall } from '../../call/services/make-call.ts';
import type { MakeCall } from '../../call/services/requests.ts';
import { RawCallee } from '../testing/raw-callee.ts';
import { domain, until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';

const number = '15001';

/** An application rings 15001; who answers there is let go, since nothing is said about what for. */
function request(exchange: VirtualExchange): MakeCall {
  const device = exchange.directory.callerOf(number);
  return {
    kind: 'access',
    organizationId: '3',
    from: device,
    fromTarget: { kind: 'terminal', aor: `${number}@${domain}` },
    callerId: { name: 'Click', number: '900' },
    to: device,
    toTarget: null,
    timeoutMs: 20_000,
  };
}

const withPhone = (run: (exchange: VirtualExchange, phone: RawCallee) => Promise<void>) =>
  withExchange({}, async (exchange) => {
    const phone = await RawCallee.open();
    try {
      await run(exchange, phone);
    } finally {
      phone.close();
    }
  });

async function rung(exchange: VirtualExchange, more: Partial<MakeCall> = {}) {
  const ref = await exchange.runtime.do(makeCall, { ...request(exchange), ...more });
  const connection = (): Connection | undefined => exchange.runtime.call(ref.callId)?.connections.get(ref.connectionId);
  await until('it to ring', () => connection()?.state === 'alerting');
  return { ref, connection };
}

describe('a phone by SIP is answered from afar', { concurrency: true }, () => {
  test('by NOTIFY talk, where it says when it rings that it takes that', () =>
    withPhone(async (exchange, phone) => {
      exchange.register(phone, number);
      phone.ringsWith = ['Allow-Events: hold, talk'];
      const { ref, connection } = await rung(exchange);
      assert.equal(connection()?.answerable, true);
      await exchange.runtime.do(answerCall, ref);
      await until('it to have answered', () => exchange.logOf('access').includes('established normal'));
      const notify = phone.last('NOTIFY')!;
      assert.match(notify, /^Event: talk\r$/m);
      assert.match(notify, /^To: [^\r]*;tag=raw\r$/m);
      assert.doesNotMatch(phone.last('INVITE')!, /^(Call-Info|Alert-Info|Answer-Mode):/m);
    }));

  test('where it said so when it registered', () =>
    withPhone(async (exchange, phone) => {
      exchange.register(phone, number, ['Allow-Events: talk']);
      const { ref, connection } = await rung(exchange);
      assert.equal(connection()?.answerable, true);
      await exchange.runtime.do(answerCall, ref);
      await until('it to have answered', () => exchange.logOf('access').includes('established normal'));
    }));

  test('not where it says nothing of the kind; where it refuses it rings on', () =>
    withPhone(async (exchange, phone) => {
      exchange.register(phone, number);
      const first = await rung(exchange);
      assert.equal(first.connection()?.answerable ?? false, false);
      await assert.rejects(exchange.runtime.do(answerCall, first.ref), { code: 'invalidState' });
      assert.equal(phone.last('NOTIFY'), undefined);

      phone.ringsWith = ['Allow-Events: talk'];
      phone.takesNotify = false;
      const second = await rung(exchange);
      await exchange.runtime.do(answerCall, second.ref);
      await until('it to be asked', () => phone.last('NOTIFY') !== undefined);
      assert.equal(second.connection()?.state, 'alerting');
    }));

  test('asked for with the call, by headers to the preferred phone alone', () =>
    withPhone(async (exchange, phone) => {
      const other = await RawCallee.open();
      exchange.register(other, number);
      exchange.register(phone, number);
      await rung(exchange, { autoAnswer: true });
      await until('both to ring', () => [phone, other].every((one) => one.last('INVITE') !== undefined));
      const invites = [phone, other].map((one) => one.last('INVITE')!);
      const headers = invites.map((text) => (text.match(/^(Call-Info|Alert-Info|Answer-Mode): .*$/gm) ?? []).sort());
      assert.deepEqual(headers.map(({ length }) => length).sort(), [0, 3]);
      assert.deepEqual(
        headers.flat().map((line) => line.trim()),
        [
          'Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=0',
          'Answer-Mode: Auto',
          `Call-Info: <sip:${domain}>;answer-after=0`,
        ],
      );
      other.close();
    }));
});
