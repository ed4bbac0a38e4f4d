import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { PartylineServer, testOrganization } from '../server/test/peers/partyline.ts';
import { runSipp, type SippResult } from '../server/test/peers/sipp.ts';
import type { Benchmark, Figure, Part, Say } from './figure.ts';
import { childrenOf, cpuSeconds, openFiles, residentMb } from './process-usage.ts';

/**
 * A conference that is entered at once: a call is answered, logged, recorded and in a room, with nothing to be said.
 */
const quietConference = {
  number: '209',
  type: 'conference',
  callerId: 'Load <209>',
  conferences: [
    { number: 1, name: 'Load', roomSize: 4000, musicWhileAlone: false, announceCount: false, entryTone: false },
  ],
};

/** As many ports and as warm as by default: how many calls of one stranger may be begun follows from the ports. */
function startServer(rtpPorts = '20000-29999', retention: Record<string, string> = {}): Promise<PartylineServer> {
  const [first, ...others] = testOrganization.users;
  const users = [{ ...first!, extensions: [...first!.extensions, quietConference] }, ...others];
  return PartylineServer.start({
    config: {
      organizations: [{ ...testOrganization, users }],
      limits: { callsPerSecond: 10_000 },
      media: { rtpPorts, warmUp: true },
      retention,
    },
  });
}

interface Load {
  readonly rate: number;
  readonly seconds: number;
  readonly loss?: number;
}

async function call(server: PartylineServer, { rate, seconds, loss = 0 }: Load): Promise<SippResult> {
  return runSipp({
    scenario: 'uac',
    target: { address: '127.0.0.1', port: server.sipPort },
    service: '209*1',
    calls: rate * seconds,
    rate,
    timeoutMs: (seconds + 40) * 1000,
    args: ['-buff_size', '4194304', ...(loss > 0 ? ['-lost', String(loss)] : [])],
  });
}

function usage(server: PartylineServer): { control: number; media: number } {
  return {
    control: cpuSeconds(server.pid),
    media: childrenOf(server.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0),
  };
}

async function steady(server: PartylineServer): Promise<Figure[]> {
  const load = { rate: 500, seconds: 30 };
  const memory = () => [server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + residentMb(pid), 0);
  const files = () => [server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + openFiles(pid), 0);
  const [memoryBefore, filesBefore, cpuBefore] = [memory(), files(), usage(server)];
  const result = await call(server, load);
  const cpuAfter = usage(server);
  const calls = load.rate * load.seconds;
  await pause(40_000);
  const moreFiles = files() - filesBefore; // Before asking for the metrics opens connections.
  const left = ['calls', 'legs', 'rooms', 'sip_transactions', 'sip_dialogs'];
  const counts = await Promise.all(left.map((name) => server.metric(name)));
  const records = recordsOnDisk(server);
  return [
    { name: '500 calls/s for 30 s: failed', value: calls - result.ok, unit: 'calls', goal: { atMost: 0 } },
    { name: '500 calls/s: retransmissions by the caller', value: result.retransmissions, unit: 'messages' },
    {
      name: '500 calls/s: CPU, control process',
      value: ms(cpuBefore.control, cpuAfter.control, calls),
      unit: 'ms/call',
    },
    { name: '500 calls/s: CPU, media process', value: ms(cpuBefore.media, cpuAfter.media, calls), unit: 'ms/call' },
    { name: '500 calls/s: call records on disk', value: records, unit: 'records', goal: { atLeast: calls } },
    ...left.map((name, i) => ({ name: `40 s later: ${name}`, value: counts[i]!, unit: '', goal: { atMost: 0 } })),
    { name: '40 s later: more open files', value: moreFiles, unit: '', goal: { atMost: 0 } },
    { name: '40 s later: memory against the start', value: memory() / memoryBefore, unit: 'x', goal: { atMost: 1.2 } },
    { name: '40 s later: memory', value: memory(), unit: 'MB' },
  ];
}

/** Read from the file itself, as a restart would. */
function recordsOnDisk(server: PartylineServer): number {
  const database = new DatabaseSync(join(server.folder, 'data', 'partyline.db'), { readOnly: true });
  const row = database.prepare('select count(*) as count from call_record').get();
  database.close();
  return Number(row?.['count']);
}

function ms(before: number, after: number, calls: number): number {
  return ((after - before) * 1000) / calls;
}

async function lossy(server: PartylineServer): Promise<Figure[]> {
  const result = await call(server, { rate: 100, seconds: 10, loss: 10 });
  return [
    { name: '100 calls/s with 10 % loss: failed', value: 1000 - result.ok, unit: 'calls', goal: { atMost: 0 } },
    { name: '100 calls/s with 10 % loss: retransmissions', value: result.retransmissions, unit: 'messages' },
  ];
}

/** The highest of the tried rates that was held for 10 s without a failed call, by a server that had calls before. */
async function highest(server: PartylineServer, say: Say): Promise<Figure[]> {
  let best = { rate: 0, control: 0, media: 0 };
  // Of a server that has run for a while: in its first seconds a new one compiles what calls need.
  const first = await call(server, { rate: 200, seconds: 10 });
  say(`200 calls/s to warm up: ${first.ok} of 2000 ok`);
  for (const rate of [600, 800, 1000, 1200, 1400, 1600, 2000]) {
    const before = usage(server);
    const result = await call(server, { rate, seconds: 10 });
    const after = usage(server);
    say(`${rate} calls/s: ${result.ok} of ${rate * 10} ok, ${result.retransmissions} retransmissions`);
    if (result.ok < rate * 10) break;
    best = {
      rate,
      control: ms(before.control, after.control, rate * 10),
      media: ms(before.media, after.media, rate * 10),
    };
    await pause(2000);
  }
  return [
    { name: 'highest rate with 0 failed for 10 s', value: best.rate, unit: 'calls/s', goal: { atLeast: 1000 } },
    { name: 'highest rate: CPU, control process', value: best.control, unit: 'ms/call' },
    { name: 'highest rate: CPU, media process', value: best.media, unit: 'ms/call' },
    { name: 'highest rate: CPU, both', value: best.control + best.media, unit: 'ms/call', goal: { atMost: 1 } },
  ];
}

/** CPU per call of a server that keeps traces of signalling and samples of sound, to that of one that keeps none. */
async function traces(say: Say): Promise<Figure[]> {
  const load = { rate: 500, seconds: 8 };
  const kept = await startServer();
  const none = await startServer('30000-39999', { signallingSize: 'off', samplesSize: 'off' });
  try {
    const costOf = async (server: PartylineServer): Promise<number> => {
      const before = usage(server);
      const { ok } = await call(server, load);
      // What is written behind counts too.
      await pause(2000);
      const after = usage(server);
      if (ok < load.rate * load.seconds) say(`${load.rate * load.seconds - ok} calls failed`);
      return ms(before.control + before.media, after.control + after.media, load.rate * load.seconds);
    };
    for (const server of [kept, none, none, kept]) await costOf(server);
    const turns: { kept: number; none: number }[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const order = turn % 2 === 0 ? [kept, none] : [none, kept];
      const costs = new Map<PartylineServer, number>();
      for (const server of order) costs.set(server, await costOf(server));
      turns.push({ kept: costs.get(kept)!, none: costs.get(none)! });
      say(
        `turn ${turn + 1} of 6: ${turns.at(-1)!.kept.toFixed(3)} ms a call with traces, ${turns.at(-1)!.none.toFixed(3)} without`,
      );
    }
    // The second of a turn is dearer, whichever it is: over all turns each was that as often.
    const [withTraces, without] = [
      turns.reduce((sum, one) => sum + one.kept, 0),
      turns.reduce((sum, one) => sum + one.none, 0),
    ];
    return [
      {
        name: 'CPU per call with traces and samples, both processes',
        value: withTraces / turns.length,
        unit: 'ms',
      },
      { name: 'the same without', value: without / turns.length, unit: 'ms' },
      {
        name: 'what traces and samples cost of it',
        value: (withTraces / without - 1) * 100,
        unit: '%',
        goal: { atMost: 3 },
      },
    ];
  } finally {
    await Promise.all([kept.stop(), none.stop()]);
  }
}

function withServer(part: (server: PartylineServer, say: Say) => Promise<Figure[]>): Part {
  return async (say) => {
    const server = await startServer();
    try {
      return await part(server, say);
    } finally {
      await server.stop();
    }
  };
}

export const benchmark: Benchmark = {
  name: 'calls',
  about:
    "SIPp's uac against the whole server: steady rate, loss, the highest rate, what is left behind, and what traces cost",
  limitS: 300,
  parts: { steady: withServer(steady), lossy: withServer(lossy), highest: withServer(highest), traces },
};
