import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { DeviceSetting } from '../../call/devices/agent-device.ts';
import { DeviceRuntime } from '../../call/devices/device-runtime.ts';
import type { DialOut } from '../../call/ports.ts';
import { MemoryCallStore } from '../../call/testing/memory-store.ts';
import { trunkTo } from '../../directory/records.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';
import { domain, password, refusal, until, withExchange } from '../testing/virtual-exchange.ts';

const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };

/** What is set for the phone 15001. */
async function devicesWith(setting: DeviceSetting): Promise<DeviceRuntime> {
  const devices = new DeviceRuntime({ clock: systemClock, log: silentLog, store: new MemoryCallStore() });
  await devices.do({ organizationId: '3', extensionId: '15001', ...setting });
  return devices;
}

describe('what is set for a phone holds for those who call it', { concurrency: true }, () => {
  test('not to be disturbed: 486, and nothing is sent to it, until it may be again', async () => {
    const devices = await devicesWith({ set: 'doNotDisturb', on: true });
    await withExchange({ devices }, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      let calls = 0;
      bob.onCall = (invite) => {
        calls++;
        bob.pickUp(invite);
      };
      assert.equal(await refusal(alice.call(exchange.sip, '15001', caller)), 486);
      assert.equal(calls, 0);
      await devices.do({ organizationId: '3', extensionId: '15001', set: 'doNotDisturb', on: false });
      await alice.call(exchange.sip, '15001', caller);
      await until('bob to be heard', () => alice.hears(bob.tone) > 0.05);
      alice.hangUp();
      await exchange.nothingIsLeft();
    });
  });

  test('forwarded to a number: it is dialled over the trunk within the budget, and nobody else', async () => {
    const devices = await devicesWith({ set: 'forwarding', to: '0700123' });
    const taken: DialOut[] = [];
    let spent = false;
    const budget = {
      windowMs: 60_000,
      remember() {},
      release() {},
      take(dial: DialOut) {
        if (spent) throw new AppError('limitExceeded', 'no more');
        taken.push(dial);
      },
    };
    await withExchange({ devices, budget }, async (exchange, alice, bob, carol) => {
      exchange.directory.trunks.push(trunkTo('carrier', `sip:127.0.0.1:${carol.sip.port}`, { optionsMs: null }));
      exchange.register(bob, '15001');
      bob.onCall = () => assert.fail('it rings');
      let told: IncomingInvite['request'] | null = null as IncomingInvite['request'] | null;
      carol.onCall = (invite) => {
        told = invite.request;
        carol.pickUp(invite);
      };
      const statuses: number[] = [];
      await alice.call(exchange.sip, '15001', caller, undefined, (status) => statuses.push(status));
      await until('carol to be heard', () => alice.hears(carol.tone) > 0.05);
      assert.deepEqual(
        taken.map(({ target }) => [target.trunk, target.number]),
        [['carrier', '700123']],
      );
      assert.ok(exchange.logOf('call').includes('diverted normal'));
      assert.deepEqual(statuses.slice(0, 1), [181]);
      const by = `"Shown 15001" <sip:15001@${domain}>`;
      assert.deepEqual(told?.headers.getAll('Diversion'), [`${by};reason=unconditional;counter=1;privacy=off`]);
      const last = `<sip:700123@127.0.0.1:${carol.sip.port};cause=302>;index=1.1;mp=1`;
      assert.deepEqual(told?.headers.getAll('History-Info'), [`${by};index=1`, last]);
      alice.hangUp();
      await exchange.nothingIsLeft();
      spent = true;
      assert.ok((await refusal(alice.call(exchange.sip, '15001', caller))) >= 400);
      assert.equal(taken.length, 1);
      await exchange.nothingIsLeft();
    });
  });

  test('forwarded to itself by way of another, or to where nobody is: 480', async () => {
    const devices = await devicesWith({ set: 'forwarding', to: '15000' });
    await devices.do({ organizationId: '3', extensionId: '15000', set: 'forwarding', to: '15001' });
    await withExchange({ devices }, async (exchange, alice, bob) => {
      exchange.register(bob, '15001');
      bob.onCall = () => assert.fail('it rings');
      assert.equal(await refusal(alice.call(exchange.sip, '15001', caller)), 480);
      await devices.do({ organizationId: '3', extensionId: '15001', set: 'forwarding', to: '900' });
      assert.equal(await refusal(alice.call(exchange.sip, '15001', caller)), 480);
      await exchange.nothingIsLeft();
    });
  });
});
