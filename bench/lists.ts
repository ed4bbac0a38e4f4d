import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { administrator, PartylineServer } from '../server/test/peers/partyline.ts';
import { UnifiedApi } from '../server/test/peers/unified-api.ts';
import type { Benchmark, Figure } from './figure.ts';
import { fillCallLog } from './load/call-log.ts';
import { httpRequest, loadHttp, percentile } from './load/http-load.ts';
import {
  administrationLists,
  largestLists,
  narrowedLists,
  otherLists,
  searches,
  usualLists,
} from './load/list-paths.ts';
import { OptionsProbe } from './load/options-probe.ts';
import { serverConnections } from './load/server-connections.ts';
import { residentMb, threadSeconds } from './process-usage.ts';

const calls = 1_000_000;
const atOnce = 100;
/** Who takes nothing for 10 s is cut off; the rest is for a busy machine to notice. */
const mostHeldMs = 15_000;

interface List {
  readonly path: string;
  readonly bytes: Buffer;
}

export const benchmark: Benchmark = {
  name: 'lists',
  about: 'every list over a log of a million calls: one by one, and a hundred at once while OPTIONS are asked',
  limitS: 600,
  parts: {
    async million(say) {
      const server = await PartylineServer.start();
      try {
        await fill(server, say);
        return await new Lists(server, say).measure();
      } finally {
        await server.stop();
      }
    },
  },
};

async function fill(server: PartylineServer, say: (line: string) => void): Promise<void> {
  server.signal('SIGTERM');
  await server.exit(10_000);
  const begin = performance.now();
  fillCallLog(join(server.folder, 'data', 'partyline.db'), calls, Date.now());
  say(`${calls} calls written in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  await server.restart();
}

class Lists {
  readonly #server: PartylineServer;
  readonly #say: (line: string) => void;
  /** Of OPTIONS while nothing else is asked, ms. */
  #quietP99 = 1;

  constructor(server: PartylineServer, say: (line: string) => void) {
    this.#server = server;
    this.#say = say;
  }

  async measure(): Promise<Figure[]> {
    const read = await this.#readIn();
    const api = await UnifiedApi.connect(`http://127.0.0.1:${this.#server.httpPort}`);
    const user = { Authorization: `Bearer ${api.token}` };
    const { login, password } = administrator;
    const admin = { Authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}` };
    const lists = (paths: readonly string[]): List[] =>
      paths.map((path) => ({
        path,
        bytes: httpRequest('GET', path, path.startsWith('/admin') ? admin : user),
      }));
    const usual = lists([...usualLists, ...otherLists]);
    const narrowed = lists(narrowedLists(Date.now()));
    const administration = lists(administrationLists);
    const largest = lists(largestLists);
    const idle = residentMb(this.#server.pid);
    return [
      ...read,
      { name: 'memory of the process before', value: idle, unit: 'MB' },
      ...(await this.#alone('list', usual)),
      ...(await this.#alone('list of the administration', administration)),
      ...(await this.#alone('search of the administration', lists(searches))),
      ...(await this.#alone('narrowed list', narrowed)),
      ...(await this.#quiet()),
      ...(await this.#together('100 lists', [...usual, ...administration, ...narrowed.slice(0, 60)], 8, idle)),
      ...(await this.#together('100 narrowed lists', narrowed, 5, idle)),
      ...(await this.#together('100 lists of 5000', largest, 6, idle)),
      ...(await this.#slowReaders(largest, idle)),
    ];
  }

  /** Until the log is in memory, that is until the threads have nothing to do. */
  async #readIn(): Promise<Figure[]> {
    const begin = performance.now();
    for (let before = -1, now = 0; now - before > 0.1; await wait(1000)) {
      before = now;
      now = threadSeconds(this.#server.pid).all;
    }
    const seconds = (performance.now() - begin) / 1000 - 1;
    return [{ name: 'read into memory within', value: seconds, unit: 's' }];
  }

  async #alone(name: string, lists: readonly List[]): Promise<Figure[]> {
    const times: number[] = [];
    const cpu: number[] = [];
    const control: number[] = [];
    for (const { path, bytes } of lists) {
      let best = Number.POSITIVE_INFINITY;
      let least = Number.POSITIVE_INFINITY;
      let leastControl = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 3 && (round === 0 || best > 30); round++) {
        const before = threadSeconds(this.#server.pid);
        const { statuses, latencies } = await loadHttp({
          port: this.#server.httpPort,
          connections: 1,
          request: (index) => (index === 0 ? bytes : null),
          timeoutMs: 20_000,
        });
        const after = threadSeconds(this.#server.pid);
        if (statuses.get(200) !== 1) throw new Error(`${path}: ${[...statuses.keys()]}`);
        best = Math.min(best, latencies[0] ?? 0);
        least = Math.min(least, (after.all - before.all) * 1000);
        leastControl = Math.min(leastControl, (after.main - before.main) * 1000);
      }
      times.push(best);
      cpu.push(least);
      control.push(leastControl);
      if (best > 50) this.#say(`${best.toFixed(1).padStart(8)} ms, CPU ${least.toFixed(1)} ms  ${path.slice(0, 150)}`);
    }
    const sorted = (values: number[]) => values.sort((a, b) => a - b);
    this.#say(`${name}: ${lists.length} one by one`);
    return [
      { name: `${name}, one by one: p50`, value: percentile(sorted(times), 0.5), unit: 'ms' },
      { name: `${name}, one by one: slowest`, value: times.at(-1) ?? 0, unit: 'ms', goal: { atMost: 100 } },
      { name: `${name}, one by one: most CPU`, value: sorted(cpu).at(-1) ?? 0, unit: 'ms', goal: { atMost: 100 } },
      { name: `${name}, one by one: most CPU of the control thread`, value: sorted(control).at(-1) ?? 0, unit: 'ms' },
    ];
  }

  async #quiet(): Promise<Figure[]> {
    const probe = new OptionsProbe(this.#server.sipPort);
    await wait(3000);
    probe.close();
    const options = probe.latencies.toSorted((a, b) => a - b);
    this.#quietP99 = percentile(options, 0.99);
    return [
      { name: 'OPTIONS without lists: p50', value: percentile(options, 0.5), unit: 'ms' },
      { name: 'OPTIONS without lists: p99', value: this.#quietP99, unit: 'ms' },
      { name: 'OPTIONS without lists: slowest', value: options.at(-1) ?? 0, unit: 'ms' },
    ];
  }

  async #together(name: string, lists: readonly List[], seconds: number, idle: number): Promise<Figure[]> {
    const before = threadSeconds(this.#server.pid);
    const { peak, options, done } = await this.#watched(async () => {
      const until = performance.now() + seconds * 1000;
      return await loadHttp({
        port: this.#server.httpPort,
        connections: atOnce,
        request: (index) => (performance.now() > until ? null : lists[index % lists.length]!.bytes),
        timeoutMs: 30_000,
      });
    });
    const after = threadSeconds(this.#server.pid);
    const served = done.statuses.get(200) ?? 0;
    this.#say(`${name}: ${JSON.stringify([...done.statuses])} in ${done.seconds.toFixed(1)} s`);
    return [
      { name: `${name} at once: answered`, value: served / done.seconds, unit: '/s' },
      { name: `${name} at once: refused`, value: done.answers - served, unit: 'requests' },
      { name: `${name} at once: p50`, value: percentile(done.latencies, 0.5), unit: 'ms' },
      { name: `${name} at once: p99`, value: percentile(done.latencies, 0.99), unit: 'ms' },
      { name: `${name} at once: CPU for each`, value: ((after.all - before.all) * 1000) / served, unit: 'ms' },
      {
        name: `${name} at once: CPU of the control thread for each`,
        value: ((after.main - before.main) * 1000) / served,
        unit: 'ms',
      },
      ...this.#ofOptions(`${name} at once`, options),
      { name: `${name} at once: memory over idle, peak`, value: peak - idle, unit: 'MB', goal: { atMost: 300 } },
    ];
  }

  /**
   * A hundred who ask for the largest page and read none of it, until they are cut off. What the kernel takes of it is
   * seen there.
   */
  async #slowReaders(lists: readonly List[], idle: number): Promise<Figure[]> {
    const { peak, options, done } = await this.#watched(async () => {
      const sockets = await Promise.all(
        Array.from({ length: atOnce }, async (_, index) => {
          const socket = connect(this.#server.httpPort, '127.0.0.1').pause();
          socket.on('error', () => {});
          await once(socket, 'connect');
          socket.write(lists[index % lists.length]!.bytes);
          return socket;
        }),
      );
      const held = await this.#untilCutOff(sockets.map(({ localPort }) => localPort!));
      for (const socket of sockets) socket.destroy();
      return held;
    });
    this.#say(
      `slow readers: cut off ${(Math.max(...done.values()) / 1000).toFixed(1)} s after the last was put to them`,
    );
    const longest = Math.max(...done.values()) / 1000;
    const patient = [...done.values()].filter((ms) => ms > mostHeldMs).length;
    return [
      { name: '100 who read nothing: not cut off', value: patient, unit: '', goal: { atMost: 0 } },
      { name: '100 who read nothing: waited for, longest', value: longest, unit: 's' },
      ...this.#ofOptions('100 who read nothing', options),
      { name: '100 who read nothing: memory over idle, peak', value: peak - idle, unit: 'MB', goal: { atMost: 300 } },
    ];
  }

  /** By the port of a client: how long the server kept the connection after it could put nothing more into it, ms. */
  async #untilCutOff(ports: readonly number[]): Promise<Map<number, number>> {
    const seen = new Map(ports.map((port) => [port, { unsent: 0, since: Number.POSITIVE_INFINITY }]));
    const held = new Map<number, number>();
    const last = () => Math.max(...[...seen.values()].map(({ since }) => since));
    const begin = performance.now();
    while (seen.size > 0 && performance.now() - begin < 300_000) {
      await wait(100);
      const now = performance.now();
      const open = new Map(serverConnections(this.#server.httpPort).map((one) => [one.clientPort, one.unsent]));
      for (const [port, one] of seen) {
        const unsent = open.get(port);
        if (unsent === undefined) {
          held.set(port, now - one.since);
          seen.delete(port);
        } else if (unsent !== one.unsent) seen.set(port, { unsent, since: now });
      }
      if (seen.size > 0 && Number.isFinite(last()) && now - last() > 2 * mostHeldMs) break;
    }
    for (const [port, { since }] of seen) held.set(port, performance.now() - since);
    return held;
  }

  #ofOptions(name: string, options: readonly number[]): Figure[] {
    const p99 = percentile(options, 0.99);
    return [
      { name: `${name}: OPTIONS p50`, value: percentile(options, 0.5), unit: 'ms' },
      { name: `${name}: OPTIONS p90`, value: percentile(options, 0.9), unit: 'ms' },
      { name: `${name}: OPTIONS p99`, value: p99, unit: 'ms', goal: { atMost: 50 } },
      { name: `${name}: OPTIONS p99 against that without lists`, value: p99 / this.#quietP99, unit: 'times' },
      { name: `${name}: OPTIONS slowest`, value: options.at(-1) ?? 0, unit: 'ms' },
    ];
  }

  async #watched<Result>(doing: () => Promise<Result>) {
    const probe = new OptionsProbe(this.#server.sipPort);
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, residentMb(this.#server.pid))), 100);
    const done = await doing();
    clearInterval(watch);
    probe.close();
    return { peak, options: probe.latencies.toSorted((a, b) => a - b), done };
  }
}
