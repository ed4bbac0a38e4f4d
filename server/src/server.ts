import type { Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Readiness } from './api/health.ts';
import { createHttp, type TlsKeys } from './api/http.ts';
import type { Idempotency } from './api/idempotency/idempotency.ts';
import { isGranted } from './api/oauth/apps.ts';
import { coerceError } from './base/app-error.ts';
import type { Clock, Timer } from './base/clock.ts';
import type { HostPort } from './base/host-port.ts';
import { IdleCollection } from './base/idle-collection.ts';
import type { Log } from './base/log.ts';
import type { Random } from './base/random.ts';
import { Shared } from './base/shared.ts';
import { version } from './base/version.ts';
import type { Config } from './config/config.ts';
import type { ConfigSources } from './config/load-config.ts';
import { checkOnThisMachine } from './config/on-this-machine.ts';
import { configuredIn } from './configured.ts';
import type { LateHashes } from './directory/late-hashes.ts';
import { PasswordHasher } from './directory/password.ts';
import { sandboxTrunkName } from './directory/sandbox-trunk.ts';
import { type Opened, openDirectory } from './first-start.ts';
import { registerInterfaces } from './interfaces.ts';
import { tryBrowserPorts } from './media/browser-ports.ts';
import type { MediaEngine } from './media/engine.ts';
import { makeMedia, makeParts, type Parts, promptsRoot } from './parts.ts';
import { missingPrompts } from './prompts.ts';
import { makeLateHashes, makeProvisioned, makeReload, type Provisioned, startProvisioned } from './provisioned.ts';
import { byFile } from './provisioning/change-events.ts';
import { type Overwritten, overwrittenText } from './provisioning/overwritten.ts';
import { startRetention } from './retained.ts';
import type { Retention } from './retention/retention.ts';
import { SandboxProcess } from './sandbox/process.ts';
import { keyOfFolder } from './store/key-file.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { formatHostPort, type WhereToLook, welcome } from './welcome.ts';

/** A port that cannot be listened on, in one line that names its key and what to do. */
export class PortInUse extends Error {
  constructor(key: string, at: HostPort, file: string | null, { code }: NodeJS.ErrnoException) {
    const why =
      code === 'EADDRINUSE'
        ? 'is in use by another program: end that, or'
        : code === 'EACCES'
          ? 'is for the system (below 1024): start as root, or'
          : `cannot be used (${code}):`;
    super(`${key}: port ${formatHostPort(at)} ${why} set ${key} in ${file ?? 'partyline.yaml'} to another`);
    this.name = 'PortInUse';
  }
}

export interface ServerOptions {
  readonly config: Config;
  /** Where it came from, to be read again. */
  readonly sources: ConfigSources;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Whether somebody collects traces. */
  readonly traced?: boolean;
}

/** How long goodbyes may take once the time for draining is over. */
const goodbyeMs = 3000;

/**
 * The life of the control process: its parts start from the store outwards and end the other way round: calls, legs,
 * SIP, HTTP, media, store.
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #log: Log;
  #readiness: Readiness = 'starting';
  #store: Store | null = null;
  #media: MediaEngine | null = null;
  #sandboxStarting: Promise<SandboxProcess | null> | null = null;
  #sandbox: SandboxProcess | null = null;
  #parts: Parts | null = null;
  #http: FastifyInstance | null = null;
  #idempotency: Idempotency | null = null;
  #collection: IdleCollection | null = null;
  #lateHashes: LateHashes | null = null;
  #provisioned: Provisioned | null = null;
  readonly #rereading = new Shared(() => this.#reread());
  #retention: Retention | null = null;
  /** Told at the start and in /healthz. */
  readonly #warnings: string[] = [];
  #starting: Promise<string[]> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /**
   * Resolves to what people should read when calls can be taken. Rejects with ConfigError, StoreError or PortInUse for
   * what the administrator must change; call `abort` then. Rejects too when `drain` or `abort` came first.
   */
  start(): Promise<string[]> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<string[]> {
    const { config, clock, random, log } = this.#options;
    const machine = await this.#unlessEnding(checkOnThisMachine(config));
    const store = await openSqliteStore({ folder: config.dataFolder, clock });
    this.#store = store;
    const hasher = new PasswordHasher({ random, markKey: keyOfFolder(config.dataFolder, 'password.key', random) });
    this.#goOn();
    // Not before the data folder is ours: it may hold the sockets of another server's media processes.
    const media = makeMedia({ config, clock, random, log, machine });
    this.#media = media;
    const mediaStarting = media.begin();
    mediaStarting.catch(() => undefined);
    const prompts = missingPrompts(promptsRoot);
    if (prompts !== null) this.#warnings.push(prompts);
    const opened = await this.#unlessEnding(openDirectory({ config, store, clock, random, log: this.#log, hasher }));
    this.#sandboxStarting = this.#startSandbox(opened);
    const { directory, sandbox } = opened;
    const parts = makeParts({ config, clock, random, log, machine, store, directory, hasher }, media);
    this.#parts = parts;
    const provisioned = makeProvisioned(parts);
    const http = await this.#unlessEnding(this.#startHttp(parts, provisioned, machine.httpTls));
    await this.#unlessEnding(mediaStarting);
    await this.#unlessEnding(this.#tryBrowserPorts(machine.media));
    const bound = await this.#startCalls(parts);
    this.#sandbox = await this.#unlessEnding(this.#sandboxStarting);
    if (this.#sandbox !== null) directory.useSandboxTrunk(this.#sandbox.uri);
    parts.trunks.start();
    // Last: nothing but the store can fail now, so logins that are kept are also shown.
    await sandbox?.keep();
    const limits = await this.#unlessEnding(startProvisioned(provisioned, parts));
    const overwritten = this.#tellOverwritten([...opened.overwritten, ...limits]);
    if (this.#readiness === 'starting') this.#readiness = 'ready';
    this.#retention = startRetention(parts);
    const lateHashes = makeLateHashes(provisioned, parts, opened.toHash);
    this.#lateHashes = lateHashes;
    provisioned.reload = makeReload(provisioned, parts, {
      sources: this.#options.sources,
      sandboxRuns: () => this.#sandbox !== null,
      toHash: (passwords) => lateHashes.add(passwords),
      onOverwritten: (overwritten) => void this.#tellOverwritten(overwritten),
      http: this.#http?.server as HttpsServer,
    });
    this.#provisioned = provisioned;
    return this.#lines(opened, overwritten, { http, sip: bound, sipShown: machine.sipShown });
  }

  /** What people should read: warnings first, then where the server can be reached and by whom. */
  #lines(
    { sandbox, sandboxBefore }: Opened,
    overwritten: readonly string[],
    places: Pick<WhereToLook, 'http' | 'sip' | 'sipShown'>,
  ): string[] {
    const { config } = this.#options;
    const warnings = [...this.#warnings, ...overwritten].map((warning) => `  Warning: ${warning}`);
    const lines = welcome({
      ...places,
      domain: config.sip.domain,
      dataFolder: config.dataFolder,
      logins: sandbox?.logins ?? null,
      sandboxBefore,
      sandboxNumbers: this.#sandbox?.numbers ?? [],
      configured: configuredIn(config),
    });
    return [...warnings, ...lines];
  }

  /** Ends what an earlier run left open, then takes calls. */
  async #startCalls({
    config,
    clock,
    devices,
    facts,
    legs,
    notifications,
    observation,
    runtime,
    sip,
    supervision,
    tokens,
    webhooks,
    directory,
  }: Parts): Promise<HostPort> {
    const isThere = (extensionId: string) => directory.extensionById(extensionId) !== null;
    await this.#unlessEnding(devices.recover());
    // The last run may have ended before it did so.
    await this.#unlessEnding(devices.forget((extensionId) => !isThere(extensionId)));
    await this.#unlessEnding(runtime.recover());
    await this.#unlessEnding(
      Promise.all([tokens.start((token) => isGranted(token, directory)), webhooks.start(isThere)]),
    );
    const left = await this.#unlessEnding(facts.load());
    supervision.start();
    notifications.restore(left);
    const nudge = () => {
      webhooks.nudge();
      notifications.nudge();
    };
    runtime.on('event', nudge);
    devices.on('event', nudge);
    legs.start(runtime);
    observation.start();
    const { host, port, tlsPort } = config.sip;
    const bound = await this.#unlessEnding(listening('sip.port', { address: host, port }, config.file, sip.listen()));
    const secure = { address: host, port: tlsPort ?? 0 };
    const tls = await this.#unlessEnding(listening('sip.tlsPort', secure, config.file, sip.listenTls()));
    if (tls !== null) this.#log.info({ port: tls.port }, 'SIP over TLS');
    sip.restore(left);
    this.#collection = new IdleCollection({
      clock,
      work: () => runtime.counters().events,
      idle: () => runtime.counters().calls === 0 && sip.counters().transactions.server === 0,
    });
    return bound;
  }

  /** Of each media process: the first browser would find out else. */
  async #tryBrowserPorts(address: string): Promise<void> {
    const { clock, config } = this.#options;
    const { processes, webrtcPort } = config.media;
    const ports = Array.from({ length: processes }, (_, index) => ({ address, port: webrtcPort + index }));
    await tryBrowserPorts(clock, ports).catch((error: NodeJS.ErrnoException & { port?: number }) => {
      if (error.syscall === undefined) throw error;
      const at = { address, port: error.port ?? webrtcPort };
      throw new PortInUse('media.webrtcPort', at, config.file, error);
    });
  }

  /** The carrier in the box, where it is wanted; the server is of use without it too. */
  async #startSandbox({ wantsCarrier }: Opened): Promise<SandboxProcess | null> {
    if (!wantsCarrier) return null;
    const { clock, config, log } = this.#options;
    const cacheFolder = join(config.dataFolder, 'cache');
    const onDeath = () => {
      const calls = this.#parts?.legs.trunkGone(sandboxTrunkName) ?? 0;
      if (calls > 0) log.warn({ calls }, 'the calls of the carrier in the box were ended');
    };
    return SandboxProcess.start({ log, seed: 1, clock, cacheFolder, onDeath }).catch((error) => {
      log.error({ err: error }, 'the carrier in the box did not start; calls to public numbers will fail');
      return null;
    });
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

  /** Reads the configuration again, as a signal asks; the log has what came of it, in one line. */
  reload(): Promise<void> {
    return this.#rereading.get();
  }

  async #reread(): Promise<void> {
    const reload = this.#provisioned?.reload ?? null;
    if (reload === null) return this.#log.warn('the configuration is not read again: the server has ended');
    try {
      const { changed, needsRestart, left } = await reload.run(byFile(this.#options.config.file), false);
      const note = { changed: changed.length, needsRestart, left: left.length };
      this.#log.info(note, 'the configuration was read again');
    } catch (error) {
      const { message } = coerceError(error);
      this.#log.error({ mistake: message }, 'the configuration was read again and not taken: nothing has changed');
    }
  }

  /** As a line for people, where there is any. */
  #tellOverwritten(overwritten: readonly Overwritten[]): string[] {
    if (overwritten.length === 0) return [];
    const text = overwrittenText(overwritten);
    this.#log.warn({ count: overwritten.length }, text);
    return [text];
  }

  /** No new calls; running ones may go on for `ms`, then get a goodbye. Resolves when everything is closed. */
  async drain(ms: number): Promise<void> {
    if (this.#readiness === 'draining') return this.#closing ?? undefined;
    this.#readiness = 'draining';
    this.#log.info({ calls: this.#parts?.runtime.counters().calls ?? 0, ms }, 'draining');
    await this.#startOver();
    this.#parts?.sip.drain();
    await this.#atMost(ms, this.#parts?.runtime.drain());
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
    const parts = this.#parts;
    this.#collection?.close();
    this.#lateHashes?.close();
    this.#retention?.close();
    await this.#atMost(goodbyeMs, parts?.runtime.close('shutdown'));
    for (const part of parts === null ? [] : afterCalls(parts)) await this.#atMost(goodbyeMs, part.close());
    this.#idempotency?.close();
    parts?.tokens.close();
    await this.#atMost(goodbyeMs, this.#http?.close());
    // Together, and the media also while it starts: its processes must not outlive a start that was given up.
    await Promise.all([
      this.#atMost(
        goodbyeMs,
        this.#sandboxStarting?.then((sandbox) => sandbox?.close()),
      ),
      this.#atMost(goodbyeMs, this.#media?.close()),
    ]);
    await this.#atMost(goodbyeMs, this.#store?.close());
  }

  async #startHttp(parts: Parts, provisioned: Provisioned, tls: TlsKeys | null): Promise<string> {
    const { config, random } = this.#options;
    const { trustedProxies } = config.http;
    const http = createHttp({ log: this.#log, random, tls, trustedProxies, traced: this.#options.traced ?? false });
    this.#http = http;
    this.#idempotency = await registerInterfaces(http, {
      parts,
      provisioned,
      readiness: () => this.#readiness,
      warnings: this.#warnings,
      carrier: () => this.#sandbox,
      version,
    });
    const { host, port } = config.http;
    return listening('http.port', { address: host, port }, config.file, http.listen({ host, port }));
  }

  /**
   * Waits for `work` but not longer than `ms`; what fails while ending is logged, and the rest is ended all the same.
   */
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

/** What ends one after the other when the calls have. */
function afterCalls(parts: Parts): readonly { close(): Promise<void> }[] {
  const { webhooks, notifications, trunks, legs, sip, observation, refusedDials, securityEvents, facts } = parts;
  return [webhooks, notifications, trunks, legs, sip, observation, refusedDials, securityEvents, facts];
}

async function listening<Bound>(key: string, at: HostPort, file: string | null, bound: Promise<Bound>): Promise<Bound> {
  try {
    return await bound;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new PortInUse(key, at, file, error as NodeJS.ErrnoException);
  }
}
