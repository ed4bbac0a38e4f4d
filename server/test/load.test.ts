import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from './peers/installed.ts';
import { type EventShown, PartylineServer } from './peers/partyline.ts';
import { runSipp } from './peers/sipp.ts';
import { waitFor } from './peers/wait.ts';

/** SIPp against the whole product: many short calls into a conference without PIN, and what is left of them. */

const skip = needs('sipp');
/** The From of SIPp's own scenarios is a guest, and guests may dial conferences. */
const service = '201*1';

test('200 calls at 50 a second, none fails, and nothing is left', { skip }, async () => {
  const server = await PartylineServer.start();
  try {
    const target = { address: '127.0.0.1', port: server.sipPort };
    const result = await runSipp({ scenario: 'uac', target, calls: 200, rate: 50, service, args: ['-d', '300'] });
    assert.deepEqual([result.code, result.ok, result.failed], [0, 200, 0], result.log);
    await server.quiet();
    for (const name of ['sip_dialogs', 'calls', 'legs', 'rooms', 'store_queue']) {
      // The media processes report every five seconds.
      await waitFor(async () => (await server.metric(name)) === 0, 7000, `${name} 0`);
    }
    const { records } = await server.get<{ records: { disposition: string }[] }>('/admin/v1/records?limit=500');
    assert.equal(records.length, 200);
    assert.ok(records.every((record) => record.disposition === 'answered'));
  } finally {
    await server.stop();
  }
});

test('kill -9 of the control process under load: every log is whole after the restart', { skip }, async () => {
  const server = await PartylineServer.start();
  try {
    const target = { address: '127.0.0.1', port: server.sipPort };
    const enough = new AbortController();
    const load = runSipp({
      scenario: 'uac',
      target,
      calls: 300,
      rate: 60,
      service,
      signal: enough.signal,
      args: ['-d', '1500'],
    });
    // Of what has happened in it: how many are in it at once is the machine's doing.
    await waitFor(async () => ((await server.calls())[0]?.lastSeq ?? 0) > 150, 5000, 'calls');
    const [running] = await server.calls();
    const acknowledged = await server.events(running!.id);
    await server.kill9();
    await server.restart();

    const ended = await server.endedCalls();
    assert.ok(ended.some((call) => call.id === running!.id));
    for (const { id } of ended) assertWhole(await server.events(id));
    const events = await server.events(running!.id);
    assert.deepEqual(events.slice(0, acknowledged.length), acknowledged);
    const gone = events.filter((event) => event.type === 'connectionCleared').length;
    const { records } = await server.get<{ records: unknown[] }>(`/admin/v1/records?callId=${running!.id}&limit=500`);
    assert.equal(records.length, gone, 'one record for each connection that ended');
    enough.abort();
    await load;
  } finally {
    await server.stop();
  }
});

function assertWhole(events: readonly EventShown[]): void {
  assert.deepEqual(
    events.map((event) => event.seq),
    events.map((_, at) => at + 1),
  );
  assert.equal(events[0]?.type, 'originated');
  assert.equal(events.at(-1)?.type, 'callCleared');
}
