import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trunkTo } from '../../directory/records.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';
import { domain, password, refusal, until, type VirtualExchange, withExchange } from '../testing/virtual-exchange.ts';
import type { VirtualPhone } from '../testing/virtual-phone.ts';

const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

function carrier(exchange: VirtualExchange, { sip }: VirtualPhone): void {
  exchange.directory.trunks.push(trunkTo('carrier', `sip:${sip.address}:${sip.port}`, { optionsMs: null }));
}

/** Alice dials bob, who does what `rings` says; gives what she was told, bob's invitation, and her call. */
async function dialled(
  exchange: VirtualExchange,
  alice: VirtualPhone,
  bob: VirtualPhone,
  rings: (invite: IncomingInvite) => void,
  options: Parameters<VirtualPhone['call']>[2] = caller,
) {
  const invites: IncomingInvite[] = [];
  bob.onCall = (invite) => {
    invites.push(invite);
    rings(invite);
  };
  const told: string[] = [];
  const call = alice.call(exchange.sip, '0700123', options, undefined, (status, sdp) =>
    told.push(`${status}${sdp === null ? '' : ' sdp'}`),
  );
  // Whoever is refused is told below.
  call.catch(() => {});
  await until('the call to reach bob', () => invites.length > 0);
  return { told, call, invite: invites[0]! };
}

/** The two tones of ringback, half of the time silent or more: heard now and then. */
const ringback = (phone: VirtualPhone) => phone.hears(440) > 0.01 && phone.hears(480) > 0.01;

describe('what a caller hears follows what the called side sends', () => {
  test('183 with a description but no sound, then 180: ringback, until sound comes; then the answer', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob);
      bob.silent = true;
      const { told, call, invite } = await dialled(exchange, alice, bob, (one) => bob.ringAloud(one));
      await until('alice to be told of sound', () => told.includes('183 sdp'));
      invite.progress(180);
      await until('alice to hear ringback', () => ringback(alice));
      bob.silent = false;
      await until('alice to hear bob in place of it', () => alice.hears(bob.tone) > 0.05 && alice.hears(440) < 0.002);
      bob.pickUp(invite);
      await call;
      const before = alice.packetsHeard;
      await until('sound after the answer', () => alice.packetsHeard > before + 120);
      assert.ok(alice.hears(bob.tone) > 0.05 && alice.hears(440) < 0.002, 'no ringback any more');
      await until('bob to hear alice', () => bob.hears(alice.tone) > 0.05);
      assert.deepEqual(told, ['183 sdp']);
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('an announcement that gives way to ringing: 183 with sound, then silence and a 180', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob);
      const { call, invite } = await dialled(exchange, alice, bob, (one) => bob.ringAloud(one));
      await until('alice to hear the announcement', () => alice.hears(bob.tone) > 0.05);
      bob.silent = true;
      invite.progress(180);
      await until('alice to hear ringback', () => ringback(alice));
      invite.reject(486);
      assert.equal(await refusal(call), 486);
      await exchange.nothingIsLeft();
      bob.silent = false;
    }));

  test('183 that is inactive is no sound: the 180 that follows is one; and 183 with nothing is nothing', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob);
      const inactive = await dialled(exchange, alice, bob, (one) => bob.ringAloud(one, 'inactive'));
      inactive.invite.progress(180);
      await until('alice to be told that it rings', () => inactive.told.includes('180'));
      inactive.invite.reject(480);
      assert.equal(await refusal(inactive.call), 480);
      assert.deepEqual(inactive.told, ['180']);
      await exchange.nothingIsLeft();

      const nothing = await dialled(exchange, alice, bob, (one) => one.progress(183));
      nothing.invite.reject(480);
      assert.equal(await refusal(nothing.call), 480);
      assert.deepEqual(nothing.told, []);
      await exchange.nothingIsLeft();
    }));

  test('a caller that left the offer to us is told 180, and hears no ringback of ours once it has answered', () =>
    withExchange({}, async (exchange, alice, bob) => {
      carrier(exchange, bob);
      bob.silent = true;
      const late = { ...caller, late: true };
      const { told, call, invite } = await dialled(exchange, alice, bob, (one) => bob.ringAloud(one), late);
      invite.progress(180);
      await until('alice to be told that it rings', () => told.includes('180'));
      await until('the ringback in the log', () =>
        exchange.store
          .callIds()
          .flatMap((id) => exchange.store.log(id))
          .some((event) => event.type === 'dataChanged' && event.data.early === false),
      );
      bob.silent = false;
      bob.pickUp(invite);
      await call;
      await until('alice to hear bob', () => alice.hears(bob.tone) > 0.05);
      const before = alice.packetsHeard;
      await until('sound after the answer', () => alice.packetsHeard > before + 120);
      assert.ok(alice.hears(440) < 0.002, 'no ringback');
      alice.hangUp();
      await exchange.nothingIsLeft();
    }));
});
