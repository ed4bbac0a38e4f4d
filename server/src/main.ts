import { systemClock } from './base/clock.ts';
import type { Log } from './base/log.ts';
import type { Server } from './server.ts';

/**
 * The process: reads the configuration, starts the server, says when it is ready, drains at SIGTERM, and ends with the exit code
 * that docs/operations.md promises. It imports the rest only when it can be told to stop: that takes a good part of a second.
 */
const exitCodes = { ok: 0, configuration: 2, portInUse: 3, dataFolder: 4, internal: 70 } as const;

/** How long running calls may go on after SIGTERM. */
const drainMs = 10_000;
/** How long saying goodbye may take when there is no time. */
const abortMs = 1000;
/** One Ctrl-C reaches us from the terminal, from npm and from the launcher; a second one is meant only after this. */
const samePressMs = 250;

const clock = systemClock;
let log: Log | null = null;
let server: Server | null = null;
let failing = false;
let stopping = false;

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
const firstSignal = signalled();
firstSignal.then(stop).catch(fail);

await start().catch(fail);

async function start(): Promise<void> {
  const { createLog } = await import('./base/log.ts');
  log = createLog(process.env['PARTYLINE_LOG'] === 'debug' ? 'debug' : 'info');
  const { availableParallelism } = await import('node:os');
  const { systemRandom } = await import('./base/random.ts');
  const { loadConfig } = await import('./config/load-config.ts');
  const { Server } = await import('./server.ts');
  try {
    const cores = availableParallelism();
    const config = loadConfig({ args: process.argv.slice(2), env: process.env, folder: process.cwd(), cores });
    if (stopping) return;
    server = new Server({ config, clock, random: systemRandom, log });
    const lines = await server.start();
    process.stdout.write(`${lines.join('\n')}\n`);
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
  await within(abortMs, new Promise((done) => log?.flush(() => done())));
  // Last, behind what the log says of the parts that had started.
  process.stderr.write(`partyline: ${(error as Error).message}\n`);
  process.exit(code);
}

/** Null for what is no mistake of those who started it. */
async function exitCodeFor(error: unknown): Promise<number | null> {
  const { ConfigError } = await import('./config/config-error.ts');
  const { PortInUse } = await import('./server.ts');
  const { StoreError } = await import('./store/store-error.ts');
  if (error instanceof ConfigError) return exitCodes.configuration;
  if (error instanceof PortInUse) return exitCodes.portInUse;
  return error instanceof StoreError ? exitCodes.dataFolder : null;
}

/** Resolves at the first SIGTERM or SIGINT; at the second, the process ends at once. */
function signalled(): Promise<void> {
  let firstAt: number | null = null;
  return new Promise((resolve) => {
    const onSignal = (): void => {
      stopping = true;
      if (firstAt === null) {
        firstAt = clock.monotonic();
        resolve();
      } else if (clock.monotonic() - firstAt > samePressMs) {
        void within(abortMs / 2, server?.abort()).then(() => process.exit(exitCodes.ok));
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

async function stop(): Promise<void> {
  await server?.drain(drainMs);
  process.exit(exitCodes.ok);
}

/** After a mistake of ours the state cannot be trusted: calls are ended as far as possible, and the process with them. */
async function fail(thrown: unknown): Promise<void> {
  if (failing) return;
  failing = true;
  if (log === null) process.stderr.write(`partyline: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
  log?.fatal(
    { err: thrown instanceof Error ? thrown : new Error(String(thrown)) },
    'an internal error ends the server',
  );
  await within(abortMs, server?.abort());
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
