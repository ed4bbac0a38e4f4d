import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { MemoryCallStore } from '../../call/testing/memory-store.ts';
import { SecurityEvents, type SecurityNews } from './security-events.ts';

const begun = (organizationId: string | null, data: SecurityNews['data'] = {}): SecurityNews => ({
  type: 'banBegun',
  organizationId,
  data,
});

function securityEvents() {
  const clock = new VirtualClock(1000);
  const store = new MemoryCallStore();
  const run = () => new SecurityEvents({ clock, log: silentLog, store });
  return { clock, store, events: run(), run };
}

test('each organization sees its own events and those of all, the newest first; the next run has them too', async () => {
  const { clock, events, run } = securityEvents();
  events.add(begun(null, { source: '192.0.2.7' }));
  clock.advance(1);
  events.add({ ...begun('3'), type: 'pinLockout' });
  events.add({ ...begun('4'), type: 'pinLockout' });
  clock.advance(5);
  events.add({ ...begun(null), type: 'banLifted' });
  const expected = [
    ['server', 2, 1006, 'banLifted'],
    ['3', 1, 1001, 'pinLockout'],
    ['server', 1, 1000, 'banBegun'],
  ];
  const told = async (of: SecurityEvents) =>
    (await of.of('3', 10)).map(({ stream, seq, at, type }) => [stream.id, seq, at, type]);
  assert.deepEqual(await told(events), expected);
  assert.equal((await events.of('3', 2)).length, 2);
  await events.close();
  const again = run();
  assert.deepEqual(await told(again), expected);
  clock.advance(1);
  again.add(begun('3'));
  assert.deepEqual(await told(again), [['3', 2, 1007, 'banBegun'], ...expected]);
});

test('a flood is counted, and told together; the others and other kinds are told one by one meanwhile', async () => {
  const { clock, events } = securityEvents();
  for (let at = 0; at < 5000; at++) events.add(begun('3', { at }));
  events.add({ ...begun('3'), type: 'pinLockout' });
  events.add(begun('4'));
  assert.equal((await events.of('3', 200)).length, 31);
  assert.equal((await events.of('4', 200)).length, 1);
  clock.advance(60_000);
  const [together] = await events.of('3', 200);
  assert.deepEqual(together?.data, { at: 4999, count: 4970, since: new Date(1000).toISOString() });
  events.add(begun('4'));
  await events.close();
  assert.equal(clock.pending, 0);
});

test('a store that is away costs what would have been told, and nothing else', async () => {
  const { store, events } = securityEvents();
  events.add(begun('3', { at: 1 }));
  await events.of('3', 1);
  store.beforeAppend = () => Promise.reject(new Error('away'));
  events.add(begun('3', { at: 2 }));
  await events.of('3', 1);
  store.beforeAppend = null;
  events.add(begun('3', { at: 3 }));
  assert.deepEqual(
    (await events.of('3', 10)).map(({ data }) => data),
    [{ at: 3 }, { at: 1 }],
  );
});
