import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { webServicesNotices } from '../server/src/api/dialects/web-services/notifications/dialect.ts';
import { officeDirectory } from '../server/src/api/dialects/web-services/notifications/testing/notified-office.ts';
import { systemClock } from '../server/src/base/clock.ts';
import { silentLog } from '../server/src/base/log.ts';
import { systemRandom } from '../server/src/base/random.ts';
import type { LogStep } from '../server/src/call/model/event-log.ts';
import type { CallEvent } from '../server/src/call/model/events.ts';
import { LiveNotifications } from '../server/src/push/live/live-notifications.ts';
import { openSqliteStore } from '../server/src/store/sqlite/sqlite-store.ts';
import type { Store } from '../server/src/store/store.ts';
import type { Benchmark, Figure } from './figure.ts';

const calls = 20_000;
/** Dialled, answered, held, retrieved, over. */
const toldPerCall = 5;

export const benchmark: Benchmark = {
  name: 'replay',
  about: 'a day of 100 000 notifications told again to one client, while the rest of the process goes on',
  parts: {
    async day(say) {
      const folder = mkdtempSync(join(tmpdir(), 'partyline-bench-'));
      const store = await openSqliteStore({ folder, clock: systemClock });
      try {
        await fill(store);
        say(`${calls} calls of one agent are in the log`);
        return await replayed(store, say);
      } finally {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
};

async function replayed(store: Store, say: (line: string) => void): Promise<Figure[]> {
  const directory = await officeDirectory();
  const notifications = new LiveNotifications({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    store: store.calls,
    dialect: webServicesNotices({ directory, registered: () => true }),
    userOf: (extensionId) => directory.extensionById(extensionId),
  });
  await notifications.wake();
  const owner = { user: { organizationId: '1', userId: 1 }, base: 'http://127.0.0.1:8080/api/v2' };
  let told = 0;
  const before = process.memoryUsage().rss;
  let most = before;
  let latest = 0;
  let at = performance.now();
  const ticking = setInterval(() => {
    const now = performance.now();
    latest = Math.max(latest, now - at - 5);
    at = now;
    most = Math.max(most, process.memoryUsage().rss);
  }, 5);
  const begin = performance.now();
  const cpuBefore = process.cpuUsage();
  const all = Promise.withResolvers<void>();
  const sink = {
    backlog: 0,
    end() {},
    write(text: string) {
      for (let found = text.indexOf('id: '); found >= 0; found = text.indexOf('\nid: ', found + 1)) told += 1;
      if (told >= calls * toldPerCall) all.resolve();
    },
  };
  const end = notifications.streams.open(owner, '/v2/**', sink, { lastMs: 86_400_000 });
  await all.promise;
  const seconds = (performance.now() - begin) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  end();
  await notifications.close();
  // Until here: the timers of the server keep no process alive.
  clearInterval(ticking);
  say(`${told} notifications in ${seconds.toFixed(1)} s`);
  return [
    { name: 'replay to one client', value: told / seconds, unit: 'notifications/s', goal: { atLeast: 20_000 } },
    { name: 'replay: CPU', value: (cpu.user + cpu.system) / told, unit: 'µs/notification' },
    { name: 'replay: the process held up at most', value: latest, unit: 'ms' },
    { name: 'replay: memory taken meanwhile', value: (most - before) / 1024 / 1024, unit: 'MB' },
  ];
}

async function fill(store: Store): Promise<void> {
  const phone = (number: string) =>
    ({ kind: 'extension', organizationId: '1', extensionId: `1-${number}`, number, name: '' }) as const;
  const connection = (id: string, number: string, direction: string) => ({
    id,
    legId: `l${id}`,
    device: phone(number),
    direction,
    role: 'participant',
  });
  const now = Date.now() - 80_000_000;
  for (let first = 0; first < calls; first += 200) {
    const steps: LogStep[] = [];
    for (let number = first; number < first + 200; number++) {
      const callId = number.toString(16).padStart(20, '0');
      const [a, b] = [`a${callId.slice(1)}`, `b${callId.slice(1)}`];
      const call = {
        organizationId: '1',
        kind: 'call',
        conference: null,
        from: phone('15000'),
        to: phone('15001'),
        parent: null,
        data: {},
        destination: null,
      };
      const story: [string, string | null, object][][] = [
        [
          ['originated', a, { call, connections: [connection(a, '15000', 'incoming')] }],
          ['originated', b, { connections: [connection(b, '15001', 'outgoing')] }],
        ],
        [
          ['established', b, {}],
          ['established', a, {}],
        ],
        [['held', a, {}]],
        [['retrieved', a, {}]],
        [
          ['connectionCleared', a, { disposition: 'answered' }],
          ['connectionCleared', b, { disposition: 'answered' }],
          ['callCleared', null, {}],
        ],
      ];
      let seq = 0;
      for (const [place, events] of story.entries()) {
        steps.push({
          records: [],
          events: events.map(([type, connectionId, data]) => {
            seq += 1;
            const at = now + number * 4 + place;
            return { callId, seq, at, type, connectionId, cause: 'normal', data } as CallEvent;
          }),
        });
      }
    }
    await store.calls.appendSteps(steps);
  }
}
