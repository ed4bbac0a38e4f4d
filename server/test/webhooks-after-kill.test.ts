import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { unifiedApiWebhooks } from '../src/api/dialects/unified-api/webhooks/webhook-projection.ts';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { SeededRandom } from '../src/base/random.ts';
import { Receiver } from '../src/push/webhooks/testing/receiver.ts';
import { Webhooks } from '../src/push/webhooks/webhooks.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { startChild } from './peers/children.ts';
import { waitFor } from './peers/wait.ts';

const source = (path: string) => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);

/** Makes calls and tells them, until it is killed; says each call only when its end is durable. */
const calling = `
  import { writeSync } from 'node:fs';
  import { systemClock } from ${source('base/clock.ts')};
  import { silentLog } from ${source('base/log.ts')};
  import { newId } from ${source('base/id.ts')};
  import { systemRandom } from ${source('base/random.ts')};
  import { openSqliteStore } from ${source('store/sqlite/sqlite-store.ts')};
  import { Webhooks } from ${source('push/webhooks/webhooks.ts')};
  import { unifiedApiWebhooks } from ${source('api/dialects/unified-api/webhooks/webhook-projection.ts')};
  const [folder, url] = process.argv.slice(1);
  const store = await openSqliteStore({ folder, clock: systemClock });
  const webhooks = new Webhooks({
    clock: systemClock, log: silentLog, random: systemRandom, store: store.webhooks, calls: store.calls,
    dialect: unifiedApiWebhooks({ numbersOf: () => null }), limits: { backOffMs: 5, mostBackOffMs: 50, timeoutMs: 500 },
  });
  await webhooks.start();
  const scope = { organizationId: 'org', extensionId: 'x100' };
  if (webhooks.subscriptions.list(scope).length === 0) {
    for (const type of [1, 4, 2]) {
      await webhooks.subscriptions.create(scope, { type, url: url + '/' + type, method: 'post', enabled: true, note: '' });
    }
  }
  const phone = (number) => ({ kind: 'extension', organizationId: 'org', extensionId: 'x' + number, number, name: '' });
  for (let worker = 0; worker < 4; worker++) (async () => {
    for (;;) {
      const callId = newId(systemRandom), [a, b] = [callId + '-a', callId + '-b'];
      const call = { organizationId: 'org', kind: 'call', conference: null, from: phone('100'), to: phone('101'), parent: null, data: {}, destination: null };
      const connection = (id, number, direction) => ({ id, legId: 'l' + id, device: phone(number), direction, role: 'participant' });
      const rest = [
        ['originated', b, { connections: [connection(b, '101', 'outgoing')] }], ['established', b, {}], ['established', a, {}],
        ['connectionCleared', a, { disposition: 'answered' }], ['connectionCleared', b, { disposition: 'answered' }], ['callCleared', null, {}],
      ];
      const events = [['originated', a, { call, connections: [connection(a, '100', 'incoming')] }], ...rest].map(
        ([type, connectionId, data], at) => ({ callId, seq: at + 1, at: Date.now(), type, connectionId, cause: 'normal', data }));
      for (const event of events) {
        await store.calls.append([event], []);
        webhooks.nudge();
      }
      writeSync(1, callId + '\\n');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
`;

/** Runs until `calls` of them are durable, then it is gone without a goodbye. */
async function callUntilKilled(folder: string, url: string, calls: number, durable: string[]): Promise<void> {
  const child = startChild(process.execPath, ['--input-type=module', '-e', calling, folder, url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let made = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    if (/^[0-9a-f]{20}$/.test(line)) durable.push(line);
    if (++made === calls) child.kill('SIGKILL');
  }
  assert.ok(made >= calls, `${made} calls before the kill`);
}

test('kill -9 while calls are made and told: every call is told wholly, in order, by whoever comes after', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-webhooks-'));
  const receiver = await Receiver.start();
  const random = new SeededRandom(9);
  const durable: string[] = [];
  try {
    for (const round of [1, 2, 3]) {
      // It fails now and then; in one round it is not there at all.
      receiver.answer = () => (random.int(4) === 0 ? 503 : 200);
      if (round === 2) await receiver.down();
      await callUntilKilled(folder, receiver.url, 40, durable);
      if (round === 2) await receiver.up();
    }
    receiver.answer = () => 200;
    const store = await openSqliteStore({ folder, clock: systemClock });
    const webhooks = new Webhooks({
      clock: systemClock,
      log: silentLog,
      random,
      store: store.webhooks,
      calls: store.calls,
      dialect: unifiedApiWebhooks({ numbersOf: () => null }),
      limits: { backOffMs: 5, mostBackOffMs: 50 },
    });
    await webhooks.start();
    const told = async () =>
      webhooks.counters().cursor === (await store.calls.lastPosition()) && (await store.webhooks.waitingCount()) === 0;
    await waitFor(told, 10_000, 'all to be told');
    assert.ok(durable.length >= 120);
    const seen = new Set<string>();
    const stories = new Map<string, string>();
    for (const { path, fields, headers } of receiver.taken) {
      const delivery = String(headers['x-partyline-delivery']);
      if (seen.has(delivery)) continue;
      seen.add(delivery);
      const callId = fields['CallID']!;
      stories.set(callId, (stories.get(callId) ?? '') + path);
    }
    for (const callId of durable) assert.equal(stories.get(callId), '/1/4/2', callId);
    await webhooks.close();
    await store.close();
  } finally {
    await receiver.down();
    rmSync(folder, { recursive: true, force: true });
  }
});
