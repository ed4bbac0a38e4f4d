/**
 * The process: reads the configuration, starts the server, says when it is ready, drains at SIGTERM, and ends with the
 * exit code that docs/operations.md promises. Most of what it needs is imported only after it can be told to stop:
 * importing that takes a good part of a second.
 */
import { systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import { standardError, standardOutput } from './base/output.ts';
import { tellReady } from './ready-told.ts';
import type { Server } from './server.ts';
import { watchSignals } from './signals.ts';

/** As docs/operations.md promises. */
const exitCodes = { ok: 0, configuration: 2, portInUse: 3, dataFolder: 4, usage: 64, internal: 70 } as const;

/** How long running calls may go on after SIGTERM. */
const drainMs = 10_000;
/** How long saying goodbye may take when there is no time. */
const abortMs = 1000;

const clock = systemClock;
let log: Log | null = null;
let server: Server | null = null;
let endTracing: (() => Promise<void>) | null = null;
let ready = false;
let rereadWhenReady = false;
let failing = false;
let stopping = false;

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// Whoever reads what we print may be gone: that ends nothing.
process.stderr.on('error', () => undefined);
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  log?.warn({ code }, 'standard output is closed; the server goes on');
});
watchSignals({
  clock,
  onEnd(why) {
    stopping = true;
    log?.info({ why }, 'asked to end');
    stop().catch(fail);
  },
  onEndNow: () => void within(abortMs / 2, server?.abort()).then(() => process.exit(exitCodes.ok)),
  onReload: () => {
    if (ready) return void server?.reload().catch(fail);
    // What is being started may have read the file before it was changed.
    rereadWhenReady = true;
    log?.info('the configuration is read again when the server is ready');
  },
  onOther: (signal) => log?.warn({ signal }, 'this signal means nothing here; SIGHUP reads the configuration again'),
});

await start().catch(fail);

async function start(): Promise<void> {
  const { createLog } = await import('./base/log.ts');
  const { traceIdsBy } = await import('./base/tracing.ts');
  const { startTracing } = await import('./tracing.ts');
  log = createLog(process.env['PARTYLINE_LOG'] === 'debug' ? 'debug' : 'info', undefined, traceIdsBy(['leg', 'call']));
  endTracing = await startTracing(process.env, log);
  const { availableParallelism } = await import('node:os');
  const { systemRandom } = await import('./base/random.ts');
  const { loadConfig } = await import('./config/load-config.ts');
  const { Server } = await import('./server.ts');
  try {
    const cores = availableParallelism();
    const { PARTYLINE_CONFIG, PARTYLINE_DATA } = process.env;
    const env = { PARTYLINE_CONFIG, PARTYLINE_DATA };
    const sources = { args: process.argv.slice(2), env, folder: process.cwd(), cores };
    const config = loadConfig(sources);
    if (stopping) return;
    const traced = endTracing !== null;
    server = new Server({ config, sources, clock, random: systemRandom, log, traced });
    const lines = await server.start();
    standardOutput().write(`${lines.join('\n')}\n`);
    tellReady(process.env, log);
    ready = true;
    if (rereadWhenReady && !stopping) server.reload().catch(fail);
  } catch (error) {
    // What was given up halfway because somebody asked is no mistake.
    if (!stopping) await explain(error);
  }
}

/** Why it cannot start, in one line for people. */
async function explain(error: unknown): Promise<void> {
  const code = await exitCodeFor(error);
  if (code === null) return fail(error);
  await within(abortMs, server?.abort());
  await lastWords((error as { forPeople?: string }).forPeople ?? (error as Error).message);
  process.exit(code);
}

/** Behind what the log says of the parts that had started. */
async function lastWords(line: string): Promise<void> {
  await within(abortMs, new Promise((done) => (log === null ? done() : log.flush(() => done()))));
  standardError().write(`partyline: ${line}\n`);
  await within(abortMs, new Promise((done) => standardError().flush(done)));
}

/** Null for what is no mistake of those who started it. */
async function exitCodeFor(error: unknown): Promise<number | null> {
  const { ConfigError, WrongArgument } = await import('./config/config-error.ts');
  const { PortInUse } = await import('./server.ts');
  const { StoreError } = await import('./store/store-error.ts');
  if (error instanceof ConfigError) return exitCodes.configuration;
  if (error instanceof WrongArgument) return exitCodes.usage;
  if (error instanceof PortInUse) return exitCodes.portInUse;
  const { AppError } = await import('./base/app-error.ts');
  if (error instanceof StoreError) return exitCodes.dataFolder;
  if (!(error instanceof AppError)) return null;
  // Something in the data folder is somebody else's: another server's media process, or a folder in its place.
  if (error.code === 'conflict') return exitCodes.dataFolder;
  // E.g. no media process can be started: not the administrator's mistake as a rule, but nothing for a stack either.
  return exitCodes.internal;
}

async function stop(): Promise<void> {
  await server?.drain(drainMs);
  await within(abortMs, endTracing?.());
  process.exit(exitCodes.ok);
}

/**
 * After a mistake of ours the state cannot be trusted: calls are ended as far as possible, and the process with them.
 */
async function fail(thrown: unknown): Promise<void> {
  if (failing) return;
  failing = true;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // The whole story is for the log; people get a line.
  log?.fatal({ err: error, stack: error.stack }, 'an internal error ends the server');
  await within(abortMs, server?.abort());
  await lastWords(`an internal error ended the server: ${error.message.split('\n')[0]}`);
  process.exit(exitCodes.internal);
}

/** Waits for `work`, whatever comes of it, but not longer than `ms`. */
function within(ms: number, work: Promise<void> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, resolve);
    const done = (): void => {
      timer.cancel();
      resolve();
    };
    (work ?? Promise.resolve()).then(done, done);
  });
}
