/**
 * Writes `schema-<number>.sql`: a data folder as this version leaves it when it is killed, for later versions to open
 * in old-data-folder.test.ts. Run once after a migration was added; what is there already stays as it is.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SeededRandom } from '../../src/base/random.ts';
import { isOfCall } from '../../src/call/model/event-log.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { dump, dumpsFolder, nowhere } from './dump.ts';
import { someCalls, subscribed, types } from './scene.ts';

const { fixture, ids, read } = await someCalls();
const folder = mkdtempSync(join(tmpdir(), 'partyline-dump-'));
try {
  const store = await openSqliteStore({ folder, clock: fixture.clock, random: new SeededRandom(1) });
  const records = fixture.store.allRecords();
  const feed = await fixture.store.feed({ after: 0, limit: 1000 });
  for (const entries of Map.groupBy(feed, ({ step }) => step).values()) {
    const events = entries.map(({ event }) => event);
    const ended = new Set(
      events.map((event) => (isOfCall(event) && event.type === 'connectionCleared' ? event.connectionId : null)),
    );
    await store.calls.append(
      events,
      records.filter(({ connectionId }) => ended.has(connectionId)),
    );
  }
  let number = 0;
  for (const extensionId of subscribed) {
    for (const type of types) {
      number += 1;
      await store.webhooks.saveSubscription({
        id: `s${number}`,
        organizationId: 'org',
        extensionId,
        appKey: null,
        type,
        url: nowhere,
        method: 'get',
        enabled: true,
        note: '',
        since: 0,
        createdAt: 1,
        modifiedAt: 1,
      });
    }
  }
  const step = { step: read, place: 3 };
  const delivery = { lane: `org ${nowhere}`, subscriptionId: 's1', orderKey: 'waiting', type: null, number: step };
  await store.webhooks.enqueue([{ ...delivery, at: 1_800_000_000_000, fields: 'CallID=waiting' }], read);
  await store.close();
  const file = join(folder, 'partyline.db');
  const database = new DatabaseSync(file, { readOnly: true });
  const schema = database.prepare('select max(number) as newest from migration').get()?.['newest'];
  database.close();
  const to = join(dumpsFolder, `schema-${schema}.sql`);
  if (existsSync(to)) throw new Error(`${to} is there already, and never changes`);
  writeFileSync(to, dump(file, { ids, read, events: feed.length, waiting: `${step.step}-${step.place}` }));
  process.stdout.write(`${to}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
