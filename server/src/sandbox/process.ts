import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../base/app-error.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { afterSilence } from '../base/process-state.ts';
import { withStderrForChild } from '../base/stderr-for-child.ts';
import { type SandboxNumber, sandboxNumbers } from './behaviours.ts';

const entry = fileURLToPath(new URL('./main.ts', import.meta.url));
/** Of a machine that lets it run. */
const startMs = 10_000;
const shutdownMs = 1_000;
/** A process that dies is started again on its port, after a pause that grows while it keeps dying. */
const firstPauseMs = 200;
const longestPauseMs = 5_000;
/** One that has lived this long is well again. */
const wellMs = 10_000;

export interface SandboxProcessOptions {
  readonly log: Log;
  /** Makes losses and delays repeat. */
  readonly seed: number;
  /** Prompts that the numbers speak with; default the ones that come with the product. */
  readonly promptsFolder?: string;
  /**
   * A folder that only we can write to, e.g. in the data folder: compiled code is kept there, and the process then
   * takes a third less memory from its second start on. Without it nothing is kept.
   */
  readonly cacheFolder?: string;
  readonly clock?: Clock;
  /** It died: nobody is left at the other end of its calls. */
  readonly onDeath?: () => void;
}

/** What the process says when it can be called. */
export interface SandboxReady {
  readonly ready: { readonly address: string; readonly port: number };
}

/**
 * The carrier of carrier.ts in a process of its own on loopback, which ends with this one and is started again if it
 * dies alone.
 *
 * States: starting · live · pausing · closed.
 *
 *     starting  ready           → live
 *     starting  exit            → pausing (the first time: start rejects)
 *     live      exit            → pausing
 *     pausing   pause over      → starting
 *     any       close           → closed
 */
export class SandboxProcess {
  readonly numbers: readonly SandboxNumber[] = sandboxNumbers();
  readonly #options: SandboxProcessOptions;
  readonly #clock: Clock;
  #child: ChildProcess | null = null;
  #address = '127.0.0.1';
  /** 0 until the first start picked one; from then on the same, because the trunk names it. */
  #port = 0;
  #pauseMs = firstPauseMs;
  #closing: Promise<void> | null = null;

  private constructor(options: SandboxProcessOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Rejects with AppError `unavailable` when the process does not start. */
  static async start(options: SandboxProcessOptions): Promise<SandboxProcess> {
    const handle = new SandboxProcess(options);
    try {
      await handle.#spawn();
    } catch (error) {
      await handle.close();
      throw error;
    }
    return handle;
  }

  /** For the trunk: `sip:127.0.0.1:PORT`. */
  get uri(): string {
    return `sip:${this.#address}:${this.#port}`;
  }

  /** 0 while it is not running. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Running calls are ended with BYE. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = new Promise<'gone'>((resolve) => child.once('exit', () => resolve('gone')));
    const late = new Promise<'late'>((resolve) => this.#clock.setTimer(shutdownMs, () => resolve('late')));
    // Without us it ends by itself.
    if (child.connected) child.disconnect();
    if ((await Promise.race([gone, late])) === 'gone') return;
    child.kill('SIGKILL');
    await gone;
  }

  async #spawn(): Promise<void> {
    const { log, seed, promptsFolder, cacheFolder } = this.#options;
    const args = ['--seed', String(seed), '--port', String(this.#port), '--log', log.level];
    if (promptsFolder !== undefined) args.push('--prompts', promptsFolder);
    const child = withStderrForChild((stderr) =>
      fork(entry, args, {
        stdio: ['ignore', 'ignore', stderr, 'ipc'],
        // A test runner's or debugger's options are not for it.
        execArgv: ['--max-semi-space-size=2'],
        // It needs nothing of ours; the types of the sources are then taken out once and not at every start.
        env: cacheFolder === undefined ? {} : { NODE_COMPILE_CACHE: cacheFolder },
        // Its own group: an interrupt at the terminal is for the server, which hangs up before it ends this one.
        detached: true,
      }),
    );
    this.#child = child;
    const startedMs = this.#clock.monotonic();
    const ready = await this.#ready(child);
    if (ready === null || this.#closing !== null) {
      child.kill('SIGKILL');
      throw new AppError('unavailable', 'The sandbox process did not start.');
    }
    this.#address = ready.address;
    this.#port = ready.port;
    child.once('exit', (code, signal) => {
      if (this.#closing !== null) return;
      log.error({ sandbox: child.pid, exit: signal ?? code }, 'the sandbox process died');
      this.#options.onDeath?.();
      if (this.#clock.monotonic() - startedMs > wellMs) this.#pauseMs = firstPauseMs;
      this.#again();
    });
    // It may outlive nothing, and keeps nobody alive.
    child.unref();
    child.channel?.unref();
    log.info({ sandbox: child.pid, uri: this.uri }, 'sandbox process started');
  }

  #ready(child: ChildProcess): Promise<SandboxReady['ready'] | null> {
    return new Promise((resolve) => {
      const enough = afterSilence(this.#clock, { pid: child.pid ?? 0, mostMs: startMs }, () => resolve(null));
      const done = (ready: SandboxReady['ready'] | null) => {
        enough();
        child.removeListener('exit', failed);
        resolve(ready);
      };
      const failed = () => done(null);
      child.once('exit', failed);
      child.once('error', failed);
      child.once('message', (message) => done((message as SandboxReady).ready));
    });
  }

  #again(): void {
    this.#child = null;
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(longestPauseMs, pause * 2);
    this.#clock.setTimer(pause, () => {
      if (this.#closing !== null) return;
      this.#spawn().catch((error) => {
        if (this.#closing !== null) return;
        this.#options.log.error({ err: error }, 'the sandbox process cannot be started again');
        this.#again();
      });
    });
  }
}
