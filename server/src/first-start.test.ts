import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from './base/clock.ts';
import { silentLog } from './base/log.ts';
import { SeededRandom } from './base/random.ts';
import { parseConfig } from './config/load-config.ts';
import { PasswordHasher } from './directory/password.ts';
import { openDirectory } from './first-start.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/** JSON is YAML. */
function fileOf(users: number): string {
  const one = (id: number) => ({ id, extensions: [{ number: String(20_000 + id), type: 'terminal' }] });
  const all = Array.from({ length: users }, (_, at) => one(at + 1));
  const organization = { id: 3, name: 'Large', prefix: '0003', users: all };
  const trunks = [{ name: 'carrier', uri: 'sip:192.0.2.1' }];
  const dialPlan = [{ match: '^[0-9]+$', trunk: 'carrier' }];
  return JSON.stringify({ organizations: [organization], trunks, dialPlan });
}

test('a file that names more than the store takes at once is applied all the same, and again', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-large-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const random = new SeededRandom(1);
  const config = parseConfig('partyline.yaml', fileOf(3500), folder, 1);
  for (const start of ['first', 'second']) {
    const store = await openSqliteStore({ folder, clock: systemClock, maxWaiting: 6000 });
    try {
      const hasher = new PasswordHasher({ random });
      const opened = await openDirectory({ config, store, clock: systemClock, random, log: silentLog, hasher });
      const { records } = opened.directory;
      assert.deepEqual([[...records.all('user')].length, [...records.all('extension')].length], [3500, 3500], start);
      assert.equal(records.keptDialPlan.length, 1);
      // 500 in each event, and trunk and dial plan: told once.
      const ends = await store.calls.streams('directory');
      assert.deepEqual(
        ends.map(({ id, lastSeq }) => [id, lastSeq]),
        [
          ['3', 15],
          ['server', 2],
        ],
        start,
      );
    } finally {
      await store.close();
    }
  }
});
