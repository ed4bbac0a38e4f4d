import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** Appends to many calls at once and says each number only when it is durable: `<call> <seq>`. */
const appending = `
  import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)};
  import { eventOf, recordOf } from ${JSON.stringify(new URL('../testing/contract-places.ts', import.meta.url).href)};
  import { systemClock } from ${JSON.stringify(new URL('../../base/clock.ts', import.meta.url).href)};
  import { writeSync } from 'node:fs';
  const store = await openSqliteStore({ folder: process.argv[1], clock: systemClock });
  for (let call = 0; call < 50; call++) {
    (async () => {
      for (let seq = 1; ; seq++) {
        await store.calls.append([eventOf('c' + call, seq)], [recordOf('r' + call + '-' + seq, 'c' + call)]);
        writeSync(1, 'c' + call + ' ' + seq + '\\n');
      }
    })();
  }
`;

test('kill -9 while appending: all that was acknowledged is there, without a gap', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-kill-'));
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', appending, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const acknowledged = new Map<string, number>();
    let lines = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [call = '', seq = ''] = line.split(' ');
      // The last line may have been cut by the kill.
      if (/^c\d+ \d+$/.test(line)) acknowledged.set(call, Math.max(acknowledged.get(call) ?? 0, Number(seq)));
      if (++lines === 1000) child.kill('SIGKILL');
    }
    assert.ok(lines >= 1000, `${lines} acknowledged before the kill`);
    const store = await openSqliteStore({ folder, clock: new VirtualClock() });
    const open = new Map((await store.calls.openCalls()).map((call) => [call.callId, call]));
    for (const [callId, last] of acknowledged) {
      const call = open.get(callId);
      assert.ok(call !== undefined && call.lastSeq >= last, `${callId}: ${last} acknowledged, ${call?.lastSeq} stored`);
      assert.deepEqual(
        call.events.map((event) => event.seq),
        Array.from({ length: call.lastSeq }, (_, at) => at + 1),
        callId,
      );
      const records = await store.calls.records({ callId, limit: 1000 });
      assert.equal(records.length, call.lastSeq, `${callId}: a record beside every event`);
    }
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
