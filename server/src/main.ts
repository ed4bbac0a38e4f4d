import { availableParallelism } from 'node:os';
import { coerceError } from './base/app-error.ts';
import { systemClock } from './base/clock.ts';
import { createLog } from './base/log.ts';
import { systemRandom } from './base/random.ts';
import { ConfigError } from './config/config-error.ts';
import { loadConfig } from './config/load-config.ts';
import { PortInUse, Server } from './server.ts';
import { StoreError } from './store/store-error.ts';

/**
 * The process: reads the configuration, starts the server, says when it is ready, drains at SIGTERM, and ends with the exit code
 * that docs/operations.md promises.
 */
const exitCodes = { ok: 0, configuration: 2, portInUse: 3, dataFolder: 4, internal: 70 } as const;

/** How long running calls may go on after SIGTERM. */
const drainMs = 10_000;
/** How long saying goodbye may take when there is no time. */
const abortMs = 1000;
/** One Ctrl-C reaches us from the terminal, from npm and from the launcher; a second one is meant only after this. */
const samePressMs = 250;

const clock = systemClock;
const log = createLog(process.env['PARTYLINE_LOG'] === 'debug' ? 'debug' : 'info');
let server: Server | null = null;
let failing = false;

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
const firstSignal = signalled();
firstSignal.then(stop).catch(fail);

try {
  const cores = availableParallelism();
  const config = loadConfig({ args: process.argv.slice(2), env: process.env, folder: process.cwd(), cores });
  server = new Server({ config, clock, random: systemRandom, log });
  const lines = await server.start();
  process.stdout.write(`${lines.join('\n')}\n`);
} catch (error) {
  await explain(coerceError(error));
}

/** Why it cannot start, in one line for people. */
async function explain(error: Error): Promise<void> {
  const code =
    error instanceof ConfigError
      ? exitCodes.configuration
      : error instanceof PortInUse
        ? exitCodes.portInUse
        : error instanceof StoreError
          ? exitCodes.dataFolder
          : null;
  if (code === null) return fail(error);
  await within(abortMs, server?.abort());
  await within(abortMs, new Promise((done) => log.flush(() => done())));
  // Last, behind what the log says of the parts that had started.
  process.stderr.write(`partyline: ${error.message}\n`);
  process.exit(code);
}

/** Resolves at the first SIGTERM or SIGINT; at the second, the process ends at once. */
function signalled(): Promise<void> {
  let firstAt: number | null = null;
  return new Promise((resolve) => {
    const onSignal = (): void => {
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
  log.fatal({ err: coerceError(thrown) }, 'an internal error ends the server');
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
