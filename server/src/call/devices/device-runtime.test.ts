import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../base/app-error.ts';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { MemoryCallStore } from '../testing/memory-store.ts';
import { type AgentState, type AgentStateName, agentStates, settle, untouched } from './agent-device.ts';
import type { DeviceEvent } from './device-events.ts';
import { DeviceRuntime } from './device-runtime.ts';

const phone = { organizationId: '3', extensionId: 'x15000' };

function started(store = new MemoryCallStore(), clock = new VirtualClock()) {
  const devices = new DeviceRuntime({ clock, log: silentLog, store });
  const told: DeviceEvent[] = [];
  devices.on('event', (event) => void told.push(event));
  return { devices, told, store, clock };
}

const refusedWith = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

test('an agent logs on, works in every state, and logs off; every pair of states is decided', () => {
  const device = (state: AgentStateName, reason: string | null = null) => ({
    ...untouched(phone),
    agentState: { state, reason } satisfies AgentState,
  });
  for (const from of agentStates) {
    for (const to of agentStates) {
      const change = () => settle(device(from), { set: 'agentState', state: to }).map(({ type }) => type);
      if (from === to || (to === 'loggedOn' && from !== 'loggedOff')) assert.deepEqual(change(), [], `${from} ${to}`);
      else if (from === 'loggedOff' && to !== 'loggedOn') assert.throws(change, refusedWith('invalidState'));
      else assert.deepEqual(change(), [`agent${to[0]!.toUpperCase()}${to.slice(1)}`], `${from} ${to}`);
    }
  }
  const aux = settle(device('notReady'), { set: 'agentState', state: 'notReady', reason: 'lunch' });
  assert.deepEqual(aux[0]?.device.agentState, { state: 'notReady', reason: 'lunch' });
  const tooLong = { set: 'agentState', state: 'notReady', reason: 'x'.repeat(65) } as const;
  assert.throws(() => settle(device('ready'), tooLong), refusedWith('invalidArgument'));
});

test('who logs off supervises nobody any more', () => {
  const monitoring = { mode: 'listen', calls: 'all', scope: 'call', target: 'x15001' } as const;
  const on = { ...untouched(phone), agentState: { state: 'ready', reason: null }, monitoring } as const;
  const changes = settle(on, { set: 'agentState', state: 'loggedOff' });
  assert.deepEqual(
    changes.map(({ type, device }) => [type, device.monitoring, device.agentState.state]),
    [
      ['monitoring', null, 'ready'],
      ['agentLoggedOff', null, 'loggedOff'],
    ],
  );
  const own = { set: 'monitoring', monitoring: { ...monitoring, target: phone.extensionId } } as const;
  assert.throws(() => settle(untouched(phone), own), refusedWith('invalidArgument'));
});

test('what is set is in the log before it holds, told once, and still there after a restart', async () => {
  const { devices, told, store, clock } = started();
  assert.equal(devices.get('x15000'), null);
  assert.deepEqual(devices.of(phone), untouched(phone));
  await devices.do({ ...phone, set: 'doNotDisturb', on: true });
  await clock.advance(5);
  await devices.do({ ...phone, set: 'forwarding', to: '15002' });
  await devices.do({ ...phone, set: 'forwarding', to: '15002' });
  await devices.do({ ...phone, set: 'agentState', state: 'loggedOn' });
  const last = await devices.do({ ...phone, set: 'agentState', state: 'notReady', reason: 'AuxWork' });
  assert.deepEqual(
    told.map(({ type, seq }) => `${seq} ${type}`),
    ['1 doNotDisturb', '2 forwarding', '3 agentLoggedOn', '4 agentNotReady'],
  );
  assert.deepEqual(await store.streamEvents({ kind: 'device', id: 'x15000' }), told);
  assert.deepEqual(devices.get('x15000'), last);
  const again = started(store, clock);
  assert.equal(await again.devices.recover(), 1);
  assert.deepEqual(again.devices.get('x15000'), last);
  assert.deepEqual([...again.devices.all()], [last]);
  await again.devices.do({ ...phone, set: 'forwarding', to: null });
  assert.equal((await store.streamEvents({ kind: 'device', id: 'x15000' })).at(-1)?.seq, 5);
});

test('changes of one device that race are made one after the other; one that is refused harms no other', async () => {
  const { devices, told } = started();
  const done = await Promise.allSettled([
    devices.do({ ...phone, set: 'agentState', state: 'loggedOn' }),
    devices.do({ ...phone, set: 'forwarding', to: 'not a number' }),
    devices.do({ ...phone, set: 'agentState', state: 'ready' }),
    devices.do({ organizationId: '3', extensionId: 'x15001', set: 'agentState', state: 'ready' }),
  ]);
  assert.deepEqual(
    done.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
  );
  assert.deepEqual(
    told.map(({ type }) => type),
    ['agentLoggedOn', 'agentReady'],
  );
  const flood = Array.from({ length: 80 }, (_, at) => devices.do({ ...phone, set: 'doNotDisturb', on: at % 2 === 0 }));
  const refused = (await Promise.allSettled(flood)).filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 16);
});

test('of an extension that is gone nothing is set any more, nor is anybody called into its calls', async () => {
  const { devices, told, store, clock } = started();
  const other = { organizationId: '3', extensionId: 'x15001' };
  for (const one of [phone, other]) {
    await devices.do({ ...one, set: 'agentState', state: 'loggedOn' });
    await devices.do({ ...one, set: 'agentState', state: 'notReady', reason: 'lunch' });
    await devices.do({ ...one, set: 'doNotDisturb', on: true });
    await devices.do({ ...one, set: 'forwarding', to: '15002' });
  }
  const monitoring = { mode: 'listen', calls: 'all', scope: 'call' } as const;
  await devices.do({ ...phone, set: 'monitoring', monitoring: { ...monitoring, target: 'x15003' } });
  await devices.do({ ...other, set: 'monitoring', monitoring: { ...monitoring, target: phone.extensionId } });
  const before = devices.of(other);
  await devices.forget((extensionId) => extensionId === phone.extensionId);
  assert.deepEqual(devices.of(phone), untouched(phone));
  assert.deepEqual(devices.of(other), { ...before, monitoring: null });
  const again = started(store, clock);
  await again.devices.recover();
  assert.deepEqual(again.devices.of(phone), untouched(phone), 'nor after a restart');
  const events = told.length;
  await devices.forget((extensionId) => extensionId === phone.extensionId);
  assert.equal(told.length, events, 'once');
});

test('what cannot be stored changes nothing and is told to nobody', async () => {
  const { devices, told, store } = started();
  store.beforeAppend = async () => {
    throw new Error('disk full');
  };
  await assert.rejects(devices.do({ ...phone, set: 'doNotDisturb', on: true }), refusedWith('unavailable'));
  assert.deepEqual([devices.get('x15000'), told], [null, []]);
  store.beforeAppend = null;
  await devices.do({ ...phone, set: 'doNotDisturb', on: true });
  assert.equal(told[0]?.seq, 1);
});
