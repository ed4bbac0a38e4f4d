import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
// @ts-expect-error: a script without types
import { sparing } from '../../../scripts/install.mjs';
import { freePort, mediaRange } from '../../src/base/testing/free-port.ts';
import { childrenOf, endChild, startChild } from './children.ts';
import { waitFor } from './wait.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export const administrator = { login: 'admin@example.test', password: 'correct-horse' };
export const sipPassword = 's3cret-phone';

/** An organization with phones 101 to 104 and the conferences that the tests dial. */
export const testOrganization = {
  id: 3,
  name: 'Test Organization',
  prefix: '0003',
  users: [
    {
      id: 12,
      login: administrator.login,
      password: administrator.password,
      firstName: 'Jane',
      lastName: 'Doe',
      roles: ['agent', 'supervisor', 'administrator'],
      extensions: [
        ...['101', '102', '103', '104'].map((number) => ({
          number,
          type: 'terminal',
          callerId: `Phone ${number} <${number}>`,
          sipPassword,
        })),
        {
          number: '200',
          type: 'conference',
          callerId: 'Weekly <200>',
          conferences: [
            { number: 3, name: 'Weekly', participantPin: '2233', moderatorPin: '9911', roomSize: 50 },
            { number: 4, name: 'Other', participantPin: '4455', roomSize: 50 },
          ],
        },
        {
          number: '201',
          type: 'conference',
          callerId: 'Open <201>',
          conferences: [{ number: 1, name: 'Open', roomSize: 1000 }],
        },
        {
          number: '202',
          type: 'conference',
          callerId: 'Small <202>',
          conferences: [{ number: 1, name: 'Small', roomSize: 1, musicWhileAlone: false }],
        },
      ],
    },
    {
      id: 13,
      login: 'agent@example.test',
      password: 'battery-staple',
      firstName: 'John',
      lastName: 'Roe',
      roles: ['agent'],
      extensions: [
        { number: '113', type: 'terminal', callerId: 'John <113>', sipPassword },
        {
          number: '213',
          type: 'conference',
          callerId: 'Johns <213>',
          conferences: [{ number: 1, name: 'Johns', roomSize: 10 }],
        },
      ],
    },
  ],
  apps: [{ key: 'demo-app', secret: 'demo-secret', user: 12, trusted: true }],
};

/** Another tenant of the same server. */
export const otherOrganization = {
  id: 4,
  name: 'Other Organization',
  prefix: '0004',
  users: [
    {
      id: 21,
      login: 'other@example.test',
      password: 'correct-horse',
      firstName: 'Mary',
      lastName: 'Major',
      roles: ['administrator'],
      extensions: [
        { number: '401', type: 'terminal', callerId: 'Mary <401>', sipPassword },
        {
          number: '411',
          type: 'conference',
          callerId: 'Theirs <411>',
          conferences: [{ number: 1, name: 'Theirs', roomSize: 10 }],
        },
      ],
    },
  ],
  apps: [{ key: 'other-app', secret: 'other-secret', user: 21, trusted: true }],
};

/** Calls to public numbers go to this carrier. */
export function overTrunk(uri: string, trunk: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    trunks: [{ name: 'carrier', uri, ...trunk }],
    dialPlan: [{ match: '^\\+?[0-9]{7,15}$', trunk: 'carrier' }],
  };
}

export interface ServerOptions {
  /** Merged over the test configuration, section by section; `media` key by key, as the ports are the file's own. */
  readonly config?: Record<string, unknown>;
  /** Where it has its folder; default that of the system for what is temporary. */
  readonly within?: string;
}

/** The parts of the administration's JSON that the tests look at. */
export interface CallShown {
  readonly id: string;
  readonly kind: string;
  readonly conference: { extension: string; number: string } | null;
  readonly lastSeq: number;
  readonly connections: readonly {
    id: string;
    state: string;
    role: string;
    muted: boolean;
    talking: boolean;
    device: { number: string };
  }[];
}

export interface EventShown {
  readonly seq: number;
  /** ISO 8601, by the server's clock. */
  readonly at: string;
  readonly type: string;
  readonly connectionId: string | null;
  readonly cause: string;
  readonly data: Record<string, unknown>;
}

/** A busy machine takes its time. */
const readyMs = 60_000;

interface RunningOptions {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly config: Record<string, unknown>;
  readonly httpPort: number;
  readonly sipPort: number;
}

/** The real server as a child process, on its own ports and data folder. */
export class PartylineServer {
  readonly httpPort: number;
  readonly sipPort: number;
  readonly folder: string;
  readonly config: Record<string, unknown>;
  #child: ChildProcess;
  #out = '';
  #err = '';
  #exited: Promise<number>;
  #startMs = 0;

  static async start(options: ServerOptions = {}): Promise<PartylineServer> {
    const folder = mkdtempSync(join(options.within ?? tmpdir(), 'partyline-server-'));
    const [httpPort, sipPort, webrtcPort] = [await freePort(), await freePort(), await freePort()];
    const range = mediaRange(2400);
    const media = { rtpPorts: `${range.from}-${range.to}`, webrtcPort, processes: 1, warmUp: false };
    const config: Record<string, unknown> = {
      http: { port: httpPort },
      sip: { port: sipPort },
      sandbox: 'off',
      organizations: [testOrganization],
      ...options.config,
      media: { ...media, ...Object(options.config?.['media']) },
    };
    writeFileSync(join(folder, 'partyline.yaml'), stringify(config));
    const server = new PartylineServer({ child: launch(folder), folder, config, httpPort, sipPort });
    try {
      await server.#ready();
    } catch (error) {
      // One that is left behind keeps the whole run.
      await server.stop();
      throw error;
    }
    return server;
  }

  private constructor({ child, folder, config, httpPort, sipPort }: RunningOptions) {
    this.#child = child;
    this.folder = folder;
    this.config = config;
    this.httpPort = httpPort;
    this.sipPort = sipPort;
    this.#exited = this.#watch();
  }

  /** Where phones send their requests. */
  get sipAddress(): string {
    return `127.0.0.1:${this.sipPort}`;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get output(): string {
    return this.#out;
  }

  /** The log so far, one object per line. */
  get log(): readonly Record<string, unknown>[] {
    return this.#err
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  }

  get rawLog(): string {
    return this.#err;
  }

  /** Starts again on the same data, ports and configuration; `named` false: which it finds by its usual name. */
  async restart({ named = true } = {}): Promise<void> {
    this.#out = '';
    this.#child = launch(this.folder, named);
    this.#exited = this.#watch();
    await this.#ready();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** kill -9 of the control process; its media processes are left to themselves. */
  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Waits until it has ended; its exit code. */
  async exit(usualMs: number): Promise<number> {
    let code: number | null = null;
    void this.#exited.then((its) => {
      code = its;
    });
    await waitFor(
      () => code !== null,
      usualMs,
      () => `the end of the server\n${this.#tail()}`,
    );
    return this.#exited;
  }

  /** Ends it whatever state it is in and removes its folder. */
  async stop(): Promise<void> {
    // The second one, which ends it at once; closer together they count as one.
    const again = setTimeout(() => this.#child.kill('SIGTERM'), 350);
    await endChild(this.#child);
    clearTimeout(again);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** GET as the administrator; the parsed body. */
  async get<Body>(path: string): Promise<Body> {
    const response = await this.request(path, administrator);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  }

  request(path: string, login?: { login: string; password: string }): Promise<Response> {
    const authorization = login && `Basic ${Buffer.from(`${login.login}:${login.password}`).toString('base64')}`;
    return fetch(`http://127.0.0.1:${this.httpPort}${path}`, authorization ? { headers: { authorization } } : {});
  }

  /** Running calls with their rosters, as the administration shows them. */
  async calls(): Promise<CallShown[]> {
    return (await this.get<{ calls: CallShown[] }>('/admin/v1/calls')).calls;
  }

  /** Ended calls, newest first. */
  async endedCalls(): Promise<{ id: string; lastSeq: number }[]> {
    return (await this.get<{ calls: { id: string; lastSeq: number }[] }>('/admin/v1/calls?recent=true&limit=200'))
      .calls;
  }

  async events(callId: string): Promise<EventShown[]> {
    return (await this.get<{ events: EventShown[] }>(`/admin/v1/calls/${callId}/events?limit=5000`)).events;
  }

  /** Waits until the conference of this extension and number has so many connected, and gives it. */
  conferenceOf(extension: string, number: string, connected: number, usualMs = 10_000): Promise<CallShown> {
    let running: CallShown[] = [];
    return waitFor(
      async () => {
        running = await this.calls();
        return running.find(
          (call) =>
            call.conference?.extension === extension &&
            call.conference.number === number &&
            call.connections.filter((one) => one.state === 'connected').length === connected,
        );
      },
      usualMs,
      () => `${connected} in conference ${extension}*${number}; there is ${inWords(running)}\n${this.#tail()}`,
    );
  }

  /** Waits until no call is running. */
  async quiet(usualMs = 5000): Promise<void> {
    let left: CallShown[] = [];
    const none = async () => {
      left = await this.calls();
      return left.length === 0;
    };
    await waitFor(none, usualMs, () => `the end of all calls; there is ${inWords(left)}\n${this.#tail()}`);
  }

  /** Process ids of its media processes (Linux). */
  mediaProcesses(): number[] {
    return childrenOf(this.pid);
  }

  /** The sum of a metric over all its labels, by its name without `partyline_`. */
  async metric(name: string): Promise<number> {
    const text = await (await this.request('/metrics')).text();
    const rows = text.split('\n').filter((line) => new RegExp(`^partyline_${name}([{ ])`).test(line));
    if (rows.length === 0) throw new Error(`no metric ${name}`);
    return rows.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /**
   * So many ms of a machine that does nothing else, at the pace of this one: measured by how long the start took, which
   * is to take two seconds. For what is promised to come in time.
   */
  atThisPace(ms: number): number {
    return ms * Math.max(1, this.#startMs / 2000);
  }

  async #ready(): Promise<void> {
    const began = performance.now();
    await waitFor(
      () => {
        if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}\n${this.#tail()}`);
        return /^partyline ready /m.test(this.#out);
      },
      readyMs,
      () => `the ready line\n${this.#tail()}`,
    );
    this.#startMs = performance.now() - began;
  }

  #watch(): Promise<number> {
    const child = this.#child;
    child.stdout?.on('data', (bytes) => {
      this.#out += bytes;
    });
    child.stderr?.on('data', (bytes) => {
      this.#err += bytes;
    });
    return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  }

  #tail(): string {
    return `${this.#out.slice(-1000)}\n${this.#err.slice(-4000)}`;
  }
}

function inWords(calls: readonly CallShown[]): string {
  const each = calls.map(({ id, kind, connections }) => {
    const who = connections.map(({ device, state }) => `${device.number} ${state}`);
    return `${kind} ${id} of ${who.join(', ') || 'nobody'}`;
  });
  return each.join('; ') || 'no call';
}

function launch(folder: string, named = true): ChildProcess {
  return startChild(process.execPath, [main, ...(named ? ['--config', join(folder, 'partyline.yaml')] : [])], {
    cwd: named ? process.cwd() : folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // As its launcher starts it; the tests themselves run without what spares memory and costs time.
    env: { ...sparing(process.env), PARTYLINE_DATA: join(folder, 'data') },
  });
}
