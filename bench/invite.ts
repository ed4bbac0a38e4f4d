import { fork } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { silentLog } from '../server/src/base/log.ts';
import { SandboxCarrier, SandboxProcess } from '../server/src/sandbox/index.ts';
import { overTrunk, PartylineServer, testOrganization } from '../server/test/peers/partyline.ts';
import { UnifiedApi } from '../server/test/peers/unified-api.ts';
import { waitFor } from '../server/test/peers/wait.ts';
import type { Benchmark, Figure, Say } from './figure.ts';
import { httpRequest, loadHttp, percentile } from './load/http-load.ts';
import { cpuSeconds } from './process-usage.ts';

/** Rooms that cost nothing to be alone in: what is measured is the way in, not the mixing. */
const rooms = 500;
const loadExtension = {
  number: '209',
  type: 'conference',
  callerId: 'Load <209>',
  conferences: Array.from({ length: rooms }, (_, at) => ({
    number: at + 1,
    roomSize: 99,
    musicWhileAlone: false,
    announceCount: false,
    entryTone: false,
  })),
};
const fullExtension = {
  number: '208',
  type: 'conference',
  callerId: 'Full <208>',
  conferences: [{ number: 1, roomSize: 1000, musicWhileAlone: false, announceCount: false, entryTone: false }],
};

async function startServer(carrier: string): Promise<PartylineServer> {
  const [first, ...others] = testOrganization.users;
  const extensions = [...first!.extensions, loadExtension, fullExtension];
  return PartylineServer.start({
    config: {
      organizations: [{ ...testOrganization, users: [{ ...first!, extensions }, ...others] }],
      ...overTrunk(carrier, { options: 'off' }),
      // The usual range, so that ports are not what runs out.
      media: { rtpPorts: '20000-29999', processes: 1 },
      limits: { dialOutPerMinute: 1_000_000, dialOutConcurrent: 100_000, callsPerSecond: 10_000 },
    },
  });
}

function invitation(token: string, extension: string, number: number, destination: string): Buffer {
  const view = { source: [extension], destination: [destination], callerId: 'John Doe <4242425>' };
  const body = JSON.stringify({ extension, phoneCallView: [view] });
  const path = `/uapi/phoneCalls/@me/conferenceInvite?number=${number}`;
  return httpRequest('POST', path, { Authorization: `Bearer ${token}` }, body);
}

/**
 * 50 connections, each invitation answered at once by the sandbox and hung up a second later: at a steady rate, where
 * latency counts from when a request was due, or as fast as answers come.
 */
async function accepted(name: string, rate: number | undefined, say: Say): Promise<Figure[]> {
  const sandbox = await SandboxProcess.start({ log: silentLog, seed: 1 });
  try {
    return await acceptedAt(name, rate, sandbox.uri, say);
  } finally {
    await sandbox.close();
  }
}

async function acceptedAt(name: string, rate: number | undefined, carrier: string, say: Say): Promise<Figure[]> {
  const server = await startServer(carrier);
  try {
    const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
    const load = (seconds: number) => {
      const until = performance.now() + seconds * 1000;
      return loadHttp({
        port: server.httpPort,
        connections: 50,
        ...(rate === undefined ? {} : { rate }),
        request: (index) =>
          performance.now() > until ? null : invitation(api.token, '209', (index % rooms) + 1, loadNumber),
        timeoutMs: 20_000,
      });
    };
    // What is compiled in the first second is not what is measured.
    const warm = await load(2);
    const before = cpuSeconds(server.pid);
    const result = await load(10);
    const cpu = cpuSeconds(server.pid) - before;
    const ok = result.statuses.get(200) ?? 0;
    say(`${name}: ${ok} of ${result.answers} accepted in ${result.seconds.toFixed(1)} s`);
    await server.quiet(20_000);
    const lost = ok + (warm.statuses.get(200) ?? 0) - recordsWhere(server, 'answered_at is not null');
    return [
      { name: `${name}: accepted`, value: ok / result.seconds, unit: '/s', goal: { atLeast: 300 } },
      { name: `${name}: p50`, value: percentile(result.latencies, 0.5), unit: 'ms' },
      { name: `${name}: p99`, value: percentile(result.latencies, 0.99), unit: 'ms', goal: { atMost: 100 } },
      { name: `${name}: refused`, value: result.answers - ok, unit: 'requests', goal: { atMost: 0 } },
      { name: `${name}: accepted but not connected`, value: lost, unit: 'calls', goal: { atMost: 0 } },
      { name: `${name}: CPU, control process`, value: (cpu * 1000) / Math.max(1, ok), unit: 'ms/call' },
    ];
  } finally {
    await server.stop();
  }
}

/** Answers at once, says nothing, hangs up after a second: see docs/sandbox.md. */
const loadNumber = '2025550102';

/** Read from the file itself, as a restart would. */
function recordsWhere(server: PartylineServer, condition: string): number {
  const database = new DatabaseSync(join(server.folder, 'data', 'partyline.db'), { readOnly: true });
  const row = database.prepare(`select count(*) as count from call_record where ${condition}`).get();
  database.close();
  return Number(row?.['count']);
}

/**
 * The rate of GET of one live call, and that of a bare route with the same answer, measured in turns by the same
 * client.
 */
async function reading(say: Say): Promise<Figure[]> {
  const carrier = await SandboxCarrier.start({ behaviours: false });
  carrier.onCall = (call) => {
    call.answer();
    return true;
  };
  const server = await startServer(carrier.uri);
  let bare: ReturnType<typeof fork> | null = null;
  try {
    const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
    const created = await api.invite(['3235742879'], { extension: '209', source: ['209'], query: 'number=1' });
    const link: string = created.json[0].links.self;
    await api.status(link, 5);
    const { text } = await api.ask(link);
    bare = fork(fileURLToPath(new URL('./load/bare-server.ts', import.meta.url)), [
      Buffer.from(text).toString('base64'),
    ]);
    const port = await new Promise<number>((resolve) => bare!.once('message', (value) => resolve(Number(value))));
    const headers = { Authorization: `Bearer ${api.token}` };
    const get = httpRequest('GET', new URL(link).pathname, headers);
    const rate = async (at: number): Promise<number> => {
      const until = performance.now() + 2000;
      const request = () => (performance.now() > until ? null : get);
      const { answers, seconds, statuses } = await loadHttp({ port: at, connections: 50, request, timeoutMs: 10_000 });
      if ((statuses.get(200) ?? 0) !== answers) throw new Error(`answers ${[...statuses]}`);
      return answers / seconds;
    };
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const [us, them] = [await rate(server.httpPort), await rate(port)];
      // The first turn warms both up.
      if (turn === 0) continue;
      ours.push(us);
      theirs.push(them);
    }
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
    say(`${sum(ours).toFixed(0)} /s, bare ${sum(theirs).toFixed(0)} /s`);
    return [
      { name: 'GET of a live call', value: sum(ours), unit: '/s' },
      { name: 'bare Fastify route, same answer', value: sum(theirs), unit: '/s' },
      { name: 'GET against the bare route', value: (100 * sum(ours)) / sum(theirs), unit: '%', goal: { atLeast: 40 } },
    ];
  } finally {
    bare?.disconnect();
    await server.stop();
    await carrier.close();
  }
}

/** From the request, when it was due, to its INVITE at the carrier, which is in this process. */
async function toTheWire(): Promise<Figure[]> {
  const carrier = await SandboxCarrier.start({ behaviours: false });
  const server = await startServer(carrier.uri);
  try {
    const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
    const rate = 50;
    const calls = 10 * rate;
    const arrivals = new Map<string, number>();
    carrier.onCall = (call) => {
      arrivals.set(call.dialled, performance.now());
      call.busy();
      return true;
    };
    const numbers = Array.from({ length: calls }, (_, at) => String(3_235_000_000 + at));
    const begun = performance.now();
    await loadHttp({
      port: server.httpPort,
      connections: 10,
      rate,
      request: (index) => (index < calls ? invitation(api.token, '209', (index % rooms) + 1, numbers[index]!) : null),
      timeoutMs: 30_000,
    });
    await waitFor(() => arrivals.size === calls, 5000, `${calls} INVITEs, ${arrivals.size} came`);
    const delays = numbers.map((number, at) => arrivals.get(number)! - (begun + (at * 1000) / rate));
    delays.sort((a, b) => a - b);
    return [
      { name: 'request to INVITE at 50/s: p50', value: percentile(delays, 0.5), unit: 'ms' },
      { name: 'request to INVITE at 50/s: p99', value: percentile(delays, 0.99), unit: 'ms', goal: { atMost: 20 } },
    ];
  } finally {
    await server.stop();
    await carrier.close();
  }
}

/** 200 invitations ring at the same time, then all answer. */
async function inFlight(): Promise<Figure[]> {
  const carrier = await SandboxCarrier.start({ behaviours: false });
  const server = await startServer(carrier.uri);
  try {
    const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
    const wanted = 200;
    const ringing: (() => void)[] = [];
    carrier.onCall = (call) => {
      call.ring();
      ringing.push(() => call.answer());
      return true;
    };
    const numbers = Array.from({ length: wanted }, (_, at) => String(3_235_000_000 + at));
    const answers = await Promise.all(
      numbers.map((number) => api.invite([number], { extension: '208', source: ['208'], query: 'number=1' })),
    );
    const refused = answers.filter(({ status }) => status !== 200).length;
    await waitFor(() => ringing.length === wanted - refused, 10_000, 'all ringing');
    for (const answer of ringing) answer();
    const conference = await server.conferenceOf('208', '1', wanted - refused, 20_000);
    const roster = new Set(conference.connections.map(({ device }) => device.number));
    const missing = numbers.filter((number) => !roster.has(number)).length;
    return [
      { name: '200 invites in flight: connected', value: roster.size, unit: 'calls', goal: { atLeast: wanted } },
      {
        name: '200 invites in flight: wrong in the roster',
        value: missing + conference.connections.length - roster.size,
        unit: 'entries',
        goal: { atMost: 0 },
      },
    ];
  } finally {
    await server.stop();
    await carrier.close();
  }
}

export const benchmark: Benchmark = {
  name: 'invite',
  about:
    'conferenceInvite over HTTP with the sandbox carrier: rate, latency to the wire, reading a live call, 200 at once',
  parts: {
    steady: (say) => accepted('conferenceInvite, 400/s', 400, say),
    'flat-out': (say) => accepted('conferenceInvite, 50 connections flat out', undefined, say),
    reading,
    wire: toTheWire,
    'in-flight': inFlight,
  },
};
