import { statSync } from 'node:fs';
import { join } from 'node:path';
import { administrator, PartylineServer } from '../server/test/peers/partyline.ts';
import { UnifiedApi } from '../server/test/peers/unified-api.ts';
import type { Benchmark, Figure } from './figure.ts';
import { fillCallLog } from './load/call-log.ts';
import { httpRequest, loadHttp, percentile } from './load/http-load.ts';
import { OptionsProbe } from './load/options-probe.ts';
import { residentMb } from './process-usage.ts';

const calls = 1_000_000;
const atOnce = 100;
const everything = 'startDate=2000-01-01';

/** One call detail record list for each way in which it can be asked for, by a user and for the organization. */
const recordLists = ['', '/@me'].flatMap((path) =>
  [
    'count=1',
    `count=1&${everything}`,
    everything,
    `${everything}&sortOrder=desc`,
    `${everything}&startIndex=5000&count=100`,
    `${everything}&sortOrder=descending&startIndex=4990`,
    `${everything}&disposition=1`,
    `${everything}&disposition=5`,
    `${everything}&flow=8&disposition=0`,
    `${everything}&source=101&destination=2025550110`,
    `${everything}&destination=%2B12025550110`,
    `${everything}&filterBy=destination&filterOp=equals&filterValue=2025550110`,
    `${everything}&filterBy=destination&filterOp=inArray&filterValue=2025550110,2025550111`,
    `${everything}&filterBy=published&filterOp=lessThan&filterValue=2026-01-01`,
    `${everything}&count=1000&fields=id,published`,
  ].map((query) => `/uapi/cdr${path}?${query}`),
);
/** What has to look at each call one by one. */
const scans = [
  `/uapi/cdr?${everything}&source=0003*200`,
  `/uapi/cdr?${everything}&filterBy=destination&filterOp=contains&filterValue=777`,
  `/uapi/cdr?${everything}&filterBy=answered&filterOp=present`,
  `/uapi/cdr/@me?${everything}&filterBy=destination&filterOp=inArray&filterValue=2025550110,0003*113`,
  `/uapi/cdr/@me?${everything}&filterBy=source&filterOp=startsWith&filterValue=0003*10`,
];
const others = [
  '/uapi/cdr/stats?startDate=2000-01-01',
  '/uapi/phoneCalls/@me/@self?count=5000',
  '/uapi/phoneCalls/@me/200?filterBy=published&filterOp=greaterThan&filterValue=2020-01-01',
  '/uapi/extensions/@me/@self/presence?count=5000&sortOrder=desc',
  '/uapi/extensions/@me/200/phoneCallEvents',
];
const administration = [
  '/admin/v1/calls',
  '/admin/v1/calls?recent=1',
  '/admin/v1/calls?recent=1&limit=200&before=500000',
  '/admin/v1/records?limit=500',
  '/admin/v1/records?offset=10000',
  `/admin/v1/records?callId=c${'0'.repeat(18)}7`,
  '/admin/v1/recordings?limit=200',
  '/admin/v1/recordings?before=50000',
];

export const benchmark: Benchmark = {
  name: 'lists',
  about: 'every list over a log of a million calls: one by one, and a hundred at once while OPTIONS are asked',
  async run(say) {
    const server = await PartylineServer.start();
    try {
      await fill(server, say);
      return await measure(server, say);
    } finally {
      await server.stop();
    }
  },
};

async function fill(server: PartylineServer, say: (line: string) => void): Promise<void> {
  server.signal('SIGTERM');
  await server.exit(10_000);
  const file = join(server.folder, 'data', 'partyline.db');
  const begin = performance.now();
  fillCallLog(file, calls, Date.now());
  say(
    `${calls} calls in ${((performance.now() - begin) / 1000).toFixed(0)} s, ${(statSync(file).size / 1e6).toFixed(0)} MB`,
  );
  await server.restart();
}

async function measure(server: PartylineServer, say: (line: string) => void): Promise<Figure[]> {
  const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
  const user = { Authorization: `Bearer ${api.token}` };
  const { login, password } = administrator;
  const admin = { Authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` };
  const requests = (paths: readonly string[]) =>
    paths.map((path) => ({ path, bytes: httpRequest('GET', path, path.startsWith('/admin') ? admin : user) }));
  const quick = requests([...recordLists, ...others, ...administration]);
  const slow = requests(scans);

  const idle = residentMb(server.pid);
  const alone = async (list: { path: string; bytes: Buffer }): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 3; round++) {
      const once = await loadHttp({
        port: server.httpPort,
        connections: 1,
        request: (index) => (index === 0 ? list.bytes : null),
        timeoutMs: 20_000,
      });
      const [status] = once.statuses.keys();
      // Refused after its 3 s, by a machine that is too slow for it.
      if (status === 503) return once.latencies[0] ?? 0;
      if (status !== 200) throw new Error(`${list.path}: ${status}`);
      times.push(once.latencies[0] ?? 0);
    }
    const best = Math.min(...times);
    say(`${best.toFixed(1).padStart(8)} ms  ${list.path}`);
    return best;
  };
  const quickest: number[] = [];
  for (const list of quick) quickest.push(await alone(list));
  const looking: number[] = [];
  for (const list of slow) looking.push(await alone(list));
  const together = async (name: string, lists: readonly { bytes: Buffer }[], seconds: number): Promise<Figure[]> => {
    const probe = new OptionsProbe(server.sipPort);
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, residentMb(server.pid))), 100);
    const until = performance.now() + seconds * 1000;
    const result = await loadHttp({
      port: server.httpPort,
      connections: atOnce,
      request: (index) => (performance.now() > until ? null : lists[index % lists.length]!.bytes),
      timeoutMs: 60_000,
    });
    clearInterval(watch);
    probe.close();
    const options = probe.latencies.toSorted((a, b) => a - b);
    const served = result.statuses.get(200) ?? 0;
    say(`${name}: ${JSON.stringify([...result.statuses])}, OPTIONS ${options.length} answered, ${probe.open} open`);
    return [
      { name: `${name}: answered`, value: served / result.seconds, unit: '/s' },
      { name: `${name}: refused`, value: result.answers - served, unit: 'requests' },
      { name: `${name}: p50`, value: percentile(result.latencies, 0.5), unit: 'ms' },
      { name: `${name}: p99`, value: percentile(result.latencies, 0.99), unit: 'ms' },
      { name: `${name}: OPTIONS p50`, value: percentile(options, 0.5), unit: 'ms' },
      { name: `${name}: OPTIONS p99`, value: percentile(options, 0.99), unit: 'ms', goal: { atMost: 50 } },
      { name: `${name}: OPTIONS slowest`, value: options.at(-1) ?? 0, unit: 'ms' },
      { name: `${name}: OPTIONS not answered`, value: probe.open, unit: 'requests', goal: { atMost: 1 } },
      { name: `${name}: memory of the process, peak`, value: peak, unit: 'MB', goal: { atMost: 400 } },
    ];
  };
  const large = requests([
    `/uapi/cdr?${everything}&count=5000`,
    `/uapi/cdr/@me?${everything}&count=5000&sortOrder=desc`,
  ]);
  return [
    { name: 'slowest list alone', value: Math.max(...quickest), unit: 'ms', goal: { atMost: 100 } },
    {
      name: 'slowest list alone that looks at each call',
      value: Math.max(...looking),
      unit: 'ms',
      goal: { atMost: 3000 },
    },
    { name: 'memory of the process before', value: idle, unit: 'MB' },
    ...(await together('100 lists at once', quick, 15)),
    ...(await together('100 lists of 5000 at once', large, 5)),
    ...(await together('100 lists at once that look at each call', slow, 5)),
  ];
}
