import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Figure, Say } from './figure.ts';
import { answerOf } from './load/answer.ts';
import type { Kind } from './load/bayeux-server.ts';
import { percentile } from './load/http-load.ts';
import { cpuSeconds, residentMb, threadSeconds } from './process-usage.ts';

const sessions = 1000;
const events = 30;
const idleSeconds = 15;
const path = (name: string) => fileURLToPath(new URL(`./load/${name}.ts`, import.meta.url));

type Transport = 'long-polling' | 'websocket';

/** Every server with every transport that it has. */
const servers: Readonly<Record<Transport, readonly Kind[]>> = {
  'long-polling': ['cometd', 'faye', 'partyline'],
  websocket: ['faye', 'partyline'],
};

export const benchmark: Benchmark = {
  name: 'fanout',
  about:
    'one event to 1000 Bayeux sessions, beside cometd-nodejs-server and faye with the same clients; 1000 idle ones',
  parts: {
    'long-polling': (say) => compared('long-polling', say),
    websocket: (say) => compared('websocket', say),
  },
};

async function compared(transport: Transport, say: Say): Promise<Figure[]> {
  const figures: Figure[] = [];
  let best = 0;
  let own = 0;
  for (const kind of servers[transport]) {
    const measured = await fanOut(kind, transport);
    if (kind === 'partyline') own = measured.rate;
    else best = Math.max(best, measured.rate);
    say(`${kind}, ${transport}: ${measured.rate.toFixed(0)} messages/s, p99 ${measured.p99.toFixed(1)} ms`);
    const name = `${kind}, ${transport}`;
    figures.push(
      { name: `${name}: one event to ${sessions} sessions`, value: measured.rate, unit: 'messages/s' },
      { name: `${name}: p99`, value: measured.p99, unit: 'ms' },
      { name: `${name}: CPU of the server`, value: measured.cpu, unit: 'µs/message' },
      ...measured.idle,
    );
  }
  figures.push({
    name: `${transport}: of the better of the others`,
    value: own / best,
    unit: '×',
    goal: { atLeast: 1.5 },
  });
  return figures;
}

async function fanOut(
  kind: Kind,
  transport: Transport,
): Promise<{ rate: number; p99: number; cpu: number; idle: readonly Figure[] }> {
  const server = fork(path('bayeux-server'), [kind]);
  let clients: ChildProcess | null = null;
  try {
    const port = Number(await answerOf(server));
    const empty = residentMb(server.pid!);
    clients = fork(path('bayeux-clients'), [String(port), String(sessions), transport]);
    if ((await answerOf(clients)) !== 'ready') throw new Error('the clients did not begin');
    const latencies: number[] = [];
    let busyMs = 0;
    let cpuBefore = 0;
    for (let of = 0; of < events + 5; of++) {
      const all = answerOf(clients);
      const sentAt = performance.timeOrigin + performance.now();
      server.send({ channel: '/v2/me/calls', data: { of, sentAt, notificationType: 'StatusChange', call: sample } });
      const { at } = (await all) as { at: number[] };
      // What is compiled in the first is not what is measured.
      if (of < 5) continue;
      if (of === 5) cpuBefore = threadSeconds(server.pid!).all;
      latencies.push(...at);
      busyMs += Math.max(...at);
    }
    latencies.sort((one, other) => one - other);
    const cpu = threadSeconds(server.pid!).all - cpuBefore;
    const idle = kind === 'partyline' ? await idling(server.pid!, transport, empty) : [];
    return {
      rate: (events * sessions * 1000) / busyMs,
      p99: percentile(latencies, 0.99),
      cpu: (cpu * 1e6) / ((events - 1) * sessions),
      idle,
    };
  } finally {
    clients?.kill();
    server.kill();
  }
}

async function idling(pid: number, transport: Transport, empty: number): Promise<Figure[]> {
  const before = cpuSeconds(pid);
  await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1000));
  const cpu = ((cpuSeconds(pid) - before) / idleSeconds) * 100;
  const memory = ((residentMb(pid) - empty) * 1024) / sessions;
  return [
    { name: `${transport}: ${sessions} idle sessions, CPU`, value: cpu, unit: '% of a core', goal: { atMost: 2 } },
    { name: `${transport}: memory per session`, value: memory, unit: 'KB' },
  ];
}

/** As long as a real one. */
const sample = {
  id: '01RCC3N118B1V0SL8O7GK2LAES000009',
  state: 'Established',
  deviceUri: 'http://127.0.0.1:8080/api/v2/devices/631608b3-ceb1-472b-ba05-2ae39555b0d1',
  participants: ['15001', '15002'].map((number) => ({
    e164Number: '',
    formattedPhoneNumber: number,
    phoneNumber: number,
    digits: number,
  })),
  dnis: '15001',
  callType: 'Internal',
  capabilities: ['SendDtmf', 'InitiateConference', 'Hold', 'SingleStepTransfer', 'MuteCall', 'Hangup'],
  duration: '748',
  uri: 'http://127.0.0.1:8080/api/v2/me/calls/01RCC3N118B1V0SL8O7GK2LAES000009',
};
