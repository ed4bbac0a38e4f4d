import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { AdministratorLogin } from './api/admin/administrator.ts';
import { registerCalls } from './api/admin/calls.ts';
import { LoginGuard } from './api/admin/login-guard.ts';
import { type Readiness, registerHealth } from './api/health.ts';
import { createHttp } from './api/http.ts';
import { type Measurements, registerMetrics } from './api/metrics.ts';
import type { Clock, Timer } from './base/clock.ts';
import type { HostPort } from './base/host-port.ts';
import { IdleCollection } from './base/idle-collection.ts';
import type { Log } from './base/log.ts';
import type { Random } from './base/random.ts';
import { CallRuntime } from './call/runtime.ts';
import type { Config } from './config/config.ts';
import { checkOnThisMachine, type OnThisMachine } from './config/on-this-machine.ts';
import type { Directory } from './directory/directory.ts';
import { openDirectory } from './first-start.ts';
import { Legs } from './legs/legs.ts';
import { Trunks } from './legs/trunks.ts';
import { measure } from './measurements.ts';
import { MediaEngine } from './media/engine.ts';
import { TargetResolver } from './sip/transport/resolve.ts';
import { systemDns } from './sip/transport/system-dns.ts';
import { SipUserAgent } from './sip/user-agent.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { formatHostPort, welcome } from './welcome.ts';

/** A port that cannot be listened on, in one line that names it. */
export class PortInUse extends Error {
  constructor(what: string, at: HostPort, error: NodeJS.ErrnoException) {
    const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${error.code})`;
    super(`${what} port ${formatHostPort(at)} ${why}`);
    this.name = 'PortInUse';
  }
}

export interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How long goodbyes may take once the time for draining is over. */
const goodbyeMs = 3000;
const promptsRoot = fileURLToPath(new URL('../../prompts', import.meta.url));

/**
 * The parts of the control process and what joins them. They start from the store outwards and end the other way round: calls, legs,
 * SIP, HTTP, media, store.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #log: Log;
  #readiness: Readiness = 'starting';
  #store: Store | null = null;
  #http: FastifyInstance | null = null;
  #mediaStarting: Promise<MediaEngine> | null = null;
  #media: MediaEngine | null = null;
  #sip: SipUserAgent | null = null;
  #trunks: Trunks | null = null;
  #legs: Legs | null = null;
  #runtime: CallRuntime | null = null;
  #collection: IdleCollection | null = null;
  #starting: Promise<string[]> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /**
   * Resolves to what people should read when calls can be taken. Rejects with ConfigError, StoreError or PortInUse for what the
   * administrator must change; call `abort` then. Rejects too when `drain` or `abort` came first.
   */
  start(): Promise<string[]> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<string[]> {
    const { config, clock, random } = this.#options;
    const machine = await this.#unlessEnding(checkOnThisMachine(config));
    const store = await openSqliteStore({ folder: config.dataFolder, clock });
    this.#store = store;
    this.#goOn();
    // Not before the data folder is ours: it may hold the sockets of another server's media processes.
    const starting = this.#startMedia(machine);
    starting.catch(() => undefined);
    const { directory, sandbox, sandboxBefore } = await this.#unlessEnding(
      openDirectory({ config, store: store.directory, clock, random, log: this.#log }),
    );
    const http = await this.#unlessEnding(this.#startHttp(directory, store, machine));
    const media = await this.#unlessEnding(starting);
    const sip = this.#makeSip(directory, machine);
    const legs = this.#makeLegs(directory, sip, media);
    const { signalling, media: mediaPort } = legs;
    const runtime = new CallRuntime({
      clock,
      random,
      log: this.#log,
      store: store.calls,
      signalling,
      media: mediaPort,
    });
    this.#runtime = runtime;
    const left = await this.#unlessEnding(runtime.recover());
    if (left > 0) this.#log.warn({ calls: left }, 'calls left open by an earlier run were ended in the log');
    legs.start(runtime);
    const { host, port, domain, tls } = config.sip;
    const bound = await this.#unlessEnding(listening('SIP', { address: host, port }, sip.listen()));
    this.#trunks?.start();
    this.#collection = new IdleCollection({
      clock,
      work: () => runtime.counters().events,
      idle: () => runtime.counters().calls === 0 && sip.counters().transactions.server === 0,
    });
    if (tls !== null) this.#log.warn('sip.tls is set, but this version does not serve SIP over TLS yet');
    // Last: nothing but the store can fail now, so logins that are kept are also shown.
    await sandbox?.keep();
    if (this.#readiness === 'starting') this.#readiness = 'ready';
    const { dataFolder } = config;
    return welcome({ http, sip: bound, domain, dataFolder, logins: sandbox?.logins ?? null, sandboxBefore });
  }

  /** Each part is kept before the next wait, so that what has been started is closed wherever the start is given up. */
  async #unlessEnding<Part>(part: Promise<Part>): Promise<Part> {
    const ready = await part;
    this.#goOn();
    return ready;
  }

  #goOn(): void {
    if (this.#readiness === 'draining') throw new Error('the start was given up');
  }

  /** No new calls; running ones may go on for `ms`, then get a goodbye. Resolves when everything is closed. */
  async drain(ms: number): Promise<void> {
    if (this.#readiness === 'draining') return this.#closing ?? undefined;
    this.#readiness = 'draining';
    this.#log.info({ calls: this.#runtime?.counters().calls ?? 0, ms }, 'draining');
    await this.#startOver();
    this.#sip?.drain();
    await this.#atMost(ms, this.#runtime?.drain());
    await this.#close();
  }

  /** Ends as fast as possible: goodbyes are sent, nobody waits for the answers. */
  async abort(): Promise<void> {
    this.#readiness = 'draining';
    await this.#startOver();
    await this.#close();
  }

  /** Waits until nothing more is being started. */
  async #startOver(): Promise<void> {
    await this.#atMost(
      goodbyeMs,
      this.#starting?.then(
        () => undefined,
        () => undefined,
      ),
    );
  }

  #close(): Promise<void> {
    this.#closing ??= this.#closeParts();
    return this.#closing;
  }

  async #closeParts(): Promise<void> {
    this.#collection?.close();
    await this.#atMost(goodbyeMs, this.#runtime?.close('shutdown'));
    await this.#atMost(goodbyeMs, this.#legs?.close());
    await this.#atMost(goodbyeMs, this.#trunks?.close());
    await this.#atMost(goodbyeMs, this.#sip?.close());
    await this.#atMost(goodbyeMs, this.#http?.close());
    await this.#atMost(
      goodbyeMs,
      this.#mediaStarting?.then((media) => media.close()),
    );
    await this.#atMost(goodbyeMs, this.#store?.close());
  }

  async #startMedia({ media: bind, advertise, mediaShown }: OnThisMachine): Promise<MediaEngine> {
    const { config, clock } = this.#options;
    const { rtpPorts, processes } = config.media;
    this.#mediaStarting = MediaEngine.start({
      processes,
      bind,
      advertise: advertise ?? mediaShown,
      rtpPorts,
      socketFolder: socketFolder(config.dataFolder),
      promptsRoot,
      log: this.#log,
      clock,
    });
    this.#media = await this.#mediaStarting;
    return this.#media;
  }

  async #startHttp(directory: Directory, store: Store, { httpTls }: OnThisMachine): Promise<string> {
    const { config, clock, random } = this.#options;
    const http = createHttp({ log: this.#log, random, tls: httpTls });
    this.#http = http;
    registerHealth(http, () => this.#readiness);
    registerMetrics(http, () => this.#measure());
    const login = new AdministratorLogin(
      (name, password) => directory.verifyLogin(name, password),
      new LoginGuard(clock),
    );
    registerCalls(http, login, { running: () => this.#runtime?.snapshot() ?? [], store: store.calls });
    const { host, port } = config.http;
    return listening('HTTP', { address: host, port }, http.listen({ host, port }));
  }

  #makeSip(directory: Directory, machine: OnThisMachine): SipUserAgent {
    const { config, clock, random, log } = this.#options;
    const { port, domain } = config.sip;
    this.#sip = new SipUserAgent({
      clock,
      random,
      log,
      domain,
      bind: { host: machine.sip, port },
      advertise: machine.advertise,
      credentials: (username) => directory.credentials(username),
      aorOf: (credentials, request) => directory.aorOf(credentials.extensionId, request.to.uri.user),
    });
    return this.#sip;
  }

  #makeLegs(directory: Directory, agent: SipUserAgent, engine: MediaEngine): Legs {
    const { config, clock, random, log } = this.#options;
    const { callsPerSecond } = config.limits;
    const { domain } = config.sip;
    const trunks = new Trunks({
      clock,
      log,
      agent,
      resolver: new TargetResolver({ clock, random, dns: systemDns() }),
      trunks: () => directory.trunks,
    });
    this.#trunks = trunks;
    this.#legs = new Legs({
      clock,
      random,
      log,
      agent,
      engine,
      directory,
      domain,
      trunks,
      recordingsFolder: join(config.dataFolder, 'recordings'),
      callsPerSecond,
      mostUnproven: Math.ceil((config.media.rtpPorts.to - config.media.rtpPorts.from + 1) / 4),
    });
    return this.#legs;
  }

  #measure(): Measurements | null {
    const [runtime, media, sip, store] = [this.#runtime, this.#media, this.#sip, this.#store];
    if (runtime === null || media === null || sip === null || store === null) return null;
    return measure({ runtime, media, sip, store });
  }

  /** Waits for `work` but not longer than `ms`; what fails while ending is logged, and the rest is ended all the same. */
  async #atMost(ms: number, work: Promise<unknown> | undefined): Promise<void> {
    if (work === undefined) return;
    let timer: Timer | null = null;
    const late = new Promise<void>((resolve) => {
      timer = this.#options.clock.setTimer(ms, resolve);
    });
    const done = work.catch((error) => this.#log.error({ err: error }, 'a part did not end well'));
    await Promise.race([done, late]);
    (timer as Timer | null)?.cancel();
  }
}

/** Where the control sockets are: in the data folder, or, since their paths may have only about 100 bytes, under a short name. */
function socketFolder(dataFolder: string): string {
  if (Buffer.byteLength(dataFolder) <= 80) return dataFolder;
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16);
  return join(tmpdir(), `partyline-${name}`);
}

async function listening<Bound>(what: string, at: HostPort, bound: Promise<Bound>): Promise<Bound> {
  try {
    return await bound;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new PortInUse(what, at, error as NodeJS.ErrnoException);
  }
}
