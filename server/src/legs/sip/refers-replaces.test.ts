import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clearCall } from '../../call/services/clear-call.ts';
import { conferenceCall } from '../../call/services/conference-call.ts';
import { consultationCall } from '../../call/services/consultation-call.ts';
import { type PhoneDialog, ReferringPhone } from '../testing/referring-phone.ts';
import { staged } from '../testing/transfer-stage.ts';
import { domain, until } from '../testing/virtual-exchange.ts';

describe('two calls of one phone', { concurrency: 2 }, () => {
  const named = (desk: ReferringPhone, dialog: PhoneDialog, turned = false, flag = '') =>
    `<sip:15001@${domain}?Replaces=${desk.replaces(dialog, turned, flag)}>`;

  test('are brought together by either of them, however the tags are named', () =>
    staged(async ({ desk, bob, outside, parties, exchange }) => {
      for (const turned of [false, true]) {
        for (const other of [false, true]) {
          const first = await outside();
          await desk.hold(first, 'sendonly');
          const second = await desk.call('15001');
          await parties('15000 hold', '700123 connected', '15000 connected', '15001 connected');
          const [asks, names] = other ? [second, first] : [first, second];
          assert.equal(await desk.refer(asks, named(desk, names, turned)), 202);
          await until('the end of both', () => first.ended && second.ended);
          assert.equal(asks.notified.at(-1), '200 terminated;reason=noresource');
          await parties('700123 connected', '15001 connected');
          const [call] = exchange.runtime.snapshot();
          const types = exchange.store.log(call!.id).map(({ type, cause }) => `${type} ${cause}`);
          assert.deepEqual(types.slice(-2), ['connectionCleared transfer', 'conferenced transfer']);
          // Whichever of the two the phone has spoken of.
          assert.deepEqual([call!.from?.number, call!.to?.number], ['15000', '700123']);
          bob.hangUp();
          await parties();
        }
      }
    }));

  test('a call and a conference that the phone has gone into: the other party comes into it, and the phone leaves', () =>
    staged(async ({ desk, carrier, outside, parties, exchange }) => {
      for (const turned of [false, true]) {
        const first = await outside();
        await desk.hold(first, 'sendonly');
        const conference = await desk.call('211*4');
        await parties('15000 hold', '700123 connected', '15000 connected');
        const [asks, names] = turned ? [conference, first] : [first, conference];
        assert.equal(await desk.refer(asks, named(desk, names)), 202);
        await until('the end of both', () => first.ended && conference.ended);
        assert.equal(asks.notified.at(-1), '200 terminated;reason=noresource');
        await parties('700123 connected');
        assert.deepEqual(
          exchange.runtime.snapshot().map(({ kind }) => kind),
          ['conference'],
        );
        carrier.hangUp();
        await parties();
      }
    }));

  test('are brought together in what the first has become part of', () =>
    staged(async ({ desk, outside, parties, exchange: { runtime, directory } }) => {
      for (const turned of [false, true]) {
        const first = await outside();
        const [call] = runtime.snapshot();
        const other = { callId: call!.id, connectionId: [...call!.connections.keys()][1]! };
        await desk.hold(first, 'sendonly');
        const second = await desk.call('0700124');
        await parties('15000 hold', '700123 connected', '15000 connected', '700124 connected');
        // The other party asks 15001 besides, and goes on in that call.
        const target = { kind: 'terminal', aor: `15001@${domain}` } as const;
        const dial = {
          device: directory.callerOf('15001'),
          target,
          callerId: { name: '', number: '' },
          timeoutMs: 5000,
        };
        const original = await runtime.do(consultationCall, { ...other, ...dial });
        await parties(
          '15000 hold',
          '700123 hold',
          '15000 connected',
          '700124 connected',
          '700123 connected',
          '15001 connected',
        );
        await runtime.do(conferenceCall, { original, consult: other });
        const [asks, names] = turned ? [second, first] : [first, second];
        assert.equal(await desk.refer(asks, named(desk, names)), 202);
        await until('the end of both', () => first.ended && second.ended);
        await parties('700123 connected', '700124 connected', '15001 connected');
        assert.deepEqual(
          runtime.snapshot().map(({ id }) => id),
          [original.callId],
        );
        await runtime.do(clearCall, { callId: original.callId });
        await parties();
      }
    }));

  test('one that still rings: when it has been answered, or not at all', () =>
    staged(async ({ desk, bob, outside, parties }) => {
      let decide = (_status: number) => {};
      bob.onCall = (call) => {
        call.progress(180);
        decide = (status) => void (status === 200 ? bob.pickUp(call) : call.reject(status));
      };
      const first = await outside();
      await desk.hold(first, 'sendonly');
      const busy = await desk.call('15001', true);
      assert.equal(await desk.refer(first, named(desk, busy)), 202);
      await desk.hears(first, /^180 active/);
      decide(486);
      await desk.hears(first, /^486 terminated/);
      await parties('15000 hold', '700123 connected');
      const second = await desk.call('15001', true);
      assert.equal(await desk.refer(first, named(desk, second, false, ';early-only')), 202);
      decide(200);
      await until('the end of both', () => first.ended && second.ended);
      await parties('700123 connected', '15001 connected');
    }));

  test('one that is being sent on to somebody who rings: that one rings no more', () =>
    staged(async ({ desk, bob, outside, numbers }) => {
      bob.onCall = (call) => call.progress(180);
      const first = await outside();
      assert.equal(await desk.refer(first, `<sip:15001@${domain}>`), 202);
      await desk.hears(first, /^180 active/);
      const second = await desk.call('0700124');
      assert.equal(await desk.refer(second, named(desk, first)), 202);
      await until('the end of both', () => first.ended && second.ended);
      assert.deepEqual(
        [first.notified.at(-1), second.notified.at(-1)],
        Array(2).fill('200 terminated;reason=noresource'),
      );
      assert.deepEqual(numbers().sort(), ['700123 connected', '700124 connected']);
    }));

  test('nobody takes over a call of others, and nothing is told of whether there is one', () =>
    staged(async ({ exchange, desk, outside, parties }) => {
      const theirs = await ReferringPhone.open(exchange.sip, '15001');
      const first = await outside();
      const other = await theirs.call('0700124');
      await parties('15000 connected', '700123 connected', '15001 connected', '700124 connected');
      for (const replaces of [
        theirs.replaces(other),
        theirs.replaces(other, true),
        desk.replaces(first),
        encodeURIComponent('nobody;to-tag=1;from-tag=2'),
      ]) {
        assert.equal(await desk.refer(first, `<sip:15001@${domain}?Replaces=${replaces}>`), 202);
        await desk.hears(first, /^481 terminated/);
        first.notified.length = 0;
      }
      await parties('15000 connected', '700123 connected', '15001 connected', '700124 connected');
      await desk.hangUp(first);
      await theirs.hangUp(other);
      theirs.close();
    }));

  test('one that was to be taken before its answer, and has been answered: 486', () =>
    staged(async ({ desk, outside, parties }) => {
      const first = await outside();
      await desk.hold(first, 'sendonly');
      const second = await desk.call('15001');
      assert.equal(await desk.refer(first, named(desk, second, false, ';early-only')), 202);
      await desk.hears(first, /^486 terminated/);
      await parties('15000 hold', '700123 connected', '15000 connected', '15001 connected');
      await desk.hangUp(first);
      await desk.hangUp(second);
    }));
});
