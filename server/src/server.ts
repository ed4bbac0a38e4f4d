import { createHash } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { AdministratorLogin } from './api/admin/administrator.ts';
import { registerCalls } from './api/admin/calls.ts';
import { LoginGuard } from './api/admin/login-guard.ts';
import { type Readiness, registerHealth } from './api/health.ts';
import { createHttp, type TlsKeys } from './api/http.ts';
import { type Measurements, registerMetrics } from './api/metrics.ts';
import type { Clock, Timer } from './base/clock.ts';
import type { HostPort } from './base/host-port.ts';
import { IdleCollection } from './base/idle-collection.ts';
import type { Log } from './base/log.ts';
import type { Random } from './base/random.ts';
import { CallRuntime } from './call/runtime.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/config-error.ts';
import type { Directory } from './directory/directory.ts';
import { openDirectory } from './first-start.ts';
import { Legs } from './legs/legs.ts';
import { measure } from './measurements.ts';
import { MediaEngine } from './media/engine.ts';
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
  #legs: Legs | null = null;
  #runtime: CallRuntime | null = null;
  #collection: IdleCollection | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /**
   * Resolves to what people should read when calls can be taken. Rejects with StoreError or PortInUse for what the administrator
   * must change; call `abort` then.
   */
  async start(): Promise<string[]> {
    const { config, clock, random } = this.#options;
    const store = await openSqliteStore({ folder: config.dataFolder, clock });
    this.#store = store;
    // Not before the data folder is ours: it may hold the sockets of another server's media processes.
    const starting = this.#startMedia();
    starting.catch(() => undefined);
    const { directory, logins } = await openDirectory({
      config,
      store: store.directory,
      clock,
      random,
      log: this.#log,
    });
    const http = await this.#startHttp(directory, store);
    const media = await starting;
    const sip = await this.#makeSip(directory);
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
    const left = await runtime.recover();
    if (left > 0) this.#log.warn({ calls: left }, 'calls left open by an earlier run were ended in the log');
    legs.start(runtime);
    const bound = await listening('SIP', { address: config.sip.host, port: config.sip.port }, sip.listen());
    this.#collection = new IdleCollection({
      clock,
      work: () => runtime.counters().events,
      idle: () => runtime.counters().calls === 0 && sip.counters().transactions.server === 0,
    });
    if (config.sip.tls !== null) this.#log.warn('sip.tls is set, but this version does not serve SIP over TLS yet');
    this.#readiness = 'ready';
    return welcome({ http, sip: bound, domain: config.sip.domain, logins });
  }

  /** No new calls; running ones may go on for `ms`, then get a goodbye. Resolves when everything is closed. */
  async drain(ms: number): Promise<void> {
    if (this.#readiness === 'draining') return this.#closing ?? undefined;
    this.#readiness = 'draining';
    this.#log.info({ calls: this.#runtime?.counters().calls ?? 0, ms }, 'draining');
    this.#sip?.drain();
    await this.#atMost(ms, this.#runtime?.drain());
    await this.#close();
  }

  /** Ends as fast as possible: goodbyes are sent, nobody waits for the answers. */
  async abort(): Promise<void> {
    this.#readiness = 'draining';
    await this.#close();
  }

  #close(): Promise<void> {
    this.#closing ??= this.#closeParts();
    return this.#closing;
  }

  async #closeParts(): Promise<void> {
    this.#collection?.close();
    await this.#atMost(goodbyeMs, this.#runtime?.close('shutdown'));
    await this.#atMost(goodbyeMs, this.#legs?.close());
    await this.#atMost(goodbyeMs, this.#sip?.close());
    await this.#atMost(goodbyeMs, this.#http?.close());
    await this.#atMost(
      goodbyeMs,
      this.#mediaStarting?.then((media) => media.close()),
    );
    await this.#atMost(goodbyeMs, this.#store?.close());
  }

  async #startMedia(): Promise<MediaEngine> {
    const { config, clock } = this.#options;
    const { host, advertise, rtpPorts, processes } = config.media;
    const bind = await addressOf('media', host);
    this.#mediaStarting = MediaEngine.start({
      processes,
      bind,
      advertise: advertise === null ? null : await addressOf('media', advertise),
      rtpPorts,
      socketFolder: socketFolder(config.dataFolder),
      promptsRoot,
      log: this.#log,
      clock,
    });
    this.#media = await this.#mediaStarting;
    return this.#media;
  }

  async #startHttp(directory: Directory, store: Store): Promise<string> {
    const { config, clock, random } = this.#options;
    const http = createHttp({ log: this.#log, random, tls: readTls(config) });
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

  async #makeSip(directory: Directory): Promise<SipUserAgent> {
    const { config, clock, random, log } = this.#options;
    const { host, port, domain } = config.sip;
    this.#sip = new SipUserAgent({
      clock,
      random,
      log,
      domain,
      bind: { host: await addressOf('SIP', host), port },
      credentials: (username) => directory.credentials(username),
      aorOf: (credentials, request) => directory.aorOf(credentials.extensionId, request.to.uri.user),
    });
    return this.#sip;
  }

  #makeLegs(directory: Directory, agent: SipUserAgent, engine: MediaEngine): Legs {
    const { config, clock, random, log } = this.#options;
    const { callsPerSecond, dialOutPerMinute, dialOutConcurrent } = config.limits;
    this.#legs = new Legs({
      clock,
      random,
      log,
      agent,
      engine,
      directory,
      domain: config.sip.domain,
      callsPerSecond,
      dialOut: { perMinute: dialOutPerMinute, concurrent: dialOutConcurrent },
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

function readTls({ file, http: { tls } }: Config): TlsKeys | null {
  const read = (key: 'cert' | 'key', path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      throw new ConfigError(file ?? '', `http.tls.${key}`, `expected a PEM file, but ${path} cannot be read (${code})`);
    }
  };
  return tls === null ? null : { cert: read('cert', tls.cert), key: read('key', tls.key) };
}

/** The IP address of a host name; sockets are bound to addresses. */
async function addressOf(what: string, host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new PortInUse(what, { address: host, port: 0 }, error as NodeJS.ErrnoException);
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
